import { describe, expect, it } from 'vitest';
import type { Command } from '../../../src/run/node/command.ts';
import { type NodeUnderTest, nodeUnderTest, SETTINGS, status } from './node-fixture.ts';

const ACK_MS = SETTINGS.ackTimeoutMs;
const REST_MS = ACK_MS / 10;
const QUIET_MS = ACK_MS / 5;
const SILENCE_MS = ACK_MS / 2;

type Happening = readonly [at: number, what: string];

/** A legacy node whose retained status was ALIVE, at the time 2000. */
function legacyNode(): NodeUnderTest {
  const node = nodeUnderTest();
  node.hears(0, status('ALIVE', 'retained'));
  node.at(0, { kind: 'asked' });
  node.runUntil(2000);
  return node;
}

/** Sends a command at 10 s, which the broker takes, lets things happen, and gives the next command at `givenAt`. */
function afterCommand(
  first: string,
  happenings: readonly Happening[],
  givenAt: number,
  next: string,
): { node: NodeUnderTest; next: Command; sentAt: number | undefined; ranOutAt: number } {
  const node = legacyNode();
  const { command, did } = node.send(10_000, first);
  expect(did).toContain(`→ text ${first}`);
  node.at(10_000, { kind: 'published', command });
  const byTime = [...happenings, [givenAt, `SEND ${next}`] as const].sort(([a], [b]) => a - b);
  let given: Command | undefined;
  let sentAt: number | undefined;
  const look = (at: number, did: readonly string[]): void => {
    if (did.includes(`→ text ${next}`)) sentAt = at;
  };
  let ranOutAt = 0;
  const runUntil = (until: number): void => {
    for (let due = node.machine.nextDeadline(); due !== undefined && due < until; ) {
      ranOutAt = due;
      look(due, node.tick(due));
      due = node.machine.nextDeadline();
    }
  };
  for (const [at, what] of byTime) {
    runUntil(at);
    if (what === `SEND ${next}`) {
      const sent = node.send(at, next);
      given = sent.command;
      look(at, sent.did);
    } else {
      look(at, happen(node, at, what));
    }
  }
  runUntil(Number.POSITIVE_INFINITY);
  if (!given) throw new Error('it was not given');
  return { node, next: given, sentAt, ranOutAt };
}

function happen(node: NodeUnderTest, at: number, what: string): string[] {
  switch (what) {
    case 'disconnected':
    case 'connected':
    case 'withdraw':
      return node.at(at, { kind: what });
    default: {
      const [, how, text = ''] = /^(retained )?(.*)$/.exec(what) ?? [];
      return node.hears(at, status(text, how === undefined ? 'live' : 'retained'));
    }
  }
}

type Row = readonly [
  name: string,
  first: string,
  happenings: readonly Happening[],
  next: string,
  /** When it goes out if it was given at 11 s. */
  sentAt: number | undefined,
];

function check(rows: readonly Row[]): void {
  it.each(rows)('%s', (_name, first, happenings, next, sentAt) => {
    const outcome = afterCommand(first, happenings, 11_000, next);
    expect(outcome.sentAt).toBe(sentAt);
    if (sentAt === undefined) expect(outcome.next.end).toBe('not-delivered');
  });
}

describe('the next plain text to a legacy node goes out', () => {
  check([
    ['a moment after STARTED', 'START 5', [[15_000, 'STARTED']], 'STOP', 15_000 + REST_MS],
    ['at once when the report is old', 'START 5', [[10_000, 'STARTED']], 'STOP', 11_000],
    ['a moment after STOPPED', 'STOP', [[15_000, 'STOPPED']], 'START', 15_000 + REST_MS],
    ['a moment after SENT FILE', 'SENDFILE a b 1', [[15_000, 'SENT FILE']], 'STOP', 15_000 + REST_MS],
    ['a moment after the word of a user verb', 'FOO', [[11_500, 'FOO-DONE']], 'STOP', 11_500 + REST_MS],
    ['a moment after FAILED', 'START', [[15_000, 'FAILED START 7']], 'STOP', 15_000 + REST_MS],
    ['when the word has more words behind it', 'START', [[15_000, 'STARTED 5201']], 'STOP', 16_000],
    [
      'not for what is said on the way',
      'START 600',
      [
        [10_010, 'Command START received'],
        [10_020, '600'],
        [10_030, 'Will be STARTED'],
        [10_040, 'STARTING'],
        [10_050, 'STOPPED'],
        [10_060, 'ALIVE'],
      ],
      'STOP',
      undefined,
    ],
    ['not for SENDING FILE', 'SENDFILE a b 1', [[10_500, 'SENDING FILE']], 'STOP', undefined],
    ['not for a retained text that stood before', 'STOP', [[11_500, 'retained ALIVE']], 'START', undefined],
    ['never before the report of a verb that has a word', 'START', [], 'STOP', undefined],
  ]);
});

describe('after a verb of which a legacy agent may say nothing', () => {
  check([
    ['silence is the end of it', 'FOO', [], 'BAR', 10_000 + SILENCE_MS],
    ['so is quiet after a word', 'FOO', [[11_500, 'FOO received']], 'BAR', 11_500 + QUIET_MS],
    [
      'as long as it talks it is at work',
      'FOO',
      [
        [11_500, '10 %'],
        [13_000, '50 %'],
        [14_500, '90 %'],
      ],
      'BAR',
      14_500 + QUIET_MS,
    ],
    [
      'a heartbeat is no talk',
      'FOO',
      [
        [11_500, 'ALIVE'],
        [14_500, 'ALIVE'],
      ],
      'BAR',
      10_000 + SILENCE_MS,
    ],
    ['a verb in lower case is one, too', 'start 1', [], 'STOP', 10_000 + SILENCE_MS],
  ]);
});

