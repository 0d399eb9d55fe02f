import { type Info, parseNodeName, type Reply, type ReplyOf } from '../../../src/protocol/index.ts';
import { type Command, createCommand } from '../../../src/run/node/command.ts';
import { NodeMachine } from '../../../src/run/node/node-machine.ts';
import type { NodeEffect, NodeInput, NodeSettings } from '../../../src/run/node/node-port.ts';

export const NODE = parseNodeName('node1') ?? fail();
export const HEARTBEAT_MS = 15_000;

export const SETTINGS: Omit<NodeSettings, 'createId'> = {
  owner: 'me@here',
  leaseMs: 15_000,
  takeOver: false,
  holdLease: true,
  ackTimeoutMs: 10_000,
  offlineGraceMs: 2000,
  reconnectGraceMs: 10_000,
  askEveryMs: 1000,
};

type Message = Extract<NodeInput, { kind: 'message' }>['message'];
type Unaddressed<R> = R extends unknown ? Omit<R, 'v' | 'session' | 'seq'> : never;
type Saying = Unaddressed<Exclude<Reply, { kind: 'report' }>>;

/** A node machine, what happens to it at given times, and what it does then, in words. */
export interface NodeUnderTest {
  readonly machine: NodeMachine;
  /** Hands in an input and returns what the machine does, one line for each effect. */
  at(now: number, input: NodeInput): string[];
  hears(now: number, message: Message): string[];
  /** Hands in a `tick`. */
  tick(now: number): string[];
  /** What the agent says on REPLY. */
  says(now: number, session: string, seq: number, saying: Saying): string[];
  reports(now: number, session: string, seq: number, report?: Partial<ReplyOf<'report'>>): string[];
  /** A SEND; the command, and what the machine does about it. */
  send(now: number, text: string): { command: Command; did: string[] };
  /** The id of the last command published with this verb. */
  idOf(verb: string): string;
  /** Lets every deadline up to this time fall due, in order. */
  runUntil(until: number): string[];
}

export function nodeUnderTest(settings: Partial<NodeSettings> = {}): NodeUnderTest {
  let ids = 0;
  const createId = (): string => {
    ids += 1;
    return `id${ids}`;
  };
  const machine = new NodeMachine(NODE, { ...SETTINGS, createId, ...settings });
  const lastIds = new Map<string, string>();

  const at = (now: number, input: NodeInput): string[] => {
    const effects = machine.handle(input, now);
    for (const effect of effects) if (effect.kind === 'publish') lastIds.set(effect.verb, effect.id);
    return effects.map(describe);
  };
  const hears = (now: number, message: Message): string[] => at(now, { kind: 'message', message });
  const tick = (now: number): string[] => at(now, { kind: 'tick' });
  const idOf = (verb: string): string => lastIds.get(verb) ?? fail(`no ${verb} was published`);

  return {
    machine,
    at,
    hears,
    tick,
    idOf,
    says: (now, session, seq, saying) =>
      hears(now, { kind: 'reply', receivedAt: now, reply: { v: 1, session, seq, ...saying } as Reply }),
    reports: (now, session, seq, report = {}) =>
      hears(now, {
        kind: 'reply',
        receivedAt: now,
        reply: {
          v: 1,
          kind: 'report',
          session,
          seq,
          id: 'asked by somebody',
          info: infoOf(session),
          status: 'ALIVE',
          lease: null,
          forgotten: 0,
          unfinished: [],
          ...report,
        },
      }),
    send(now, text) {
      const command = createCommand(createId(), text, now, settings.ackTimeoutMs ?? SETTINGS.ackTimeoutMs);
      return { command, did: at(now, { kind: 'send', command }) };
    },
    runUntil(until) {
      const did: string[] = [];
      for (let due = machine.nextDeadline(); due !== undefined && due <= until; ) {
        did.push(...tick(due));
        const next = machine.nextDeadline();
        if (next !== undefined && next <= due) fail(`the deadline ${due} is still there after its tick`);
        due = next;
      }
      return did;
    },
  };
}

