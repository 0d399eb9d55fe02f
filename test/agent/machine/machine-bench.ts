import { AgentMachine, type AgentMachineOptions } from '../../../src/agent/machine/agent-machine.ts';
import type { AgentEffect, AgentInput, EffectOf } from '../../../src/agent/machine/agent-port.ts';
import type { Found } from '../../../src/agent/machine/stray-list.ts';
import type { FunctionOutcome } from '../../../src/agent/shell/shell.ts';
import type { Listeners } from '../../../src/process/index.ts';
import type { CommandEnvelope, Info, Reply, ReplyOf, StrayList } from '../../../src/protocol/index.ts';
import { nodeName } from '../test-control.ts';

export const SESSION = 's1';
/** 2026-01-01T00:00:00Z, the wall clock at the bench's moment 0. */
const WALL_START_MS = Date.UTC(2026, 0, 1);

type Sent = Partial<Pick<CommandEnvelope, 'run' | 'session' | 'clock' | 'sent' | 'ttlMs'>> & {
  readonly topic?: 'own' | 'shared';
  readonly retained?: boolean;
};

/** A machine whose time and whose surroundings are given by hand; what it does comes back as short lines. */
export interface MachineBench {
  readonly machine: AgentMachine;
  /** Every effect so far. */
  readonly effects: readonly AgentEffect[];
  readonly replies: readonly Reply[];
  now(): number;
  /** Lets time pass; the machine is told at each of its deadlines on the way, and at the end. */
  pass(ms: number): string[];
  /** Lets time pass without a word to the machine: its process was busy, or not let run. */
  oversleep(ms: number): void;
  handle(input: AgentInput): string[];
  /** Connects, and hands the claim back. */
  connect(): string[];
  /** Connects, loads a script with these functions, and hands ALIVE back. The default: startFunction, stopFunction, fooFunction. */
  start(functions?: readonly string[]): string[];
  command(id: string, verb: string, args?: readonly string[], more?: Sent): string[];
  text(verb: string, ...args: readonly string[]): string[];
  /** The function of a command that waited for its instant has begun. */
  fired(id: string, startedMs: number): string[];
  /** The running function ends. */
  ended(outcome?: Partial<FunctionOutcome>): string[];
  /** What was left running was ended. */
  cleared(...survivors: readonly string[]): string[];
  /** What is asked for by `find-strays` was found: processes of commands ('' for none), and of dead agents. */
  strays(id: string, work?: Readonly<Record<string, readonly string[]>>, dead?: Found['leftovers']): string[];
  /** What is asked for by `find-listeners` was found: `127.0.0.1:5201`, …; or why nothing can be. */
  listeners(...found: readonly string[]): string[];
  noListeners(reason: string): string[];
  ownStatus(text: string, retained?: boolean): string[];
  ownInfo(session: string | undefined): string[];
  ownHeartbeat(session: string, claim?: boolean): string[];
}

