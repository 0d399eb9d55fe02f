import { type Clock, type Dispose, errorMessage, type Logger } from '../base/index.ts';
import { type AgentMessage, ALL_NODES, type ControlChannel } from '../channel/index.ts';
import type { RunEventBody } from '../events/index.ts';
import type { NodeName, OutputBatch, Reply } from '../protocol/index.ts';
import type { ConnectionEvent } from '../transport/index.ts';
import { ClockJumps } from './clock-jumps.ts';
import { CommandLedger } from './command-ledger.ts';
import { type Command, createCommand } from './node/command.ts';
import { NodeMachine } from './node/node-machine.ts';
import type { NodeEffect, NodeInput, NodeSettings, StraysVerb } from './node/node-port.ts';
import { OutputStream } from './output-stream.ts';
import { QuestionWindow } from './question-window.ts';

export interface FleetOptions {
  readonly channel: ControlChannel;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly runId: string;
  readonly settings: NodeSettings;
  readonly emit: (event: RunEventBody) => void;
}

/** Commands whose updates and output are shown: so many, and as many before them. */
const MOST_OWN_COMMANDS = 10_000;
/** Several nodes that want everybody asked within this time are served by one question. */
const ASK_ALL_PAUSE_MS = 500;
/** Within this time everybody answers such a question, each at an instant of its own. */
const ASK_ALL_SPREAD_MS = 800;
/** When one node's replies were lost, the others' last words may be as well; so long after they are asked for. */
const DOUBT_MS = 500;

type ConnectionListener = (event: ConnectionEvent) => void;
type ChangeListener = (node: NodeName) => void;

/** The nodes of a run over one channel: runs their machines, carries out what they want, tells who changed. */
export class Fleet {
  /** What became of everything that was sent. */
  readonly ledger = new CommandLedger();
  readonly #options: FleetOptions;
  readonly #machines = new Map<NodeName, NodeMachine>();
  readonly #timers = new Map<NodeName, { at: number; stop: Dispose }>();
  readonly #outputs = new Map<NodeName, OutputStream>();
  #ownCommands = new Set<string>();
  /** The ten thousand before those: forgotten together, since looking for the oldest of a set takes ever longer. */
  #ownCommandsBefore = new Set<string>();
  readonly #changeListeners = new Set<ChangeListener>();
  readonly #connectionListeners = new Set<ConnectionListener>();
  readonly #returnListeners = new Set<() => void>();
  readonly #window = new QuestionWindow();
  #stopWindowTimer: Dispose | undefined;
  /** How many replies of which nodes did not arrive and were asked for. */
  readonly #missed = new Map<NodeName, number>();
  #stopDoubt: Dispose | undefined;
  /** True: every node that is heard of joins. */
  #open = false;
  #everConnected = false;
  #closed = false;
  #askedAllAt = Number.NEGATIVE_INFINITY;
  readonly #clockJumps: ClockJumps;

  constructor(options: FleetOptions) {
    this.#options = options;
    this.#clockJumps = new ClockJumps(options.clock);
  }

  get nodes(): readonly NodeMachine[] {
    return [...this.#machines.values()];
  }

  /** How many things are remembered: bounded, however long a run lasts. */
  get size(): number {
    const ofNodes = this.nodes.reduce((sum, { size }) => sum + size, this.#window.size);
    return (
      ofNodes +
      this.ledger.size +
      this.#ownCommands.size +
      this.#ownCommandsBefore.size +
      this.#timers.size +
      this.#outputs.size
    );
  }

  get connected(): boolean {
    return this.#options.channel.connected;
  }

  /** Begins to connect. Whoever is asked about before belongs to the fleet; with `everybody`, whoever is heard of. */
  open(everybody: boolean): void {
    this.#open = everybody;
    this.#options.channel.open({
      onMessage: (node, message) => this.#received(node, message),
      onConnection: (event) => this.#connection(event),
    });
  }

  /** From now on only these nodes matter. */
  keepOnly(nodes: Iterable<NodeName>): void {
    this.#open = false;
    const kept = new Set(nodes);
    for (const node of this.#machines.keys()) {
      if (kept.has(node)) continue;
      this.#machines.delete(node);
      this.#timers.get(node)?.stop();
      this.#timers.delete(node);
      this.#outputs.delete(node);
    }
  }

