import { expect, test } from 'vitest';
import { decodeHeartbeat } from '../../src/protocol/index.ts';
import { describeDecoder, encode } from './decoder-contract.ts';
import { heartbeat } from './messages.ts';

describeDecoder('decodeHeartbeat', { decode: decodeHeartbeat, messages: heartbeat });

test.each([
  ['session', { session: '', busy: false, seq: 0 }],
  ['session', { session: 'x'.repeat(65), busy: false, seq: 0 }],
  ['busy', { session: 's1', busy: 'no', seq: 0 }],
  ['seq', { session: 's1', busy: false, seq: -1 }],
  ['seq', { session: 's1', busy: false, seq: 1.5 }],
])('a heartbeat with a wrong %s is refused: %j', (key, message) => {
  expect(decodeHeartbeat(encode(message))).toEqual({
    ok: false,
    problem: expect.stringContaining(`${key}: `),
  });
});