/** A node whose agent has answered the first question, at the time 0, with the number 0. */
export function aliveNode(settings: Partial<NodeSettings> = {}): NodeUnderTest {
  const node = nodeUnderTest(settings);
  node.at(0, { kind: 'asked' });
  node.reports(0, 's1', 0);
  return node;
}

/** An alive node that this run holds, and the command that it holds it for, sent and not acknowledged. */
export function heldNode(settings: Partial<NodeSettings> = {}): { node: NodeUnderTest; command: Command } {
  const node = aliveNode(settings);
  const { command } = node.send(0, 'START 5201');
  node.says(0, 's1', 0, pong(node.idOf('_ping')));
  node.says(0, 's1', 1, accepted(node.idOf('_lease')));
  return { node, command };
}

export function infoOf(session: string, changes: Partial<Info> = {}): Info {
  return {
    v: 1,
    node: NODE,
    session,
    version: '1.0.0',
    accepts: ['text', 'envelope', 'probe'],
    groups: [],
    heartbeatMs: HEARTBEAT_MS,
    platform: 'test',
    ...changes,
  };
}

export const info = (
  session: string,
  retained: 'live' | 'retained',
  changes: Partial<Info> = {},
): Message => ({
  kind: 'info',
  info: infoOf(session, changes),
  retained: retained === 'retained',
});
export const infoCleared: Message = { kind: 'info', info: undefined, retained: false };
export const status = (text: string, retained: 'live' | 'retained'): Message => ({
  kind: 'status',
  text,
  retained: retained === 'retained',
});
export const heartbeat = (session: string, seq: number, busy = false): Message => ({
  kind: 'heartbeat',
  heartbeat: { session, busy, seq },
});

export const pong = (id: string): Saying => ({ kind: 'pong', id, t0: 0, t1: 0, t2: 0 });
export const accepted = (id: string): Saying => ({ kind: 'ack', id, accepted: true });
export const refused = (
  id: string,
  refusal: Extract<ReplyOf<'ack'>, { accepted: false }>['refusal'],
  reason: string,
): Saying => ({ kind: 'ack', id, accepted: false, refusal, reason });
export const statusReply = (text: string, id?: string): Saying => ({ kind: 'status', text, id });
export const repeatedStatus = (text: string, id?: string): Saying => ({
  kind: 'status',
  text,
  id,
  repeat: true,
});
export const result = (
  id: string,
  outcome: ReplyOf<'result'>['outcome'],
  more: Partial<ReplyOf<'result'>> = {},
): Saying => ({ kind: 'result', id, outcome, ...more });

/** One line that says what an effect is. */
function describe(effect: NodeEffect): string {
  switch (effect.kind) {
    case 'publish': {
      const words = [effect.verb, ...effect.args].join(' ');
      return `→ ${words}${effect.session ? ` to ${effect.session}` : ''}${effect.asRun ? ' as run' : ''}`;
    }
    case 'publish-text':
      return `→ text ${effect.command.text}`;
    case 'ping-as-text':
      return '→ text _ping';
    case 'ask-all':
      return '→ _report to all';
    case 'renew-clock':
      return 'new clock';
    case 'returned':
      return 'returned';
    case 'replies-missed':
      return `${effect.count} missed`;
    case 'event':
      return describeEvent(effect.event);
  }
}

function describeEvent(event: Extract<NodeEffect, { kind: 'event' }>['event']): string {
  switch (event.type) {
    case 'node-changed':
      return [event.state, event.detail].filter((part) => part !== '').join(': ');
    case 'command-sent':
      return `${event.text} sent`;
    case 'command-acknowledged':
      return 'acknowledged';
    case 'command-finished':
      return [`${event.text} ${event.end}`, event.reason].filter((part) => part).join(': ');
    case 'status-reported':
      return `says ${event.text}`;
    case 'update-reported':
      return `updates ${event.text}`;
    case 'warning-given':
      return `warning: ${event.message}`;
    default:
      return event.type;
  }
}

function fail(message = 'impossible'): never {
  throw new Error(message);
}
