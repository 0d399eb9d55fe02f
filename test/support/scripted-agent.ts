import { AgentMachine } from '../../src/agent/machine/agent-machine.ts';
import type {
  AgentEffect,
  AgentInput,
  EffectOf,
  Leftover,
  Seen,
} from '../../src/agent/machine/agent-port.ts';
import { OutputBatcher } from '../../src/agent/output-batcher.ts';
import type { FunctionOutcome } from '../../src/agent/shell/shell.ts';
import { type Clock, createId, type Dispose, silentLogger } from '../../src/base/index.ts';
import { agentWill, createAgentChannel } from '../../src/channel/index.ts';
import type { Listener, Listeners } from '../../src/process/index.ts';
import { type NodeName, parseNodeName } from '../../src/protocol/index.ts';
import type { Transport, Will } from '../../src/transport/index.ts';

/** What a function of the node script does, in the time of the agent's clock. */
export interface ScriptedFunction {
  /** Default 0: it ends at once. `Infinity`: until it is interrupted. */
  readonly takesMs?: number;
  /** So long after its instant it begins, if it has one. Default 0. */
  readonly beginsLateMs?: number;
  /** Exit code. Default 0. */
  readonly code?: number;
  /** `publish_mqtt TEXT`, each so many milliseconds after the start. */
  readonly says?: readonly (readonly [afterMs: number, text: string])[];
  /** `update TEXT`, at once. */
  readonly updates?: readonly string[];
  readonly prints?: readonly string[];
  readonly stderr?: string;
  /** Processes that it leaves running. */
  readonly leaves?: readonly string[];
  /** Ports on which something listens from so many milliseconds after the start on, whatever becomes of the function. */
  readonly listens?: readonly (readonly [afterMs: number, port: number, address?: string])[];
}

/** The node script: its functions by name, as data. */
export type NodeScript = Readonly<Record<string, ScriptedFunction>>;

/** What listens on the machine, or why its system does not tell. */
export type ScriptedListeners = Listener[] | Extract<Listeners, { kind: 'unknown' }>;

/** What a look at the machine tells; undefined: it never comes to an end. */
export type ScriptedLook = (question: EffectOf<'inspect'>['question']) => Partial<Seen> | undefined;

export interface ScriptedAgent {
  readonly node: NodeName;
  readonly session: string;
  readonly clientId: string;
  /** Every function that was called, with its arguments. */
  readonly calls: readonly string[];
  /** Resolves when the agent has said ALIVE. */
  readonly alive: Promise<void>;
  /** Resolves when the agent has ended by TERMINATE. */
  readonly ended: Promise<void>;
  /** Nothing more is done or said; the connection stays as it is. */
  die(): void;
  close(): Promise<void>;
}

interface ScriptedAgentOptions {
  readonly createTransport: (clientId: string, will: Will) => Transport;
  readonly clock: Clock;
  readonly root: string;
  readonly node: string;
  readonly groups?: readonly string[];
  readonly script: NodeScript;
  readonly heartbeatMs?: number;
  readonly echoLimitMs?: number;
  /** Told of all that happens to the machine, and of what it wants done, before it is done. */
  readonly observe?: (input: AgentInput, effects: readonly AgentEffect[]) => void;
  /** The agent cannot go on, and its process ends. Default: that is a mistake of the test. */
  readonly onFail?: (message: string) => void;
  /** What its system tells of the ports that are listened on; scripts add to it. */
  readonly listeners?: ScriptedListeners;
  /** Default: it tells nothing. */
  readonly look?: ScriptedLook;
  /** What dead agents have left on its machine. When that is to be ended, `stuck` processes stay. */
  readonly leftovers?: Leftover[];
}