  node(name: NodeName): NodeMachine {
    let machine = this.#machines.get(name);
    if (!machine) {
      machine = new NodeMachine(name, this.#options.settings);
      this.#machines.set(name, machine);
      if (this.#everConnected) this.#handle(machine, { kind: 'asked' });
    }
    return machine;
  }

  /** Gives a message to a node; what becomes of it is seen on the command. */
  send(name: NodeName, text: string): Command {
    const { settings, clock } = this.#options;
    const command = createCommand(settings.createId(), text, clock.now(), settings.ackTimeoutMs);
    this.ledger.add(name, command);
    this.#remember(command.id);
    this.#handle(this.node(name), { kind: 'send', command });
    return command;
  }

  /** True while output is missing that a result of ours says was sent. */
  awaitsOutput(name: NodeName): boolean {
    return this.#outputs.get(name)?.isAwaited === true;
  }

  #remember(commandId: string): void {
    if (this.#ownCommands.size >= MOST_OWN_COMMANDS) {
      this.#ownCommandsBefore = this.#ownCommands;
      this.#ownCommands = new Set();
    }
    this.#ownCommands.add(commandId);
  }

  #isOwn(commandId: string): boolean {
    return this.#ownCommands.has(commandId) || this.#ownCommandsBefore.has(commandId);
  }

  /** The run has ended: nothing more goes out but what is given from now on. */
  withdraw(): void {
    this.#window.forgetWaiting();
    for (const machine of this.#machines.values()) this.#handle(machine, { kind: 'withdraw' });
  }

  /** Gives a held node back. With `stop` its agent ends whatever of this run is left there. */
  release(name: NodeName, stop: boolean): void {
    this.#handle(this.node(name), { kind: 'release', stop });
  }

  /** Asks a node that is alive for strays; what it answers is seen on the node. */
  askStrays(name: NodeName, verb: StraysVerb): void {
    this.#handle(this.node(name), { kind: 'ask-strays', verb });
  }

  /** Renews the lease of every node that this run holds, with one message. Nothing while disconnected. */
  renewLeases(): void {
    const { settings, runId } = this.#options;
    const args = [settings.owner, String(settings.leaseMs)];
    this.#sendToAll({ id: settings.createId(), run: runId, verb: '_lease', args });
  }

  /** Asks everybody how things stand; those who are there answer within a second. */
  askAll(): void {
    this.#askAll(ASK_ALL_SPREAD_MS);
  }

  /** What brokers did not pass on, as far as it was noticed. */
  get missed(): { readonly replies: number; readonly nodes: number } {
    const counts = [...this.#missed.values()];
    return { replies: counts.reduce((sum, count) => sum + count, 0), nodes: counts.length };
  }

  onChange(listener: ChangeListener): Dispose {
    this.#changeListeners.add(listener);
    return () => this.#changeListeners.delete(listener);
  }

  onConnection(listener: ConnectionListener): Dispose {
    this.#connectionListeners.add(listener);
    return () => this.#connectionListeners.delete(listener);
  }

  /** Calls when a node, or the broker, has come back: a renewal of leases may have been missed. */
  onReturn(listener: () => void): Dispose {
    this.#returnListeners.add(listener);
    return () => this.#returnListeners.delete(listener);
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const { stop } of this.#timers.values()) stop();
    this.#timers.clear();
    this.#stopWindowTimer?.();
    this.#stopDoubt?.();
    await this.#options.channel.close();
  }

  #connection(event: ConnectionEvent): void {
    if (event.kind === 'connected') {
      this.#everConnected = true;
      // A run of named nodes begins with their first answers.
      this.#askAll(this.#open || event.reconnected ? ASK_ALL_SPREAD_MS : 0);
      for (const machine of this.#machines.values()) {
        this.#handle(machine, { kind: event.reconnected ? 'connected' : 'asked' });
      }
      if (event.reconnected) this.#tellReturn();
    } else if (event.kind === 'disconnected') {
      this.#window.forgetWaiting();
      for (const machine of this.#machines.values()) this.#handle(machine, { kind: 'disconnected' });
    }
    for (const listener of this.#connectionListeners) listener(event);
  }

  #received(name: NodeName, message: AgentMessage): void {
    const machine = this.#machines.get(name) ?? (this.#open ? this.node(name) : undefined);
    if (!machine) return;
    if (message.kind === 'output') {
      this.#output(machine, message.batch);
      return;
    }
    if (message.kind === 'reply') this.#outputAnnounced(name, message.reply);
    this.#handle(machine, { kind: 'message', message });
    if (message.kind === 'reply' && message.reply.id !== undefined)
      this.#window.answered(message.reply.id, this.#options.clock.now());
  }

  #handle(machine: NodeMachine, input: NodeInput): void {
    if (this.#closed) return;
    if (this.#clockJumps.happened()) this.#renewClock();
    for (const effect of machine.handle(input, this.#options.clock.now())) this.#carryOut(machine, effect);
    this.#armTimer(machine);
    this.#changed(machine.node);
  }

  #changed(node: NodeName): void {
    for (const listener of [...this.#changeListeners]) listener(node);
  }

  #carryOut(machine: NodeMachine, effect: NodeEffect): void {
    const { channel } = this.#options;
    switch (effect.kind) {
      case 'publish':
        this.#askInTurn(machine, effect);
        return;
      case 'publish-text':
        channel.sendText(machine.node, effect.command.text).then(
          () => this.#handle(machine, { kind: 'published', command: effect.command }),
          (thrown: unknown) => this.#notPublished(thrown),
        );
        return;
      case 'ask-all':
        this.#askAll(ASK_ALL_SPREAD_MS);
        return;
      case 'replies-missed':
        this.#missed.set(machine.node, (this.#missed.get(machine.node) ?? 0) + effect.count);
        this.#doubtSoon();
        return;
      case 'renew-clock':
        this.#renewClock();
        return;
      case 'returned':
        this.#tellReturn();
        return;
      case 'event':
        if (effect.event.type === 'update-reported' && !this.#isOwn(effect.event.commandId)) return;
        this.#options.emit(effect.event);
        return;
    }
  }

  #tellReturn(): void {
    for (const listener of this.#returnListeners) listener();
  }

  #askInTurn(machine: NodeMachine, effect: Extract<NodeEffect, { kind: 'publish' }>): void {
    const { channel, clock, runId } = this.#options;
    const { id, verb, args, session, asRun } = effect;
    const command = { id, run: asRun ? runId : undefined, session, verb, args: [...args] };
    let hasWaited = false;
    const publish = (): void => {
      channel.send(machine.node, command).catch((thrown: unknown) => this.#notPublished(thrown));
      if (hasWaited) this.#handle(machine, { kind: 'went-out', id });
    };
    const key = verb === '_report' ? `${machine.node} ${verb}` : id;
    if (this.#window.ask({ id, key, publish }, clock.now())) return;
    hasWaited = true;
    this.#handle(machine, { kind: 'held-back', id });
    this.#armWindowTimer();
  }

  #armWindowTimer(): void {
    const { clock } = this.#options;
    const { deadline } = this.#window;
    if (deadline === undefined || this.#stopWindowTimer) return;
    this.#stopWindowTimer = clock.setTimer(deadline - clock.now(), () => {
      this.#stopWindowTimer = undefined;
      this.#window.proceed(clock.now());
      this.#armWindowTimer();
    });
  }

  #doubtSoon(): void {
    this.#stopDoubt ??= this.#options.clock.setTimer(DOUBT_MS, () => {
      this.#stopDoubt = undefined;
      for (const machine of this.#machines.values()) this.#handle(machine, { kind: 'doubted' });
    });
  }

  #renewClock(): void {
    this.#options.channel.renewClock();
    for (const machine of this.#machines.values()) this.#handle(machine, { kind: 'clock-renewed' });
  }

  #askAll(spreadMs: number): void {
    const { clock, settings } = this.#options;
    if (clock.now() - this.#askedAllAt < ASK_ALL_PAUSE_MS) return;
    this.#askedAllAt = clock.now();
    this.#sendToAll({
      id: settings.createId(),
      run: undefined,
      verb: '_report',
      args: ['-', String(spreadMs)],
    });
  }

  #sendToAll(command: { id: string; run: string | undefined; verb: string; args: string[] }): void {
    const { channel } = this.#options;
    if (!channel.connected) return;
    channel
      .send(ALL_NODES, { ...command, session: undefined })
      .catch((thrown: unknown) => this.#notPublished(thrown));
  }

  /** Not an error: the machines send again, or give up in their own time. */
  #notPublished(thrown: unknown): void {
    this.#options.logger.debug(`could not publish: ${errorMessage(thrown)}`);
  }

