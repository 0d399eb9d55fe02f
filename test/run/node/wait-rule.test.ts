import { describe, expect, it } from 'vitest';
import type { Command } from '../../../src/run/node/command.ts';
import type { Judgement } from '../../../src/run/node/judgement.ts';
import { judgeWait } from '../../../src/run/node/wait-rule.ts';
import {
  accepted,
  aliveNode,
  heartbeat,
  heldNode,
  info,
  infoCleared,
  type NodeUnderTest,
  nodeUnderTest,
  pong,
  refused,
  repeatedStatus,
  result,
  status,
  statusReply,
} from './node-fixture.ts';

/** A node in the state that a row describes, and the last SEND to it before the wait. */
interface Scene {
  readonly node: NodeUnderTest;
  readonly command?: Command;
}
type Row = readonly [name: string, words: string, judgement: Judgement['kind'] | RegExp, scene: () => Scene];

/** `START 5201` acknowledged under the number 2; what is said next has the number 3. */
function acknowledged(): Required<Scene> {
  const { node, command } = heldNode();
  node.says(10, 's1', 2, accepted(command.id));
  return { node, command };
}

/** `START 5201` ended well, with the numbers up to 4. */
function started(): Required<Scene> {
  const { node, command } = acknowledged();
  node.says(20, 's1', 3, statusReply('STARTED', command.id));
  node.says(30, 's1', 4, result(command.id, 'ok'));
  return { node, command };
}

/** The same and then another message, acknowledged; what is said next has the number 6. */
function startedAndThen(text: string): Required<Scene> {
  const { node } = started();
  const { command } = node.send(40, text);
  node.says(50, 's1', 5, accepted(command.id));
  return { node, command };
}

/** A legacy node with this retained status. */
function legacy(text: string): NodeUnderTest {
  const node = nodeUnderTest();
  node.hears(0, status(text, 'retained'));
  node.at(0, { kind: 'asked' });
  node.runUntil(2000);
  return node;
}

function legacyAndSent(text: string): Required<Scene> {
  const node = legacy('ALIVE');
  const { command } = node.send(3000, text);
  node.at(3010, { kind: 'published', command });
  return { node, command };
}

function terminated(): Required<Scene> {
  const { node } = started();
  const { command } = node.send(40, 'TERMINATE');
  node.says(50, 's1', 5, accepted(command.id));
  node.says(60, 's1', 6, statusReply('TERMINATED', command.id));
  node.says(60, 's1', 7, result(command.id, 'ok'));
  node.hears(70, infoCleared);
  return { node, command };
}

function check(rows: readonly Row[]): void {
  it.each(rows)('%s: WAITFOR node1 %s → %s', (_name, words, expected, scene) => {
    const { node, command } = scene();
    const judgement = judgeWait(node.machine, words.split(' '), command);
    if (typeof expected === 'string') expect(judgement.kind).toBe(expected);
    else expect(formatJudgement(judgement)).toMatch(expected);
  });
}

function formatJudgement(judgement: Judgement): string {
  if (judgement.kind === 'met') return 'met';
  return `${judgement.kind === 'hopeless' ? judgement.verdict : 'pending'}: ${judgement.reason}`;
}

describe('a wait looks back to the last SEND to that node', () => {
  check([
    ['not yet reported', 'STARTED', /^pending: START 5201 is under way$/, acknowledged],
    ['reported', 'STARTED', 'met', started],
    [
      'of two SENDs in a row only the last counts',
      'STARTED',
      /^pending: START 5202 is under way$/,
      () => startedAndThen('START 5202'),
    ],
    [
      'the last of two SENDs in a row',
      'STARTED',
      'met',
      () => {
        const scene = startedAndThen('START 5202');
        scene.node.says(60, 's1', 6, statusReply('STARTED', scene.command.id));
        return scene;
      },
    ],
    [
      'a result word with another command’s id is not meant',
      'STARTED',
      'pending',
      () => {
        const scene = acknowledged();
        scene.node.says(60, 's1', 3, statusReply('STARTED', 'of another run'));
        return scene;
      },
    ],
    [
      'a result word without any command’s id is not meant',
      'STOPPED',
      'pending',
      () => {
        const scene = acknowledged();
        scene.node.says(60, 's1', 3, statusReply('STOPPED lease-lost'));
        return scene;
      },
    ],
    [
      'the STATUS topic is a mirror only',
      'STARTED',
      'pending',
      () => {
        const scene = acknowledged();
        scene.node.hears(60, status('STARTED', 'live'));
        return scene;
      },
    ],
  ]);
});

