import {
  AppError,
  type Clock,
  createId,
  createSparingLogger,
  type Dispose,
  Disposer,
  errorMessage,
  type Logger,
} from '../base/index.ts';
import { agentWill, createAgentChannel } from '../channel/index.ts';
import { findListeners } from '../process/index.ts';
import type { NodeName } from '../protocol/index.ts';
import type { ConnectionEvent, Transport, Will } from '../transport/index.ts';
import { endPredecessors } from './end-predecessors.ts';
import { createFileSender } from './file-sender.ts';
import { findStrays } from './find-strays.ts';
import { createInspector } from './inspect/inspector.ts';
import { AgentMachine } from './machine/agent-machine.ts';
import type { AgentEffect, AgentInput, EffectOf } from './machine/agent-port.ts';
import { OutputBatcher } from './output-batcher.ts';
import { writeSessionFile } from './session-file.ts';
import { createBashShell } from './shell/bash-shell.ts';
import type { FunctionCall } from './shell/shell.ts';

export interface AgentOptions {
  readonly node: NodeName;
  readonly groups: readonly string[];
  /** `MQTT_TOPIC`. */
  readonly root: string;
  readonly version: string;
  /** Absolute path of the node script. */
  readonly scriptFile: string;
  /** Variables for the script. */
  readonly environment: Readonly<Record<string, string>>;
  /** Names of environment variables that the script must not see. */
  readonly withheld: readonly string[];
  readonly workingDirectory: string;
  readonly createTransport: (clientId: string, will: Will) => Transport;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Aborted to end the agent as TERMINATE does. */
  readonly signal: AbortSignal;
  /** Absolute path of a file that says pid and session while the agent lives. Default: none. */
  readonly sessionFile?: string | undefined;
  /** Milliseconds between heartbeats. Default 15 s. */
  readonly heartbeatMs?: number;
}

const HEARTBEAT_MS = 15_000;
/** How long stopFunction may take before it is interrupted. */
const STOP_LIMIT_MS = 30_000;
/** Within this time the first STATUS must have come back from the broker. */
const ECHO_LIMIT_MS = 5000;
/** How long another agent of this name may take to say that it is there. */
const CLAIM_LIMIT_MS = 1000;
/** From a shutdown to the end of the process, whatever hangs: what is left then is killed. */
const SHUTDOWN_MS = 1200;
/** Each clean-up step at the end has this long. */
const CLEAN_UP_STEP_MS = 500;
/** The shell and what it leaves behind have limits of their own, some two seconds; many agents in one process add up. */
const CLOSE_SHELL_MS = 10_000;

/**
 * The agent of one node, until TERMINATE or the signal. It outlives every outage of the broker; only a broker that
 * refuses the first connection ends it.
 * @throws AppError BROKER_REFUSED, BROKER_PERMISSION, NAME_TAKEN, SHELL_UNAVAILABLE, FILE_UNWRITABLE
 */