export function createMachineBench(options: Partial<AgentMachineOptions> = {}): MachineBench {
  let ids = 0;
  const machine = new AgentMachine({
    node: nodeName('node1'),
    session: SESSION,
    groups: [],
    version: '1.0.0',
    platform: 'test',
    heartbeatMs: 15_000,
    stopLimitMs: 30_000,
    echoLimitMs: 5000,
    claimLimitMs: 1000,
    createId: () => {
      ids += 1;
      return ids === 1 ? 'init' : `own${ids - 1}`;
    },
    ...options,
  });
  const effects: AgentEffect[] = [];
  let mono = 1000;

  const handle = (input: AgentInput): string[] => {
    const done = machine.handle(input, { mono, wall: WALL_START_MS + mono });
    effects.push(...done);
    return done.flatMap((effect) => tell(effect) ?? []);
  };
  const ownHeartbeat = (session: string, claim?: boolean): string[] =>
    handle({
      kind: 'message',
      message: {
        kind: 'own-heartbeat',
        heartbeat: { session, busy: false, seq: 0, ...(claim && { claim }) },
      },
    });
  const ownStatus = (text: string, retained = false): string[] =>
    handle({ kind: 'message', message: { kind: 'own-status', text, retained } });
  const foundListeners = (found: Listeners): string[] => handle({ kind: 'listeners-found', found });
  const connect = (): string[] => [...handle({ kind: 'connected' }), ...ownHeartbeat(SESSION, true)];

  return {
    machine,
    effects,
    get replies() {
      return effects.flatMap((effect) => (effect.kind === 'reply' ? [effect.reply] : []));
    },
    now: () => mono,
    pass(ms) {
      const end = mono + ms;
      const told: string[] = [];
      for (let at = machine.nextDeadline(); at !== undefined && at <= end; at = machine.nextDeadline()) {
        mono = Math.max(at, mono);
        told.push(...handle({ kind: 'tick' }));
      }
      mono = end;
      told.push(...handle({ kind: 'tick' }));
      return told;
    },
    oversleep(ms) {
      mono += ms;
    },
    handle,
    connect,
    start(functions = ['startFunction', 'stopFunction', 'fooFunction']) {
      return [
        ...connect(),
        ...handle({ kind: 'script-loaded', outcome: { ok: true, functions: new Set(functions) } }),
        ...ownStatus('ALIVE'),
      ];
    },
    command(id, verb, args = [], { topic = 'own', retained = false, ...more } = {}) {
      const envelope: CommandEnvelope = {
        v: 1,
        id,
        verb,
        args: [...args],
        clock: 'clock1',
        sent: mono,
        ttlMs: 30_000,
        ...more,
      };
      const command = { kind: 'envelope', envelope } as const;
      return handle({
        kind: 'message',
        message: { kind: 'command', command, topic, retained, receivedAt: mono },
      });
    },
    text: (verb, ...args) =>
      handle({
        kind: 'message',
        message: {
          kind: 'command',
          command: { kind: 'text', verb, args },
          topic: 'own',
          retained: false,
          receivedAt: mono,
        },
      }),
    fired: (id, startedMs) =>
      handle({
        kind: 'function-started',
        id,
        start: { startedMs, uncertaintyMs: 0.01, stampedBy: 'shell' },
      }),
    ended: (outcome = {}) =>
      handle({
        kind: 'function-ended',
        outcome: { code: 0, interrupted: false, stderrTail: '', warnings: [], ...outcome },
      }),
    cleared: (...survivors) => handle({ kind: 'leftovers-ended', survivors }),
    strays: (id, work = {}, leftovers = []) =>
      handle({
        kind: 'strays-found',
        id,
        work: Object.entries(work).map(([command, processes]) => ({
          commandId: command || undefined,
          processes,
        })),
        leftovers,
      }),
    listeners(...found) {
      const listeners = found.map((text) => {
        const end = text.lastIndexOf(':');
        return { address: text.slice(0, end), port: Number(text.slice(end + 1)) };
      });
      return foundListeners({ kind: 'known', listeners });
    },
    noListeners: (reason) => foundListeners({ kind: 'unknown', reason }),
    ownStatus,
    ownInfo: (session) =>
      handle({
        kind: 'message',
        message: { kind: 'own-info', info: session === undefined ? undefined : infoOf(session) },
      }),
    ownHeartbeat,
  };
}

export const INTERRUPTED: Partial<FunctionOutcome> = { code: 143, interrupted: true };

function infoOf(session: string): Info {
  return {
    v: 1,
    node: 'node1',
    session,
    version: '2.0.0',
    accepts: ['text', 'envelope'],
    groups: [],
    heartbeatMs: 15_000,
    platform: 'other',
  };
}