describe('what matters is that it was reported', () => {
  const fast = (): Required<Scene> => {
    const { node, command } = acknowledged();
    node.says(20, 's1', 3, statusReply('STARTED', command.id));
    node.says(20, 's1', 4, statusReply('STOPPED', command.id));
    node.says(20, 's1', 5, result(command.id, 'ok'));
    return { node, command };
  };
  check([
    ['STARTED, then STOPPED, fast', 'STARTED', 'met', fast],
    ['the latter of the two', 'STOPPED', 'met', fast],
    [
      'a result before its wait: that wait meets no other word',
      'FOO-DONE',
      /^failed: START 5201 ended with STARTED, STOPPED$/,
      fast,
    ],
  ]);
});

describe('the match is by leading words, case-sensitive', () => {
  const saying = (text: string) => (): Required<Scene> => {
    const scene = acknowledged();
    scene.node.says(20, 's1', 3, statusReply(text, scene.command.id));
    return scene;
  };
  check([
    ['with more words behind', 'STARTED', 'met', saying('STARTED 5201')],
    ['all of them', 'STARTED 5201', 'met', saying('STARTED 5201')],
    ['not another second word', 'STARTED 5202', 'pending', saying('STARTED 5201')],
    ['not a part of a word', 'STARTED', 'pending', saying('RESTARTED')],
    ['not a longer word', 'START', 'pending', saying('STARTED')],
    ['not in the middle', 'STARTED', 'pending', saying('NOT STARTED')],
    ['not in lower case', 'STARTED', 'pending', saying('started')],
    ['SENT FILE', 'SENT FILE', 'met', saying('SENT FILE log.txt')],
    ['SENDING FILE is not SENT FILE', 'SENT FILE', 'pending', saying('SENDING FILE log.txt')],
    ['a verb of the user’s own', 'MEASURE-DONE', 'met', saying('MEASURE-DONE')],
  ]);
});

describe('a result word must belong to the session still live', () => {
  const startedAgain = (): Required<Scene> => {
    const scene = started();
    scene.node.reports(100, 's2', 0);
    return scene;
  };
  check([
    [
      'a status of a session that is over',
      'STARTED',
      /^unreachable: the agent was started again after START 5201$/,
      startedAgain,
    ],
    [
      'a status that an older session sends late',
      'STARTED',
      /^unreachable: START 5201 is lost: the agent was started again/,
      () => {
        const scene = acknowledged();
        scene.node.reports(100, 's2', 0);
        scene.node.says(110, 's1', 3, statusReply('STARTED', scene.command.id));
        return scene;
      },
    ],
    ['TERMINATED, whose session is over by nature', 'TERMINATED', 'met', terminated],
    [
      'TERMINATED, when a new session has begun',
      'TERMINATED',
      'met',
      () => {
        const scene = terminated();
        scene.node.hears(100, info('s2', 'live'));
        return scene;
      },
    ],
    [
      'TERMINATED, whose last words arrive after INFO was cleared',
      'TERMINATED',
      'met',
      () => {
        const { node } = started();
        const { command } = node.send(40, 'TERMINATE');
        node.hears(50, infoCleared);
        node.says(60, 's1', 5, accepted(command.id));
        node.says(60, 's1', 6, statusReply('TERMINATED', command.id));
        return { node, command };
      },
    ],
    [
      'TERMINATED, whose last words are still to come when INFO was cleared',
      'TERMINATED',
      /^pending: it has terminated, and its last words are awaited$/,
      () => {
        const { node } = started();
        const { command } = node.send(40, 'TERMINATE');
        node.says(50, 's1', 5, accepted(command.id));
        node.hears(60, infoCleared);
        return { node, command };
      },
    ],
    [
      'TERMINATED, whose last words never come',
      'TERMINATED',
      /^unreachable: TERMINATE is lost: the agent has terminated$/,
      () => {
        const { node } = started();
        const { command } = node.send(40, 'TERMINATE');
        node.hears(60, infoCleared);
        node.runUntil(2060);
        return { node, command };
      },
    ],
    ['another word after the end of the session', 'STOPPED', /^failed: it has terminated$/, terminated],
    [
      'a node that is lost by now: its word is old',
      'STARTED',
      /^unreachable: it was lost: nothing was heard of it for/,
      () => {
        const scene = started();
        scene.node.runUntil(60_000);
        return scene;
      },
    ],
    [
      'a node that is reconnecting: it is not lost yet',
      'STARTED',
      'met',
      () => {
        const scene = started();
        scene.node.hears(100, status('OFFLINE s1', 'live'));
        return scene;
      },
    ],
  ]);
});

