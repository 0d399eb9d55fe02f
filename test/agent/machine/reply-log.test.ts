import { describe, expect, test } from 'vitest';
import { ReplyLog } from '../../../src/agent/machine/reply-log.ts';

const KEPT_MS = 600_000;
const nothing = (): boolean => false;
const onlyC1 = (id: string): boolean => id === 'c1';

describe('the log', () => {
  test('numbers from 1 without a gap', () => {
    const log = new ReplyLog('s1');
    expect(log.lastSeq).toBe(0);
    expect(log.add({ kind: 'status', text: 'ALIVE' }, 0)).toEqual({
      v: 1,
      kind: 'status',
      session: 's1',
      seq: 1,
      text: 'ALIVE',
    });
    expect(log.add({ kind: 'ack', id: 'c1', accepted: true }, 0).seq).toBe(2);
    expect(log.lastSeq).toBe(2);
  });

  test('finds what was said after a number, and about a command', () => {
    const log = new ReplyLog('s1');
    log.add({ kind: 'ack', id: 'c1', accepted: true }, 0);
    log.add({ kind: 'ack', id: 'c2', accepted: true }, 0);
    log.add({ kind: 'result', id: 'c1', outcome: 'ok' }, 0);
    expect(log.after(1).map(({ seq }) => seq)).toEqual([2, 3]);
    expect(log.about('c1').map(({ seq }) => seq)).toEqual([1, 3]);
    expect(log.after(3)).toEqual([]);
    expect(log.about('c9')).toEqual([]);
  });

  test('forgets what is older than ten minutes, unless its command has not ended', () => {
    const log = new ReplyLog('s1');
    log.prune(0, onlyC1);
    log.add({ kind: 'ack', id: 'c1', accepted: true }, 0);
    log.add({ kind: 'update', id: 'c1', text: 'x' }, 0);
    log.add({ kind: 'ack', id: 'c2', accepted: true }, 0);
    log.add({ kind: 'status', text: 'FOO' }, 1);
    log.prune(KEPT_MS, onlyC1);
    expect(log.forgotten).toBe(3);
    expect(log.after(0).map(({ seq }) => seq)).toEqual([1, 2, 4]);
    log.prune(2 * KEPT_MS, nothing);
    expect(log.size).toBe(0);
    expect(log.lastSeq).toBe(4);
    expect(log.forgotten).toBe(4);
  });

  test('keeps about ten thousand, the latest, and every ack of a command that has not ended', () => {
    const log = new ReplyLog('s1');
    for (let n = 1; n <= 30_000; n += 1) {
      log.add({ kind: 'ack', id: n <= 5000 ? 'c1' : 'other', accepted: true }, 0);
      log.prune(0, onlyC1);
    }
    expect(log.size).toBeGreaterThanOrEqual(15_000);
    expect(log.size).toBeLessThanOrEqual(16_000);
    expect(log.about('c1')).toHaveLength(5000);
    expect(log.forgotten).toBe(30_000 - (log.size - 5000));
    expect(log.after(29_999)).toHaveLength(1);
  });

  test.each(['update', 'status'] as const)('does not keep every %s of a command that never ends', (kind) => {
    const log = new ReplyLog('s1');
    log.add({ kind: 'ack', id: 'c1', accepted: true }, 0);
    for (let n = 0; n < 100_000; n += 1) {
      log.add({ kind, id: 'c1', text: String(n) }, 0);
      log.prune(0, onlyC1);
    }
    expect(log.size).toBeLessThanOrEqual(11_001);
    expect(log.after(0)[0]).toMatchObject({ seq: 1, kind: 'ack' });
    expect(log.after(0).at(-1)).toMatchObject({ text: '99999' });
  });
});