/** The real agent, all but its bash: the functions of its script are data, and take the time of its clock. */
export function createScriptedAgent(options: ScriptedAgentOptions): ScriptedAgent {
  const {
    createTransport,
    clock,
    root,
    script,
    groups = [],
    heartbeatMs = 15_000,
    echoLimitMs = 5000,
    leftovers = [],
    listeners = [],
    look = () => ({}),
  } = options;
  const node = parseNodeName(options.node);
  if (node === undefined) throw new Error(`${options.node} is no node name`);
  const session = createId();
  const clientId = `agent-${node}-${session}`;
  const transport = createTransport(clientId, agentWill(root, node, session));
  const channel = createAgentChannel({ transport, root, node, groups, clock, logger: silentLogger });
  const output = new OutputBatcher({ channel, clock, session });
  const machine = new AgentMachine({
    node,
    session,
    groups,
    version: 'test',
    platform: 'test',
    heartbeatMs,
    stopLimitMs: 30_000,
    echoLimitMs,
    claimLimitMs: 1000,
    createId,
  });
  const calls: string[] = [];
  const left = new Map<string, readonly string[]>();
  const functionTimers = new Set<Dispose>();
  let interruptFunction = (): void => {};
  let cancelStart = (): void => {};
  let stopTimer: Dispose = () => {};
  let dead = false;
  let resolveAlive = (): void => {};
  const alive = new Promise<void>((resolve) => {
    resolveAlive = resolve;
  });
  let resolveEnd = (): void => {};
  const ended = new Promise<void>((resolve) => {
    resolveEnd = resolve;
  });

  function handle(input: AgentInput): void {
    if (dead) return;
    const effects = machine.handle(input, { mono: clock.now(), wall: clock.wallNow() });
    options.observe?.(input, effects);
    for (const effect of effects) carryOut(effect);
    stopTimer();
    const at = machine.nextDeadline();
    if (at !== undefined && !dead)
      stopTimer = clock.setTimer(at - clock.now(), () => handle({ kind: 'tick' }));
  }

  function carryOut(effect: AgentEffect): void {
    switch (effect.kind) {
      case 'reply':
        channel.reply(effect.reply);
        return;
      case 'status':
        channel.status(effect.text);
        if (effect.text === 'ALIVE') resolveAlive();
        return;
      case 'info':
        channel.info(effect.info);
        return;
      case 'heartbeat':
        channel.heartbeat(effect.heartbeat);
        return;
      case 'run-function':
        if (effect.at === undefined) callFunction(effect);
        else callFunctionAt(effect, effect.at);
        return;
      case 'prepare-start':
        return;
      case 'cancel-start':
        cancelStart();
        return;
      case 'interrupt':
        interruptFunction();
        return;
      case 'end-leftovers':
        left.clear();
        after(0, () => handle({ kind: 'leftovers-ended', survivors: [] }));
        return;
      case 'find-strays': {
        if (effect.endDead) endLeftovers();
        const work = [...left].map(([commandId, processes]) => ({ commandId, processes }));
        const found = { kind: 'strays-found', id: effect.id, work, leftovers: [...leftovers] } as const;
        after(0, () => handle(found));
        return;
      }
      case 'find-listeners': {
        const found: Listeners = Array.isArray(listeners)
          ? { kind: 'known', listeners: [...listeners] }
          : listeners;
        after(0, () => handle({ kind: 'listeners-found', found }));
        return;
      }
      case 'inspect': {
        const seen = look(effect.question);
        const nothing = { commands: [], ports: [], ways: [], folders: [] };
        if (seen) after(0, () => handle({ kind: 'inspected', id: effect.id, seen: { ...nothing, ...seen } }));
        return;
      }
      case 'load-script':
        after(0, () =>
          handle({ kind: 'script-loaded', outcome: { ok: true, functions: new Set(Object.keys(script)) } }),
        );
        return;
      case 'send-file':
      case 'give-up-file':
        throw new Error('a scripted agent has no files');
      case 'log':
        return;
      case 'exit':
        void close().then(resolveEnd);
        return;
      case 'fail':
        if (!options.onFail) throw new Error(effect.message);
        void close();
        options.onFail(effect.message);
        return;
    }
  }

  function endLeftovers(): void {
    const stuck = leftovers.map((leftover) => ({
      ...leftover,
      processes: leftover.processes.filter((process) => process.startsWith('stuck')),
    }));
    leftovers.splice(0, Number.POSITIVE_INFINITY, ...stuck.filter(({ processes }) => processes.length > 0));
  }

  function callFunctionAt(call: EffectOf<'run-function'>, at: number): void {
    const takeBack = (): void => {
      stop();
      cancelStart = () => {};
      interruptFunction = () => {};
      after(0, () =>
        handle({
          kind: 'function-ended',
          outcome: { code: 143, interrupted: true, unbegun: 'cancelled', stderrTail: '', warnings: [] },
        }),
      );
    };
    cancelStart = takeBack;
    interruptFunction = takeBack;
    const stop = after(at - clock.now() + (script[call.name]?.beginsLateMs ?? 0), () => {
      cancelStart = () => {};
      const start = { startedMs: clock.now(), uncertaintyMs: 0.01, stampedBy: 'shell' } as const;
      // Said some time later by the real one, or at its end.
      handle({ kind: 'function-started', id: call.id, start });
      callFunction(call);
    });
  }

  function callFunction({ id, name, args }: EffectOf<'run-function'>): void {
    calls.push([name, ...args].join(' '));
    const {
      takesMs = 0,
      code = 0,
      says = [],
      updates = [],
      prints = [],
      stderr = '',
      leaves,
      listens = [],
    } = script[name] ?? {};
    const timers: Dispose[] = [];
    const end = (outcome: Partial<FunctionOutcome>): void => {
      for (const stop of timers) stop();
      interruptFunction = () => {};
      output.flush();
      handle({
        kind: 'function-ended',
        outcome: { code, interrupted: false, stderrTail: stderr, warnings: [], ...outcome },
        output: output.lastOf(id),
      });
    };
    interruptFunction = () => after(0, () => end({ code: 143, interrupted: true }));
    for (const text of updates) handle({ kind: 'script-updated', commandId: id, text });
    if (leaves) left.set(id, leaves);
    if (prints.length > 0) output.add(id, 'stdout', prints);
    for (const [afterMs, port, address = '0.0.0.0'] of listens)
      after(afterMs, () => Array.isArray(listeners) && listeners.push({ address, port }));
    for (const [afterMs, text] of says)
      timers.push(after(afterMs, () => handle({ kind: 'script-said', commandId: id, text })));
    if (takesMs === 0) queueMicrotask(() => dead || end({}));
    else if (Number.isFinite(takesMs)) timers.push(after(takesMs, () => end({})));
  }

  function after(delayMs: number, callback: () => void): Dispose {
    const stop = clock.setTimer(delayMs, () => {
      functionTimers.delete(stop);
      if (!dead) callback();
    });
    functionTimers.add(stop);
    return stop;
  }

  function die(): void {
    dead = true;
    stopTimer();
    for (const stop of functionTimers) stop();
    functionTimers.clear();
    output.flush();
  }

  async function close(): Promise<void> {
    die();
    await channel.flush();
    await channel.close();
  }

  channel.open({
    onMessage: (message) => handle({ kind: 'message', message }),
    onConnection: (event) => {
      if (event.kind === 'connected') handle({ kind: 'connected' });
      if (event.kind === 'disconnected') handle({ kind: 'disconnected' });
      if (event.kind === 'connected') output.flush();
    },
  });

  return {
    node,
    session,
    clientId,
    calls,
    alive,
    ended,
    die,
    close,
  };
}