describe('a re-announced status satisfies nothing but ALIVE', () => {
  check([
    [
      'of the command before, after a reconnect',
      'STARTED',
      /^pending: START 5202 is under way$/,
      () => {
        const scene = startedAndThen('START 5202');
        scene.node.hears(60, status('OFFLINE s1', 'live'));
        scene.node.hears(70, info('s1', 'live'));
        scene.node.says(70, 's1', 3, repeatedStatus('STARTED', 'of START 5201'));
        scene.node.hears(70, status('STARTED', 'live'));
        return scene;
      },
    ],
    [
      'of this very command, whose first telling is missing and asked for again',
      'STARTED',
      /^pending: some of its replies are missing$/,
      () => {
        const scene = acknowledged();
        scene.node.says(70, 's1', 3, repeatedStatus('STARTED', scene.command.id));
        return scene;
      },
    ],
    [
      'said again under its number, when asked for: it counts in full',
      'STARTED',
      'met',
      () => {
        const scene = acknowledged();
        scene.node.says(70, 's1', 3, repeatedStatus('STARTED', scene.command.id));
        scene.node.says(80, 's1', 3, statusReply('STARTED', scene.command.id));
        return scene;
      },
    ],
    [
      'ALIVE of an agent that is met by it',
      'ALIVE',
      'met',
      () => {
        const node = nodeUnderTest();
        node.hears(0, info('s1', 'live'));
        node.says(0, 's1', 7, repeatedStatus('ALIVE'));
        return { node };
      },
    ],
    [
      'a word without a SEND',
      'READY',
      'pending',
      () => {
        const node = nodeUnderTest();
        node.hears(0, info('s1', 'live'));
        node.says(0, 's1', 7, repeatedStatus('READY'));
        return { node };
      },
    ],
  ]);
});

describe('a word that the script published counts from that SEND on', () => {
  check([
    [
      'said after it, whatever command it belongs to',
      'READY',
      'met',
      () => {
        const scene = startedAndThen('MEASURE');
        scene.node.says(60, 's1', 6, statusReply('READY'));
        return scene;
      },
    ],
    [
      'said before it',
      'READY',
      /^pending: MEASURE is under way$/,
      () => {
        const { node } = started();
        node.says(40, 's1', 5, statusReply('READY'));
        const { command } = node.send(50, 'MEASURE');
        node.says(60, 's1', 6, accepted(command.id));
        return { node, command };
      },
    ],
    [
      'said before it, and again after it',
      'READY',
      'met',
      () => {
        const { node } = started();
        node.says(40, 's1', 5, statusReply('READY'));
        const { command } = node.send(50, 'MEASURE');
        node.says(60, 's1', 6, accepted(command.id));
        node.says(70, 's1', 7, statusReply('READY'));
        return { node, command };
      },
    ],
    [
      'said before it, arriving after it because it was missing',
      'READY',
      'pending',
      () => {
        const { node } = started();
        node.hears(40, heartbeat('s1', 5));
        const { command } = node.send(50, 'MEASURE');
        node.says(60, 's1', 6, accepted(command.id));
        node.says(70, 's1', 5, statusReply('READY'));
        return { node, command };
      },
    ],
    [
      'said after its function has ended: background work may say it',
      'READY',
      /^pending: START 5201 has ended$/,
      started,
    ],
    [
      'not when the session is another one',
      'READY',
      'hopeless',
      () => {
        const scene = started();
        scene.node.says(40, 's1', 5, statusReply('READY'));
        scene.node.reports(100, 's2', 0);
        return scene;
      },
    ],
  ]);
});

