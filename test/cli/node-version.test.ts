import { expect, it } from 'vitest';
import { assertNodeVersion } from '../../src/cli/index.ts';

it.each(['20.19.0', '20.20.2', '22.0.0', '24.1.0', '100.0.0'])('%s is new enough', (version) => {
  assertNodeVersion(version);
});

it.each(['20.18.3', '18.20.1', '8.0.0'])('%s is too old', (version) => {
  expect(() => assertNodeVersion(version)).toThrow(`this is Node.js ${version}; 20.19 or newer is needed`);
});
