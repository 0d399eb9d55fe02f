import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeReply, isLasting, type Reply } from '../../src/protocol/index.ts';
import { describeDecoder, encode } from './decoder-contract.ts';
import { replies } from './messages.ts';

for (const [kind, messages] of Object.entries(replies)) {
  describeDecoder<Reply>(`decodeReply, of kind ${kind}`, { decode: decodeReply, messages });
}

describe('the replies of protocol.md', () => {
  const HEAD = { v: 1, session: 's1', seq: 7 } as const;
  const INFO = {
    v: 1,
    node: 'node1',
    session: 's1',
    version: '0.1.0',
    accepts: ['text', 'envelope'],
    groups: [],
  };
  const REPORT = {
    kind: 'report',
    ...HEAD,
    id: 'c1',
    info: { ...INFO, heartbeatMs: 15_000, platform: 'linux' },
    forgotten: 0,
    unfinished: [],
  };

  test.each<[string, Reply]>([
    ['accepted', { kind: 'ack', ...HEAD, id: 'c1', run: 'r1', accepted: true }],
    [
      'refused',
      { kind: 'ack', ...HEAD, id: 'c1', accepted: false, refusal: 'busy', reason: 'busy: run r9 of ci@lab' },
    ],
    ['progress', { kind: 'update', ...HEAD, id: 'c1', text: '50 %' }],
    ['a status of a command', { kind: 'status', ...HEAD, id: 'c1', text: 'STARTED' }],
    ['a status of no command, again', { kind: 'status', ...HEAD, text: 'ALIVE', repeat: true }],
    [
      'a failure',
      { kind: 'result', ...HEAD, id: 'c1', outcome: 'failed', code: 7, stderr: 'no route', warnings: [] },
    ],
    ['armed', { kind: 'ack', ...HEAD, id: 'c1', run: 'r1', accepted: true, leftMs: 512.25 }],
    [
      'armed too late',
      { kind: 'ack', ...HEAD, id: 'c1', accepted: false, refusal: 'late', reason: 'only 12 ms are left' },
    ],
    [
      'a start',
      {
        kind: 'fired',
        ...HEAD,
        id: 'c1',
        run: 'r1',
        startedMs: 98765.4321,
        uncertaintyMs: 0.002,
        stampedBy: 'shell',
      },
    ],
    ['a pong', { kind: 'pong', ...HEAD, id: 'c1', t0: 1.5, t1: 2.25, t2: 2.5 }],
  ])('%s', (_what, reply) => {
    expect(decodeReply(encode(reply))).toEqual({ ok: true, value: reply });
  });

  test.each<[string, object, string]>([
    ['of no kind', { ...HEAD, id: 'c1' }, 'kind: '],
    ['of an unknown kind', { kind: 'nack', ...HEAD, id: 'c1' }, 'kind: '],
    ['of another version', { kind: 'update', ...HEAD, v: 2, id: 'c1', text: '' }, 'v: '],
    ['neither accepted nor refused', { kind: 'ack', ...HEAD, id: 'c1' }, 'accepted: '],
    ['accepted by a text', { kind: 'ack', ...HEAD, id: 'c1', accepted: 'true' }, 'accepted: '],
    [
      'refused without a refusal',
      { kind: 'ack', ...HEAD, id: 'c1', accepted: false, reason: '' },
      'refusal: ',
    ],
    [
      'refused for a reason that is none',
      { kind: 'ack', ...HEAD, id: 'c1', accepted: false, refusal: 'constructor', reason: '' },
      'refusal: ',
    ],
    ['with an outcome that is none', { kind: 'result', ...HEAD, id: 'c1', outcome: 'toString' }, 'outcome: '],
    ['with half an exit code', { kind: 'result', ...HEAD, id: 'c1', outcome: 'failed', code: 0.5 }, 'code: '],
    [
      'of a start that is certain beyond measure',
      { kind: 'fired', ...HEAD, id: 'c1', startedMs: 1, uncertaintyMs: -1, stampedBy: 'shell' },
      'uncertaintyMs: ',
    ],
    [
      'of a start that nobody stamped',
      { kind: 'fired', ...HEAD, id: 'c1', startedMs: 1, uncertaintyMs: 0 },
      'stampedBy: ',
    ],
    ['with a seq before the first', { kind: 'update', ...HEAD, seq: -1, id: 'c1', text: '' }, 'seq: '],
    ['with an endless id', { kind: 'update', ...HEAD, id: 'x'.repeat(65), text: '' }, 'id: '],
    [
      'with a lease since no date',
      { ...REPORT, status: 'ALIVE', lease: { run: 'r1', owner: 'ci@lab', since: 1e300 } },
      'lease.since: ',
    ],
    [
      'with 300,000 warnings that are none',
      {
        kind: 'result',
        ...HEAD,
        id: 'c1',
        outcome: 'ok',
        warnings: Array.from({ length: 300_000 }, () => 1),
      },
      'warnings: ',
    ],
  ])('%s: refused', (_what, message, problem) => {
    expect(decodeReply(encode(message))).toEqual({ ok: false, problem: expect.stringContaining(problem) });
  });
});

test('all replies last but report, pong, strays and probed', () => {
  fc.assert(
    fc.property(fc.oneof(...Object.values(replies)), (reply) => {
      expect(isLasting(reply)).toBe(['ack', 'update', 'status', 'fired', 'result'].includes(reply.kind));
    }),
  );
});