describe('with no SEND before it', () => {
  const reporting = (text: string | null) => (): Scene => {
    const node = nodeUnderTest();
    node.reports(0, 's1', 5, { status: text });
    return { node };
  };
  check([
    ['the status of the live session’s report counts', 'STARTED', 'met', reporting('STARTED')],
    ['another status of the report', 'STARTED', /^pending: its last status is "ALIVE"$/, reporting('ALIVE')],
    ['a report before the first status', 'STARTED', /^pending: it has said nothing yet$/, reporting(null)],
    [
      'anything it said since counts, be it no longer the last',
      'READY',
      'met',
      () => {
        const { node } = reporting('ALIVE')();
        node.says(10, 's1', 6, statusReply('READY'));
        node.says(10, 's1', 7, statusReply('BUSY'));
        return { node };
      },
    ],
    [
      'retained text never counts',
      'STARTED',
      /^pending: it has not been heard of$/,
      () => {
        const node = nodeUnderTest();
        node.hears(0, status('STARTED', 'retained'));
        return { node };
      },
    ],
    [
      'what an older session said does not count',
      'READY',
      'pending',
      () => {
        const { node } = reporting('READY')();
        node.reports(10, 's2', 0);
        return { node };
      },
    ],
    [
      'a lost node fails the wait at once',
      'READY',
      /^unreachable: it was lost/,
      () => {
        const { node } = reporting('ALIVE')();
        node.runUntil(60_000);
        return { node };
      },
    ],
    [
      'TERMINATED by somebody else’s hand',
      'TERMINATED',
      'met',
      () => {
        const { node } = reporting('ALIVE')();
        node.says(10, 's1', 6, statusReply('TERMINATED', 'of another run'));
        node.hears(10, infoCleared);
        return { node };
      },
    ],
    [
      'another word after termination: a new session may say it',
      'READY',
      /^pending: it has terminated$/,
      () => {
        const { node } = reporting('READY')();
        node.hears(10, infoCleared);
        return { node };
      },
    ],
    ['FAILED, when initFunction failed', 'FAILED INIT', 'met', reporting('FAILED INIT 1')],
  ]);
});

describe('legacy nodes', () => {
  check([
    ['their retained ALIVE satisfies ALIVE', 'ALIVE', 'met', () => ({ node: legacy('ALIVE') })],
    [
      'no other retained text satisfies ALIVE',
      'ALIVE',
      /^pending: it is a legacy agent and has not said ALIVE$/,
      () => ({ node: legacy('STARTED') }),
    ],
    ['a retained text satisfies no other wait', 'STARTED', 'pending', () => ({ node: legacy('STARTED') })],
    [
      'what arrives live counts without a SEND',
      'STARTED',
      'met',
      () => {
        const node = legacy('ALIVE');
        node.hears(3000, status('STARTED', 'live'));
        return { node };
      },
    ],
    [
      'what arrives after the SEND was published counts',
      'STARTED',
      'met',
      () => {
        const scene = legacyAndSent('START');
        scene.node.hears(4000, status('STARTED', 'live'));
        return scene;
      },
    ],
    [
      'what arrived before the SEND does not',
      'STARTED',
      /^pending: "STARTED" has not come since STOP$/,
      () => {
        const { node } = legacyAndSent('START');
        node.hears(4000, status('STARTED', 'live'));
        const { command } = node.send(5000, 'STOP');
        node.at(5010, { kind: 'published', command });
        return { node, command };
      },
    ],
    [
      'what comes retained after the SEND does not, as after our reconnect',
      'STARTED',
      'pending',
      () => {
        const scene = legacyAndSent('START');
        scene.node.hears(4000, status('STARTED', 'retained'));
        return scene;
      },
    ],
    [
      'a fast STARTED and STOPPED',
      'STARTED',
      'met',
      () => {
        const scene = legacyAndSent('START');
        scene.node.hears(4000, status('STARTED', 'live'));
        scene.node.hears(4000, status('STOPPED', 'live'));
        return scene;
      },
    ],
    [
      'a broker that does not take the message',
      'STARTED',
      /^unreachable: START was not delivered: the broker did not take it$/,
      () => {
        const node = legacy('ALIVE');
        const { command } = node.send(3000, 'START');
        node.runUntil(13_000);
        return { node, command };
      },
    ],
    ['ALIVE after a TERMINATE must come again', 'ALIVE', 'pending', () => legacyAndSent('TERMINATE')],
    [
      'ALIVE that came again after a TERMINATE',
      'ALIVE',
      'met',
      () => {
        const scene = legacyAndSent('TERMINATE');
        scene.node.hears(4000, status('TERMINATED', 'live'));
        scene.node.hears(5000, status('ALIVE', 'live'));
        return scene;
      },
    ],
    [
      'one that was replaced by an agent of ours',
      'STARTED',
      /^unreachable: START went out as plain text before the agent was known as one of ours; what came of it is not known$/,
      () => {
        const scene = legacyAndSent('START');
        scene.node.reports(4000, 's1', 0);
        return scene;
      },
    ],
  ]);
});