export async function runAgent(options: AgentOptions): Promise<void> {
  const { node, groups, root, clock, logger, signal } = options;
  const session = createId();
  const removeSessionFile = options.sessionFile ? writeSessionFile(options.sessionFile, session) : () => {};
  const transport = options.createTransport(clientIdOf(node, session), agentWill(root, node, session));
  const sparingLogger = createSparingLogger(logger, clock);
  const channel = createAgentChannel({ transport, root, node, groups, clock, logger: sparingLogger });
  const output = new OutputBatcher({ channel, clock, session });
  const machine = createMachine(options, session);
  const shell = createBashShell(options, {
    onStatus: (commandId, text) => handle({ kind: 'script-said', commandId, text }),
    onUpdate: (commandId, text) => handle({ kind: 'script-updated', commandId, text }),
    onOutput: (commandId, stream, lines) => output.add(commandId, stream, lines),
    onStart: (id, start) => handle({ kind: 'function-started', id, start }),
  });
  const files = createFileSender(options);
  const inspector = createInspector(options);
  const cleanUp = new Disposer(clock, logger, CLEAN_UP_STEP_MS);
  let resolveEnd: () => void = () => {};
  let rejectEnd: (reason: unknown) => void = () => {};
  const end = new Promise<void>((resolve, reject) => {
    resolveEnd = resolve;
    rejectEnd = reject;
  });
  let everConnected = false;
  let lastFailure = '';
  let timer: { readonly at: number; readonly stop: Dispose } | undefined;

  cleanUp.add('remove the session file', removeSessionFile);
  cleanUp.add('say what the log left out', () => sparingLogger.close());
  cleanUp.add('close the shell', () => shell.close(), CLOSE_SHELL_MS);
  cleanUp.add('close the connection', () => channel.close());
  cleanUp.add('say the last words', () => channel.flush());
  cleanUp.add('give up sending', () => files.giveUp());
  cleanUp.add('give up looking', () => inspector.giveUp());
  cleanUp.add('stop the timer', () => timer?.stop());
  cleanUp.add('send the last output', () => output.flush());
  signal.addEventListener('abort', shutDown, { once: true });
  cleanUp.add('stop listening to signals', () => signal.removeEventListener('abort', shutDown));

  try {
    channel.open({ onMessage: (message) => handle({ kind: 'message', message }), onConnection: connection });
    if (signal.aborted) shutDown();
    await end;
  } finally {
    await cleanUp.dispose();
  }

  function handle(input: AgentInput): void {
    try {
      const effects = machine.handle(input, { mono: clock.now(), wall: clock.wallNow() });
      for (const effect of effects) carryOut(effect);
      armTimer();
    } catch (thrown) {
      rejectEnd(thrown);
    }
  }

  function carryOut(effect: AgentEffect): void {
    switch (effect.kind) {
      case 'reply':
        channel.reply(effect.reply);
        return;
      case 'status':
        channel.status(effect.text);
        return;
      case 'info':
        channel.info(effect.info);
        return;
      case 'heartbeat':
        channel.heartbeat(effect.heartbeat);
        return;
      case 'load-script':
        loadScript().catch(rejectEnd);
        return;
      case 'run-function':
        runFunction({ ...effect, commandId: effect.id }).catch(rejectEnd);
        return;
      case 'prepare-start':
        shell.prepareStart();
        return;
      case 'cancel-start':
        shell.cancelStart();
        return;
      case 'interrupt':
        shell.interrupt();
        return;
      case 'end-leftovers':
        endLeftovers(effect.kept).catch(rejectEnd);
        return;
      case 'find-strays':
        lookForStrays(effect).catch((thrown: unknown) =>
          logger.warn(`could not look for strays: ${errorMessage(thrown)}`),
        );
        return;
      case 'find-listeners':
        findListeners()
          .then((found) => handle({ kind: 'listeners-found', found }))
          .catch(rejectEnd);
        return;
      case 'inspect':
        inspector
          .inspect(effect)
          .then((seen) => handle({ kind: 'inspected', id: effect.id, seen }))
          .catch(rejectEnd);
        return;
      case 'send-file':
        files.send(effect).then((sending) => handle({ kind: 'file-sent', sending }), rejectEnd);
        return;
      case 'give-up-file':
        files.giveUp();
        return;
      case 'log':
        (effect.isCausedByMessage ? sparingLogger : logger)[effect.level](effect.message);
        return;
      case 'exit':
        resolveEnd();
        return;
      case 'fail':
        rejectEnd(new AppError(effect.code, effect.message, { hint: effect.hint }));
        return;
    }
  }

  async function loadScript(): Promise<void> {
    await endPredecessors({ root, node }, { clock, logger });
    handle({ kind: 'script-loaded', outcome: await shell.load() });
  }

  async function runFunction(call: FunctionCall): Promise<void> {
    const outcome = await shell.run(call);
    // What it printed comes before what became of it.
    output.flush();
    handle({ kind: 'function-ended', outcome, output: output.lastOf(call.commandId) });
  }

  async function endLeftovers(kept: readonly string[]): Promise<void> {
    handle({ kind: 'leftovers-ended', survivors: await shell.endLeftovers(new Set(kept)) });
  }

  async function lookForStrays({ id, kept, endDead }: EffectOf<'find-strays'>): Promise<void> {
    const found = await findStrays({ root, kept, endDead }, { shell, clock });
    handle({ kind: 'strays-found', id, ...found });
  }

  function connection(event: ConnectionEvent): void {
    switch (event.kind) {
      case 'connected':
        everConnected = true;
        lastFailure = '';
        logger.info(event.reconnected ? 'connected to the broker again' : `connected as ${node}`);
        handle({ kind: 'connected' });
        output.flush();
        return;
      case 'disconnected':
        logger.warn(`the broker is gone: ${event.reason}`);
        handle({ kind: 'disconnected' });
        return;
      case 'attempt-failed':
        connectionFailed(event);
        return;
    }
  }

  function connectionFailed({ reason, refused }: Extract<ConnectionEvent, { kind: 'attempt-failed' }>): void {
    if (refused && !everConnected) rejectEnd(refusal(reason));
    else if (reason !== lastFailure)
      logger.warn(`${refused ? '' : 'the broker cannot be reached: '}${reason}; still trying`);
    lastFailure = reason;
  }

  function armTimer(): void {
    const at = machine.nextDeadline();
    if (at === undefined || (timer && timer.at <= at)) return;
    timer?.stop();
    const stop = clock.setTimer(at - clock.now(), () => {
      timer = undefined;
      handle({ kind: 'tick' });
    });
    timer = { at, stop };
  }

  function shutDown(): void {
    const stopTimer = clock.setTimer(SHUTDOWN_MS, () => handle({ kind: 'shutdown-overdue' }));
    cleanUp.add('stop the shutdown timer', stopTimer);
    handle({ kind: 'shutdown' });
  }
}

function createMachine({ node, groups, version, heartbeatMs }: AgentOptions, session: string): AgentMachine {
  return new AgentMachine({
    node,
    session,
    groups,
    version,
    platform: `${process.platform} ${process.arch} node ${process.versions.node}`,
    heartbeatMs: heartbeatMs ?? HEARTBEAT_MS,
    stopLimitMs: STOP_LIMIT_MS,
    echoLimitMs: ECHO_LIMIT_MS,
    claimLimitMs: CLAIM_LIMIT_MS,
    createId,
  });
}

/** Per session, so that a broker never takes two sessions for one. MQTT 3.1.1 promises 23 characters only [MQTT-3.1.3-5]. */
function clientIdOf(node: NodeName, session: string): string {
  return `${node.slice(0, 10)}-${session.replaceAll('-', '').slice(0, 12)}`;
}

function refusal(reason: string): AppError {
  return new AppError('BROKER_REFUSED', `the broker refuses this agent: ${reason}`, {
    hint: 'check MQTT_USERNAME and MQTT_PASSWORD, and what the broker allows this user',
  });
}
