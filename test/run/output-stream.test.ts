import { expect, it } from 'vitest';
import { OutputStream } from '../../src/run/output-stream.ts';

it('OutputStream awaits what was announced, once, and of the session that it was announced of', () => {
  const stream = new OutputStream();
  const receive = (session: string, n: number) => stream.receive({ session, n, stream: 'stdout', lines: [] });
  stream.announce('s1', 7);
  expect(stream.isAwaited).toBe(true);
  expect(receive('s1', 6), 'the first that we hear of').toBe(0);
  expect(stream.isAwaited).toBe(true);
  receive('s1', 7);
  expect(stream.isAwaited).toBe(false);
  stream.announce('s1', 7);
  expect(stream.isAwaited, 'it is here already').toBe(false);
  stream.announce('s2', 2);
  expect(stream.isAwaited).toBe(true);
  receive('s2', 3);
  expect(stream.isAwaited, 'what came later ends the wait').toBe(false);
});

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
