import { expect, test } from 'vitest';
import { decodeOutput, type OutputBatch } from '../../src/protocol/index.ts';
import { describeDecoder, encode } from './decoder-contract.ts';
import { outputBatch } from './messages.ts';

describeDecoder('decodeOutput', { decode: decodeOutput, messages: outputBatch });

const BATCH: OutputBatch = { session: 's1', n: 1, id: 'c1', stream: 'stdout', lines: ['one', ''] };

test('a batch of 16 kB of empty lines is read', () => {
  const batch = { ...BATCH, lines: Array.from({ length: 16_384 }, () => '') };
  expect(decodeOutput(encode(batch))).toEqual({ ok: true, value: batch });
});

test.each<[string, object]>([
  ['n', { n: 0 }],
  ['stream', { stream: 'stdin' }],
  ['lines', { lines: 'one' }],
  ['lines', { lines: Array.from({ length: 300_000 }, () => 1) }],
  ['lines.1', { lines: ['one', 2] }],
])('a batch with a wrong %s is refused', (key, change) => {
  expect(decodeOutput(encode({ ...BATCH, ...change }))).toEqual({
    ok: false,
    problem: expect.stringMatching(new RegExp(`^${key}: `)),
  });
});