  /** The result of a command of ours may overtake what the command printed. */
  #outputAnnounced(name: NodeName, reply: Reply): void {
    if (reply.kind !== 'result' || reply.output === undefined || !this.#ownCommands.has(reply.id)) return;
    this.#outputOf(name).announce(reply.session, reply.output);
  }

  #output(machine: NodeMachine, batch: OutputBatch): void {
    const { emit } = this.#options;
    const { node } = machine;
    const stream = this.#outputOf(node);
    const wasAwaited = stream.isAwaited;
    const lost = stream.receive(batch);
    if (wasAwaited && !stream.isAwaited) this.#changed(node);
    if (lost === undefined) return;
    if (lost > 0)
      emit({ type: 'warning-given', node, message: `${lost} batches of its output were lost on the way` });
    if (batch.id === undefined || !this.#isOwn(batch.id)) return;
    emit({ type: 'output-received', node, commandId: batch.id, stream: batch.stream, lines: batch.lines });
  }

  #outputOf(node: NodeName): OutputStream {
    const stream = this.#outputs.get(node) ?? new OutputStream();
    this.#outputs.set(node, stream);
    return stream;
  }

  /** A timer that fires too early costs a look; so it is kept unless it would fire too late. */
  #armTimer(machine: NodeMachine): void {
    const { clock } = this.#options;
    const armed = this.#timers.get(machine.node);
    const at = machine.nextDeadline();
    if (at === undefined || (armed && armed.at <= at) || !this.#machines.has(machine.node)) return;
    armed?.stop();
    const stop = clock.setTimer(at - clock.now(), () => {
      this.#timers.delete(machine.node);
      this.#handle(machine, { kind: 'tick' });
    });
    this.#timers.set(machine.node, { at, stop });
  }
}
