import { describe, expect, it } from 'vitest';
import { type NodeName, parseNodeName } from '../../src/protocol/index.ts';
import { CommandLedger } from '../../src/run/command-ledger.ts';
import { type Command, createCommand } from '../../src/run/node/command.ts';
import { checkSentFile } from '../../src/run/sent-file.ts';
import { createFakeClock } from '../support/fake-clock.ts';

const node = parseNodeName('node1') ?? expect.fail();

function sending(end: Partial<Command>) {
  const listeners = new Set<(node: NodeName) => void>();
  const ledger = new CommandLedger();
  const command = createCommand('c1', 'SENDFILE /tmp/log 10.0.0.1 6000', 0, 0);
  ledger.add(node, Object.assign(command, end));
  const fleet = {
    ledger,
    onChange(listener: (node: NodeName) => void) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
  const change = (later: Partial<Command>): void => {
    Object.assign(command, later);
    for (const listener of listeners) listener(node);
  };
  return { fleet, change, listeners };
}

describe('checkSentFile', () => {
  const cases: readonly (readonly [string, Partial<Command>, string | undefined])[] = [
    ['the same number of bytes', { phase: 'ended', end: 'ok', bytes: 5 }, undefined],
    ['no number of bytes', { phase: 'ended', end: 'ok' }, undefined],
    ['another number of bytes', { phase: 'ended', end: 'ok', bytes: 9 }, 'the agent sent 9 bytes, 5 arrived'],
    [
      'a failure',
      { phase: 'ended', end: 'failed', reason: 'cut off' },
      'SENDFILE /tmp/log 10.0.0.1 6000 failed: cut off',
    ],
  ];
  it.each(cases)('judges by the result: %s', async (_name, end, problem) => {
    const clock = createFakeClock();
    const { fleet, listeners } = sending(end);
    expect(await checkSentFile(fleet, clock, 6000, 5)).toBe(problem);
    expect([listeners.size, clock.pendingTimers()]).toEqual([0, 0]);
  });

  it('knows nothing of a port that no agent was told', async () => {
    expect(await checkSentFile(sending({}).fleet, createFakeClock(), 6001, 5)).toBeUndefined();
  });

  it('waits for the result, which may come after the bytes', async () => {
    const clock = createFakeClock();
    const { fleet, change, listeners } = sending({});
    const checking = checkSentFile(fleet, clock, 6000, 5);
    await clock.advance(1000);
    change({ phase: 'acknowledged' });
    change({ phase: 'ended', end: 'ok', bytes: 5 });
    expect(await checking).toBeUndefined();
    expect([listeners.size, clock.pendingTimers()]).toEqual([0, 0]);
  });

  it('does not wait for ever', async () => {
    const clock = createFakeClock();
    const { fleet, listeners } = sending({ phase: 'acknowledged' });
    const checking = checkSentFile(fleet, clock, 6000, 5);
    await clock.advance(5000);
    expect(await checking).toMatch(/^SENDFILE .* has no result/);
    expect(listeners.size).toBe(0);
  });
});
