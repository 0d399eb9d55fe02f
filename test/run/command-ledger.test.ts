import { describe, expect, it } from 'vitest';
import type { CommandEnd } from '../../src/events/index.ts';
import { parseNodeName } from '../../src/protocol/index.ts';
import { CommandLedger } from '../../src/run/command-ledger.ts';
import { type Command, createCommand } from '../../src/run/node/command.ts';

const node1 = parseNodeName('node1') ?? expect.fail();
const node2 = parseNodeName('node2') ?? expect.fail();

function ended(text: string, end: CommandEnd | undefined, failureExpected = false): Command {
  return Object.assign(createCommand(text, text, 0, 0), { end, failureExpected });
}

describe('CommandLedger', () => {
  const ends: readonly (readonly [end: CommandEnd | undefined, isFailure: boolean])[] = [
    [undefined, false],
    ['ok', false],
    ['failed', true],
    ['cancelled', true],
    ['expired', true],
    ['lost', true],
    ['refused', true],
    ['not-delivered', true],
  ];
  it.each(ends)('a command that ended %s is a failure: %s', (end, isFailure) => {
    const ledger = new CommandLedger();
    const command = ended('START', end);
    ledger.add(node1, command);
    expect(ledger.failures()).toMatchObject(isFailure ? [{ node: node1, command }] : []);
  });

  it('a failure that was waited for is none', () => {
    const ledger = new CommandLedger();
    ledger.add(node1, ended('START', 'failed', true));
    expect(ledger.failures()).toEqual([]);
  });

  it('what a STOP of this run cancelled is no failure', () => {
    const ledger = new CommandLedger();
    ledger.add(node1, Object.assign(ended('START', 'cancelled'), { stoppedByRun: true }));
    expect(ledger.failures()).toEqual([]);
  });

  it('nor does that excuse another end', () => {
    const ledger = new CommandLedger();
    ledger.add(node1, Object.assign(ended('START', 'lost'), { stoppedByRun: true }));
    expect(ledger.failures()).toHaveLength(1);
  });

  it('forgets, now and then, what turned out well', () => {
    const ledger = new CommandLedger();
    ledger.add(node1, ended('START', 'failed'));
    for (let number = 0; number < 30_000; number += 1) ledger.add(node1, ended(`FOO ${number}`, 'ok'));
    expect(ledger.size).toBeLessThanOrEqual(1001);
    expect(ledger.failures()).toHaveLength(1);
  });
});

describe('the SENDFILEs to a port', () => {
  it('are known from the moment it is watched, in order, to whatever host', () => {
    const ledger = new CommandLedger();
    ledger.add(node1, ended('SENDFILE early host 6000', 'ok'));
    const first = ledger.watchSendFilesTo(6000);
    ledger.add(node1, ended('SENDFILE a host 6000', 'ok'));
    ledger.add(node2, ended('SENDFILE b other 6000', undefined));
    ledger.add(node2, ended('SENDFILE c host 6001', undefined));
    expect(first.map(({ node, command }) => [node, command.text])).toEqual([
      [node1, 'SENDFILE a host 6000'],
      [node2, 'SENDFILE b other 6000'],
    ]);
  });

  it('belong to the latest watch', () => {
    const ledger = new CommandLedger();
    const first = ledger.watchSendFilesTo(6000);
    ledger.add(node1, ended('SENDFILE a host 6000', undefined));
    const second = ledger.watchSendFilesTo(6000);
    ledger.add(node1, ended('SENDFILE b host 6000', undefined));
    expect([first.length, second.length]).toEqual([1, 1]);
  });

  it('are remembered up to a thousand, the latest', () => {
    const ledger = new CommandLedger();
    const sendings = ledger.watchSendFilesTo(6000);
    for (let number = 0; number < 1500; number += 1)
      ledger.add(node1, ended(`SENDFILE ${number} host 6000`, 'ok'));
    expect(sendings).toHaveLength(1000);
    expect(sendings.at(-1)?.command.text).toBe('SENDFILE 1499 host 6000');
  });
});
