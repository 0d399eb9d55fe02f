import { expect, it } from 'vitest';
import { assertNodeVersion } from '../../src/cli/index.ts';

it.each(['20.19.0', '20.20.2', '22.0.0', '24.1.0', '100.0.0'])('%s is new enough', (version) => {
  assertNodeVersion(version, '20.19');
});

it.each(['20.18.3', '18.20.1', '8.0.0'])('%s is too old', (version) => {
  expect(() => assertNodeVersion(version, '20.19')).toThrow(
    `this is Node.js ${version}; 20.19 or newer is needed`,
  );
});

it.each(['18.0.0', '18.20.8', '20.0.0'])('%s is new enough for an agent in one file', (version) => {
  assertNodeVersion(version, '18.0');
});
