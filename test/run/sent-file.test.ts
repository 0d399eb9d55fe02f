import { describe, expect, it } from 'vitest';
import { type NodeName, parseNodeName } from '../../src/protocol/index.ts';
import { CommandLedger } from '../../src/run/command-ledger.ts';
import { type Command, createCommand } from '../../src/run/node/command.ts';
import { askSenders } from '../../src/run/sent-file.ts';
import type { Arrival } from '../../src/transfer/index.ts';

const node = parseNodeName('node1') ?? expect.fail();
const ARRIVAL: Arrival = { bytes: 5, localAddress: '::ffff:10.0.0.1' };

interface Sending extends Partial<Command> {
  /** Default: the address that the sender connected to. */
  readonly host?: string;
}

function sendings(...all: readonly Sending[]) {
  const listeners = new Set<(node: NodeName) => void>();
  const ledger = new CommandLedger();
  const watched = ledger.watchSendFilesTo(6000);
  const commands = all.map(({ host = '10.0.0.1', ...end }, index) => {
    const command = createCommand(`c${index}`, `SENDFILE /tmp/log ${host} 6000`, 0, 0);
    ledger.add(node, Object.assign(command, end));
    return command;
  });
  const fleet = {
    onChange(listener: (node: NodeName) => void) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
  const abort = new AbortController();
  return {
    listeners,
    abort,
    ask: (arrival = ARRIVAL) => askSenders(watched, fleet, arrival, abort.signal),
    change(later: Partial<Command>, index = 0): void {
      Object.assign(commands[index] ?? expect.fail(), later);
      for (const listener of listeners) listener(node);
    },
  };
}

const OK = { phase: 'ended', end: 'ok' } as const;
const FAILED = { phase: 'ended', end: 'failed', reason: 'cut off' } as const;
const TEXT = 'SENDFILE /tmp/log 10.0.0.1 6000';
const CONFIRMED = { kind: 'confirmed' };
const UNKNOWN = { kind: 'unknown' };
const contradicted = (reason: string) => ({ kind: 'contradicted', reason });

describe('askSenders', () => {
  const cases: readonly (readonly [string, readonly Sending[], object])[] = [
    ['nobody was told', [], UNKNOWN],
    ['as many bytes', [{ ...OK, bytes: 5 }], CONFIRMED],
    ['a legacy agent, which gives no number', [OK], CONFIRMED],
    ['another number', [{ ...OK, bytes: 9 }], contradicted('node1 sent 9 bytes, 5 arrived')],
    ['another number to another host', [{ ...OK, bytes: 9, host: '10.0.0.2' }], UNKNOWN],
    ['another number to a name that nobody knows', [{ ...OK, bytes: 9, host: 'no.such.invalid' }], UNKNOWN],
    ['as many bytes, by a name', [{ ...OK, bytes: 5, host: 'no.such.invalid' }], CONFIRMED],
    ['one that broke', [{ ...FAILED, bytes: 7 }], contradicted(`${TEXT} of node1 failed: cut off`)],
    ['one that never handed over as many', [{ ...FAILED, bytes: 0 }], UNKNOWN],
    ['one that was lost', [{ phase: 'ended', end: 'lost' }], contradicted(`${TEXT} of node1 lost`)],
    [
      'one of two',
      [
        { ...OK, bytes: 5 },
        { ...FAILED, bytes: 7 },
      ],
      CONFIRMED,
    ],
    [
      'none of two',
      [
        { ...OK, bytes: 4 },
        { ...OK, bytes: 9 },
      ],
      contradicted('node1 sent 9 bytes, 5 arrived'),
    ],
  ];
  it.each(cases)('judges by the results: %s', async (_name, all, word) => {
    const { ask, listeners } = sendings(...all);
    expect(await ask()).toEqual(word);
    expect(listeners.size).toBe(0);
  });

  it('knows the names of this machine', async () => {
    const { ask } = sendings({ ...OK, bytes: 9, host: 'localhost' });
    const reason = 'node1 sent 9 bytes, 5 arrived';
    expect(await ask({ bytes: 5, localAddress: '127.0.0.1' })).toEqual(contradicted(reason));
  });

  it('waits for the results, which may come after the bytes', async () => {
    const { ask, change, listeners } = sendings({}, {});
    const asking = ask();
    change({ phase: 'acknowledged' });
    change({ ...FAILED, bytes: 9 });
    change({ ...OK, bytes: 5 }, 1);
    expect(await asking).toEqual(CONFIRMED);
    expect(listeners.size).toBe(0);
  });

  it('goes by what is known when it can wait no longer', async () => {
    const { ask, abort, listeners } = sendings({ phase: 'acknowledged' });
    const asking = ask();
    abort.abort();
    expect(await asking).toEqual(contradicted(`${TEXT} of node1 has no result`));
    expect(await ask()).toEqual(contradicted(`${TEXT} of node1 has no result`));
    expect(listeners.size).toBe(0);
  });
});
