import { expect, test } from 'vitest';
import { decodeInfo, type Info } from '../../src/protocol/index.ts';
import { describeDecoder, encode } from './decoder-contract.ts';
import { info } from './messages.ts';

describeDecoder('decodeInfo', { decode: decodeInfo, messages: info });

const INFO: Info = {
  v: 1,
  node: 'node1',
  session: 's1',
  version: '0.1.0',
  accepts: ['text', 'envelope'],
  groups: [],
  heartbeatMs: 15_000,
  platform: 'linux arm64',
};

test('an INFO of a later version, or one that accepts what nobody knows yet, is read', () => {
  const later = { ...INFO, v: 7, accepts: ['text', 'telepathy'] };
  expect(decodeInfo(encode(later))).toEqual({ ok: true, value: later });
});

test.each<[string, object]>([
  ['heartbeatMs', { heartbeatMs: 0 }],
  ['heartbeatMs', { heartbeatMs: -1 }],
  ['session', { session: '' }],
  ['v', { v: 1.5 }],
  ['accepts', { accepts: 'text' }],
  ['groups', { groups: Array.from({ length: 300_000 }, () => 1) }],
])('an INFO with a wrong %s is refused', (key, change) => {
  expect(decodeInfo(encode({ ...INFO, ...change }))).toEqual({
    ok: false,
    problem: expect.stringMatching(new RegExp(`^${key}: `)),
  });
});