describe('time without the broker does not count', () => {
  const outage: readonly Happening[] = [
    [11_500, 'disconnected'],
    [61_500, 'connected'],
  ];
  check([
    ['silence begins anew', 'FOO', outage, 'BAR', 61_500 + SILENCE_MS],
    ['a word still has to come', 'START', [...outage, [62_000, 'STARTED']], 'STOP', 62_000 + REST_MS],
    [
      'what came during the outage is seen from the retained text',
      'START',
      [...outage, [61_600, 'retained STARTED']],
      'STOP',
      61_600 + REST_MS,
    ],
  ]);

  it('the retained text tells nothing when it was the same before', () => {
    const node = legacyNode();
    node.send(10_000, 'START 1');
    node.hears(10_500, status('STARTED', 'live'));
    node.send(20_000, 'START 2');
    node.at(21_000, { kind: 'disconnected' });
    node.at(22_000, { kind: 'connected' });
    node.hears(22_000, status('STARTED', 'retained'));
    const { command } = node.send(23_000, 'STOP');
    node.runUntil(60_000);
    expect(command.end).toBe('not-delivered');
  });

  it('nor does it count for the time that a command may wait', () => {
    const { next, node } = afterCommand('START', outage, 11_000, 'STOP');
    expect(next.end).toBe('not-delivered');
    expect(node.machine.nextDeadline()).toBeUndefined();
  });
});

describe('a command that does not get its turn', () => {
  it('is not delivered, and the reason names what has not been reported', () => {
    const { next } = afterCommand('START 600', [], 11_000, 'STOP');
    expect(next).toMatchObject({
      end: 'not-delivered',
      reason: 'it is a legacy agent, which takes one command at a time, and START 600 has not been reported',
    });
  });

  it('is named while it waits', () => {
    const node = legacyNode();
    node.send(10_000, 'START 600');
    node.send(10_000, 'STOP');
    expect(node.machine.whyWaiting).toMatch(/START 600 has not been reported$/);
  });

  it('goes out in its order, one by one', () => {
    const node = legacyNode();
    expect(node.send(10_000, 'START 1').did).toContain('→ text START 1');
    expect(node.send(10_000, 'START 2').did).toEqual([]);
    expect(node.send(10_000, 'STOP').did).toEqual([]);
    expect(node.hears(11_000, status('STARTED', 'live'))).toEqual(['START 1 ok', 'says STARTED']);
    expect(node.runUntil(12_000)).toEqual(['START 2 sent', '→ text START 2']);
    node.hears(13_000, status('STARTED', 'live'));
    expect(node.runUntil(14_000)).toEqual(['STOP sent', '→ text STOP']);
  });

  it('has the whole time of the broker before it when its turn comes late', () => {
    const { next, sentAt, ranOutAt } = afterCommand('START', [[19_900, 'STARTED']], 11_000, 'STOP');
    expect(sentAt).toBe(19_900 + REST_MS);
    expect(next).toMatchObject({ end: 'not-delivered', reason: 'the broker did not take it' });
    expect(ranOutAt).toBe(19_900 + REST_MS + ACK_MS);
  });

  it('waits for a terminated agent to say something again', () => {
    const came = afterCommand(
      'TERMINATE',
      [
        [12_000, 'TERMINATED'],
        [14_000, 'ALIVE'],
      ],
      13_000,
      'START',
    );
    expect(came.sentAt).toBe(14_000 + REST_MS);
    const gone = afterCommand('TERMINATE', [[12_000, 'TERMINATED']], 13_000, 'START');
    expect(gone.sentAt).toBeUndefined();
    expect(gone.next.reason).toBe('it is a legacy agent, and has said nothing since it terminated');
  });
});

describe('the clean-up’s STOP', () => {
  it('waits for the report like everything else', () => {
    const { sentAt } = afterCommand(
      'START 600',
      [
        [11_000, 'withdraw'],
        [12_500, 'STARTED'],
      ],
      11_500,
      'STOP',
    );
    expect(sentAt).toBe(12_500 + REST_MS);
  });

  it('but for five seconds only: it may be in vain, not to send it surely is', () => {
    const { sentAt } = afterCommand('START 600', [[11_000, 'withdraw']], 11_500, 'STOP');
    expect(sentAt).toBe(16_500);
  });
});

describe('a report', () => {
  it('shows that the agent has the command, whether the broker could say so or not', () => {
    const node = legacyNode();
    const { command } = node.send(10_000, 'START');
    node.at(10_100, { kind: 'disconnected' });
    node.at(10_200, { kind: 'connected' });
    node.hears(10_300, status('STARTED', 'live'));
    expect(command.end).toBe('ok');
  });

  it('of another verb shows nothing', () => {
    const node = legacyNode();
    const { command } = node.send(10_000, 'START');
    node.hears(10_300, status('STOPPED', 'live'));
    expect(command.end).toBeUndefined();
  });
});