/** An effect as a short line. A STATUS is the mirror of the reply before it and not told. */
function tell(effect: AgentEffect): string | undefined {
  switch (effect.kind) {
    case 'reply':
      return tellReply(effect.reply);
    case 'status':
      return undefined;
    case 'info':
      return effect.info ? 'INFO' : 'INFO cleared';
    case 'heartbeat': {
      const { busy, seq, claim, session } = effect.heartbeat;
      return `HEARTBEAT ${session} ${seq}${busy ? ' busy' : ''}${claim ? ' claim' : ''}`;
    }
    case 'run-function':
      return ['run', effect.name, ...effect.args, 'for', effect.id, ...atOf(effect)].join(' ');
    case 'end-leftovers':
      return ['end leftovers', ...effect.kept.map((id) => `but of ${id}`)].join(' ');
    case 'send-file':
      return `send ${effect.file} to ${effect.host}:${effect.port}${effect.truncate ? ' and truncate' : ''}`;
    case 'find-strays': {
      const but = effect.kept.map((id) => ` but of ${id}`).join('');
      return `find strays for ${effect.id}${but}${effect.endDead ? ', dead agents ended' : ''}`;
    }
    case 'inspect':
      return `inspect for ${effect.id}: ${JSON.stringify({ ...effect.question, ...effect.needs })}`;
    case 'log':
      return `${effect.level}: ${effect.message}`;
    case 'fail':
      return `fail ${effect.code}: ${effect.message}`;
    default:
      return effect.kind;
  }
}

function atOf({ at }: EffectOf<'run-function'>): string[] {
  return at === undefined ? [] : ['at', String(at)];
}

function tellReply(reply: Reply): string {
  switch (reply.kind) {
    case 'ack':
      if (reply.accepted)
        return `ack ${reply.id}${reply.leftMs === undefined ? '' : `, ${reply.leftMs} ms left`}`;
      return `refuse ${reply.id} ${reply.refusal}: ${reply.reason}`;
    case 'fired':
      return `fired ${reply.id} at ${reply.startedMs} ± ${reply.uncertaintyMs}, by the ${reply.stampedBy}`;
    case 'update':
      return `update ${reply.id}: ${reply.text}`;
    case 'status':
      return `say ${reply.text}${reply.id === undefined ? '' : ` (${reply.id})`}${reply.repeat ? ' again' : ''}`;
    case 'result':
      return tellResult(reply);
    case 'report':
      return `report ${reply.id}: ${reply.status ?? 'no status'}, lease ${reply.lease?.run ?? 'free'}, unfinished ${reply.unfinished.join(' ') || 'none'}`;
    case 'pong':
      return `pong ${reply.id}`;
    case 'probed':
      return `probed ${reply.id}: ${[reply.state, ...(reply.addresses ?? [])].join(' ')}${reply.reason === undefined ? '' : `: ${reply.reason}`}`;
    case 'inspected':
      return `inspected ${reply.id}: ${reply.found ? JSON.stringify(reply.found) : reply.reason}`;
    case 'strays':
      return `strays ${reply.id}: ${tellStrays(reply.found)}${reply.ended ? `; ended ${tellStrays(reply.ended)}` : ''}`;
  }
}

function tellStrays({ work, unlisted, leftovers }: StrayList): string {
  const items = [
    ...work.map(({ text, origin, running, processes }) =>
      [text || '?', origin.kind, running ? 'running' : 'left', ...processes].join(' '),
    ),
    ...leftovers.map(({ node, processes }) => ['dead', node, ...processes].join(' ')),
    ...(unlisted > 0 ? [`${unlisted} more`] : []),
  ];
  return items.join(' + ') || 'none';
}

function tellResult({ id, outcome, code, stderr, warnings = [] }: ReplyOf<'result'>): string {
  const more = [stderr, ...warnings].filter((text) => text !== undefined && text !== '');
  return `result ${id} ${outcome}${code === undefined ? '' : ` ${code}`}${more.length > 0 ? `: ${more.join('; ')}` : ''}`;
}