describe('WAITFOR … ALIVE waits for presence', () => {
  check([
    ['a live session', 'ALIVE', 'met', () => ({ node: aliveNode() })],
    ['a live session whose last status is another', 'ALIVE', 'met', started],
    ['nobody', 'ALIVE', /^pending: it has not been heard of$/, () => ({ node: nodeUnderTest() })],
    [
      'a node that is lost may come back',
      'ALIVE',
      'pending',
      () => {
        const scene = started();
        scene.node.runUntil(60_000);
        return scene;
      },
    ],
    [
      'nothing but heartbeats was heard',
      'ALIVE',
      /^pending: its heartbeats come but no answer$/,
      () => {
        const node = nodeUnderTest();
        node.hears(0, info('s1', 'retained'));
        node.hears(10, heartbeat('s1', 4));
        return { node };
      },
    ],
    [
      'initFunction is still running',
      'ALIVE',
      /^pending: its initFunction is still running$/,
      () => {
        const node = nodeUnderTest();
        node.reports(0, 's1', 0, { status: null });
        return { node };
      },
    ],
    [
      'initFunction has failed',
      'ALIVE',
      /^failed: FAILED INIT 1$/,
      () => {
        const node = nodeUnderTest();
        node.reports(0, 's1', 1, { status: 'FAILED INIT 1' });
        return { node };
      },
    ],
    [
      'after a TERMINATE it needs a newer session',
      'ALIVE',
      /^pending: a new session is awaited after TERMINATE$/,
      () => {
        const { node } = started();
        const { command } = node.send(40, 'TERMINATE');
        node.says(50, 's1', 5, accepted(command.id));
        return { node, command };
      },
    ],
    ['after a TERMINATE the node is gone', 'ALIVE', /^pending: it has terminated$/, terminated],
    [
      'after a TERMINATE the newer session is there',
      'ALIVE',
      'met',
      () => {
        const scene = terminated();
        scene.node.reports(100, 's2', 1);
        return scene;
      },
    ],
    [
      'after a TERMINATE the newer session is there, its initFunction running',
      'ALIVE',
      'pending',
      () => {
        const scene = terminated();
        scene.node.hears(100, info('s2', 'live'));
        return scene;
      },
    ],
    [
      'after a verb that ended the session',
      'ALIVE',
      'met',
      () => {
        const scene = startedAndThen('REBOOT');
        scene.node.reports(100, 's2', 1);
        return scene;
      },
    ],
  ]);
});

