import { describe, expect, it } from 'vitest';
import { type Command, createCommand } from '../../../src/run/node/command.ts';
import { CommandDesk } from '../../../src/run/node/command-desk.ts';
import type { NodeEffect } from '../../../src/run/node/node-port.ts';
import { NODE, SETTINGS } from './node-fixture.ts';

const SESSION = { session: 's1', lastSeq: 4 } as const;

function desk() {
  const effects: NodeEffect[] = [];
  const commands = new CommandDesk(NODE, { ...SETTINGS, createId: () => '' }, (effect) =>
    effects.push(effect),
  );
  const add = (text: string, mayTakeOver = false): Command => {
    const command = createCommand(text, text, 0, SETTINGS.ackTimeoutMs);
    commands.add(command, mayTakeOver);
    return command;
  };
  const published = (): string[] =>
    effects.splice(0).flatMap((effect) => {
      if (effect.kind === 'publish') return [effect.id];
      return effect.kind === 'publish-text' ? [`text ${effect.command.id}`] : [];
    });
  return { commands, add, published };
}

describe('CommandDesk', () => {
  it('notes the session that a command went to, and its last number', () => {
    const { commands, add } = desk();
    const command = add('START');
    commands.send(SESSION, 100);
    expect(command).toMatchObject({ phase: 'sent', session: 's1', sinceSeq: 4 });
    expect(commands.find('START')).toBe(command);
    expect(commands.find(undefined)).toBeUndefined();
  });

  it('does not count what a command, or a question that it depends on, waited here', () => {
    const { commands, add } = desk();
    const first = add('START');
    commands.send(SESSION, 0);
    const second = add('STOP');
    commands.heldBack('START', 100);
    commands.heldBack('a ping', 200);
    expect(commands.nextDeadline()).toBe(Number.POSITIVE_INFINITY);
    commands.watch(20_000, 's1', () => 'too late');
    commands.wentOut('START', 300);
    expect(commands.nextDeadline()).toBe(Number.POSITIVE_INFINITY);
    commands.wentOut('a ping', 500);
    expect([first.ackDeadline, first.resendAt, second.ackDeadline]).toEqual([10_400, 2400, 10_400]);
    commands.wentOut('never held', 900);
    expect(first.ackDeadline).toBe(10_400);
  });

  it('has its next deadline where something may have to be done', () => {
    const { commands, add } = desk();
    expect(commands.nextDeadline()).toBe(Number.POSITIVE_INFINITY);
    const command = add('START');
    expect(commands.nextDeadline()).toBe(10_000);
    commands.send(SESSION, 100);
    expect(commands.nextDeadline()).toBe(2100);
    commands.acknowledged(command, undefined);
    expect(commands.nextDeadline()).toBe(Number.POSITIVE_INFINITY);
  });

  it('gives a take-over the time to stop what another run does there', () => {
    const { commands, add } = desk();
    add('START', true);
    expect(commands.nextDeadline()).toBe(45_000);
  });

  it('forgets what has ended', () => {
    const { commands, add } = desk();
    const command = add('START');
    commands.sendText(0);
    expect(commands.unfinished).toEqual([command]);
    commands.delivered(command, 10);
    expect(commands.unfinished).toEqual([]);
    expect(commands.find('START')).toBeUndefined();
  });

  it('finds what ended lately, for what is still to be said about it', () => {
    const { commands, add } = desk();
    const all = Array.from({ length: 17 }, (_, index) => add(`FOO ${index}`));
    while (commands.nextWaiting) commands.sendText(0);
    for (const command of all) commands.delivered(command, 10);
    expect(commands.findAlsoEnded('FOO 0')).toBeUndefined();
    expect(commands.findAlsoEnded('FOO 1')).toBe(all[1]);
    expect(commands.findAlsoEnded('FOO 16')).toBe(all[16]);
  });

  it.each(['STOP', 'STOP 5201', 'TERMINATE'])('%s marks what came before it, and nothing after', (stop) => {
    const { commands, add } = desk();
    const earlier = [add('START'), add('FOO')];
    commands.send(SESSION, 0);
    const own = add(stop);
    const later = add('BAR');
    expect(earlier.map(({ stoppedByRun }) => stoppedByRun)).toEqual([true, true]);
    expect([own.stoppedByRun, later.stoppedByRun]).toEqual([false, false]);
  });

  const cancelled = { kind: 'result', v: 1, session: 's1', seq: 9, id: '', outcome: 'cancelled' } as const;
  it.each([
    ['of its own STOP', true],
    ['of a stranger', false],
  ])('has work left when a command was cancelled because %s: %s', (_, isOwn) => {
    const { commands, add } = desk();
    const [first, second] = [add('START'), add('FOO')];
    commands.send(SESSION, 0);
    commands.finished(first, { ...cancelled, outcome: 'ok' }, 1);
    if (isOwn) {
      const stop = add('STOP 5201');
      commands.send(SESSION, 2);
      // Its result may overtake that of what it cancelled.
      commands.finished(stop, { ...cancelled, outcome: 'ok' }, 3);
    }
    commands.finished(second, cancelled, 4);
    expect(commands.hasWork).toBe(isOwn);
  });

  it('withdraws what has not gone out, and sends nothing again', () => {
    const { commands, add, published } = desk();
    const sent = add('START');
    commands.send(SESSION, 0);
    const waiting = add('FOO');
    published();
    commands.withdraw(100);
    expect(waiting).toMatchObject({ end: 'cancelled', reason: 'the run ended before' });
    commands.watch(5000, 's1', () => '');
    commands.reconnected(4000, 5000);
    commands.watch(5000, 's1', () => '');
    expect(published()).toEqual([]);
    expect(sent.end).toBeUndefined();
  });

  it('still sends again what is given after that', () => {
    const { commands, add, published } = desk();
    commands.withdraw(0);
    add('STOP');
    commands.send(SESSION, 0);
    commands.watch(2000, 's1', () => '');
    expect(published()).toEqual(['STOP', 'STOP']);
  });
});
