import { expect, it } from 'vitest';
import { OutputStream } from '../../src/run/output-stream.ts';

it('OutputStream counts what is missing before each batch, per session', () => {
  const stream = new OutputStream();
  const receive = (session: string, n: number): number | undefined =>
    stream.receive({ session, n, stream: 'stdout', lines: [] });
  expect(receive('s1', 7), 'the first that we hear of').toBe(0);
  expect(receive('s1', 8)).toBe(0);
  expect(receive('s1', 11)).toBe(2);
  expect(receive('s1', 11), 'delivered twice').toBeUndefined();
  expect(receive('s1', 8), 'delivered late').toBeUndefined();
  expect(receive('s2', 1), 'a new session').toBe(0);
  expect(receive('s2', 3)).toBe(1);
});