describe('a wait fails at once', () => {
  const ending = (outcome: Parameters<typeof result>[1], stderr?: string) => (): Required<Scene> => {
    const scene = acknowledged();
    scene.node.says(30, 's1', 3, result(scene.command.id, outcome, { stderr }));
    return scene;
  };
  check([
    [
      'when the command ended with another word',
      'STARTED',
      /^failed: STOP ended with STOPPED$/,
      () => {
        const scene = startedAndThen('STOP');
        scene.node.says(60, 's1', 6, statusReply('STOPPED', scene.command.id));
        scene.node.says(60, 's1', 7, result(scene.command.id, 'ok'));
        return scene;
      },
    ],
    [
      'when STOP cancelled it',
      'STARTED',
      /^failed: START 5201 was cancelled: by STOP$/,
      ending('cancelled', 'by STOP'),
    ],
    ['not for a script’s word of a cancelled command', 'READY', 'pending', ending('cancelled', 'by STOP')],
    [
      'when it failed',
      'STARTED',
      /^failed: START 5201 failed: no such port$/,
      ending('failed', 'no such port'),
    ],
    ['when it failed, for a script’s word', 'READY', /^failed: START 5201 failed$/, ending('failed')],
    [
      'when it came too late',
      'STARTED',
      /^unreachable: START 5201 is expired: 31 s old$/,
      ending('expired', '31 s old'),
    ],
    ['when the agent lost it', 'STARTED', /^unreachable: START 5201 is lost$/, ending('lost')],
    [
      'when it was refused',
      'STARTED',
      /^failed: it refused START 5201: FAILED INIT 3$/,
      () => {
        const { node, command } = heldNode();
        node.says(10, 's1', 2, refused(command.id, 'not-ready', 'FAILED INIT 3'));
        return { node, command };
      },
    ],
    [
      'when the node belongs to another run',
      'STARTED',
      /^unreachable: BUSY r9 ci@lab since 10:02; --take-over stops that run first$/,
      () => {
        const node = aliveNode();
        const { command } = node.send(0, 'START');
        node.says(10, 's1', 0, pong(node.idOf('_ping')));
        node.says(20, 's1', 1, refused(node.idOf('_lease'), 'busy', 'BUSY r9 ci@lab since 10:02'));
        return { node, command };
      },
    ],
    [
      'when it was never acknowledged',
      'STARTED',
      /^unreachable: START 5201 was not delivered: it is alive but did not acknowledge$/,
      () => {
        const { node, command } = heldNode();
        node.runUntil(10_000);
        return { node, command };
      },
    ],
    [
      'when the node is lost, after the grace',
      'STARTED',
      /^unreachable: it was lost: the broker said OFFLINE and it did not come back$/,
      () => {
        const scene = acknowledged();
        scene.node.hears(100, status('OFFLINE s1', 'live'));
        scene.node.runUntil(2100);
        return scene;
      },
    ],
    [
      'not within the grace',
      'STARTED',
      /^pending: the broker says OFFLINE$/,
      () => {
        const scene = acknowledged();
        scene.node.hears(100, status('OFFLINE s1', 'live'));
        return scene;
      },
    ],
    [
      'not while a status may be missing that meets it',
      'STARTED',
      /^pending: some of its replies are missing$/,
      () => {
        const scene = acknowledged();
        scene.node.says(30, 's1', 4, result(scene.command.id, 'ok'));
        return scene;
      },
    ],
    [
      'when what was missing is gone for good',
      'STARTED',
      /^failed: START 5201 ended with no status$/,
      () => {
        const scene = acknowledged();
        scene.node.says(30, 's1', 4, result(scene.command.id, 'ok'));
        scene.node.tick(280);
        scene.node.reports(300, 's1', 4, { id: scene.node.idOf('_report'), forgotten: 3 });
        return scene;
      },
    ],
  ]);
});

describe('a wait for FAILED', () => {
  const failing = (): Required<Scene> => {
    const scene = acknowledged();
    scene.node.says(30, 's1', 3, statusReply('FAILED START 7', scene.command.id));
    scene.node.says(30, 's1', 4, result(scene.command.id, 'failed', { code: 7, stderr: 'no' }));
    return scene;
  };
  check([
    ['is met by that failure', 'FAILED', 'met', failing],
    ['with its words', 'FAILED START 7', 'met', failing],
    ['not by another failure', 'FAILED START 8', /^failed: START 5201 failed: no$/, failing],
    ['of a command that ended well', 'FAILED', /^failed: START 5201 ended with STARTED$/, started],
  ]);
});

describe('a command on its way', () => {
  check([
    [
      'waits for its node',
      'STARTED',
      /^pending: it has not been heard of$/,
      () => {
        const node = nodeUnderTest();
        return { node, command: node.send(0, 'START').command };
      },
    ],
    [
      'waits for its lease',
      'STARTED',
      /^pending: START has not been sent yet$/,
      () => {
        const node = aliveNode();
        return { node, command: node.send(0, 'START').command };
      },
    ],
    ['waits for its acknowledgement', 'STARTED', /^pending: START 5201 is not acknowledged yet$/, heldNode],
  ]);
});
