import type { Clock, Dispose, Logger } from '../base/index.ts';
import type { AgentMessage, ControlChannel } from '../channel/index.ts';
import type { RunEventBody } from '../events/index.ts';
import type { NodeName } from '../protocol/index.ts';
import type { ConnectionEvent } from '../transport/index.ts';
import { ClockJumps } from './clock-jumps.ts';
import { FleetClocks } from './clocks/fleet-clocks.ts';
import { CommandLedger } from './command-ledger.ts';
import { FleetOutput } from './fleet-output.ts';
import { GroupSends } from './group-sends.ts';
import { MissedReplies } from './missed-replies.ts';
import { type ArmedCommand, type Command, createArmedCommand, createCommand } from './node/command.ts';
import { NodeMachine } from './node/node-machine.ts';
import type { NodeEffect, NodeInput, NodeSettings, StraysVerb } from './node/node-port.ts';
import { createPortWatch, type PortWatch } from './node/port-watch.ts';
import { NodeTimers } from './node-timers.ts';
import { Outbox } from './outbox.ts';
import { OwnCommands } from './own-commands.ts';

export interface FleetOptions {
  readonly channel: ControlChannel;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly runId: string;
  readonly settings: NodeSettings;
  readonly emit: (event: RunEventBody) => void;
  /** Numbers from 0 up to, not including, 1. Default `Math.random`. */
  readonly random?: (() => number) | undefined;
}

/** A message to more members at once would bring more answers at once than a broker keeps. */
const MOST_AT_ONCE = 128;

type ConnectionListener = (event: ConnectionEvent) => void;
type ChangeListener = (node: NodeName) => void;

/** The nodes of a run over one channel: runs their machines, carries out what they want, tells who changed. */
export class Fleet {
  /** What became of everything that was sent. */
  readonly ledger = new CommandLedger();
  /** How the nodes' clocks stand against this machine's. */
  readonly clocks: FleetClocks;
  readonly #options: FleetOptions;
  readonly #machines = new Map<NodeName, NodeMachine>();
  readonly #timers: NodeTimers;
  readonly #ownCommands = new OwnCommands();
  readonly #output: FleetOutput;
  readonly #outbox: Outbox;
  readonly #groupSends: GroupSends;
  readonly #missed: MissedReplies;
  readonly #changeListeners = new Set<ChangeListener>();
  readonly #connectionListeners = new Set<ConnectionListener>();
  readonly #returnListeners = new Set<() => void>();
  /** True: every node that is heard of joins. */
  #open = false;
  #everConnected = false;
  #closed = false;
  readonly #clockJumps: ClockJumps;

  constructor(options: FleetOptions) {
    this.#options = options;
    this.#clockJumps = new ClockJumps(options.clock);
    this.clocks = new FleetClocks({
      ...options,
      createId: options.settings.createId,
      random: options.random ?? Math.random,
      nodeOf: (node) => this.node(node),
    });
    this.#timers = new NodeTimers(options.clock, (node) => this.#handleBy(node, { kind: 'tick' }));
    this.#missed = new MissedReplies(options.clock, () => this.#handleByAll({ kind: 'doubted' }));
    this.#output = new FleetOutput({
      ownCommands: this.#ownCommands,
      emit: options.emit,
      onComplete: (node) => this.#changed(node),
    });
    this.#outbox = new Outbox({
      ...options,
      onHeldBack: (node, id) => this.#handleBy(node, { kind: 'held-back', id }),
      onWentOut: (node, id) => this.#handleBy(node, { kind: 'went-out', id }),
      onTextPublished: (node, command) => this.#handleBy(node, { kind: 'published', command }),
    });
    this.#groupSends = new GroupSends({
      clock: options.clock,
      publish: (node, effect) => this.#outbox.publish(node, effect),
      publishToGroup: (group, effect) => this.#outbox.publishToGroup(group, effect),
    });
  }

  get nodes(): readonly NodeMachine[] {
    return [...this.#machines.values()];
  }

  /** How many things are remembered: bounded, however long a run lasts. */
  get size(): number {
    const ofNodes = this.nodes.reduce((sum, { size }) => sum + size, this.#timers.size);
    const ofRun = this.ledger.size + this.#ownCommands.size + this.#output.size;
    return ofNodes + ofRun + this.#outbox.size + this.#groupSends.size + this.clocks.size;
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
      this.#timers.stop(node);
      this.#output.forget(node);
      this.clocks.drop(node);
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
    this.#give(name, command);
    return command;
  }

  /**
   * As `send` to each of them, as one message where these are all the members of the group that live: they then get it
   * at the same time, as far as the network allows.
   */
  sendToGroup(group: string, nodes: readonly NodeName[], text: string): ReadonlyMap<NodeName, Command> {
    const { settings, clock } = this.#options;
    const id = settings.createId();
    if (settings.holdLease && this.#isWholeGroup(group, nodes)) this.#groupSends.begin(id, group, nodes);
    const commands = new Map(
      nodes.map((node) => [node, createCommand(id, text, clock.now(), settings.ackTimeoutMs)] as const),
    );
    for (const [node, command] of commands) this.#give(node, command);
    return commands;
  }

  /** Prepares a message that is to begin at an instant, which `arm` then tells. */
  prepare(name: NodeName, text: string): ArmedCommand {
    const { settings, clock } = this.#options;
    const command = createArmedCommand(settings.createId(), text, clock.now(), settings.ackTimeoutMs);
    this.#give(name, command);
    return command;
  }

  /** @param atMs the instant, in the agent's monotonic milliseconds */
  arm(name: NodeName, command: ArmedCommand, atMs: number): void {
    this.#handle(this.node(name), { kind: 'arm', command, atMs });
  }

  /** @param until when the agent drops what is not confirmed, on this machine's clock */
  confirm(name: NodeName, command: ArmedCommand, until: number): void {
    this.#handle(this.node(name), { kind: 'confirm', command, until });
  }

  cancel(name: NodeName, command: ArmedCommand, reason: string): void {
    this.#handle(this.node(name), { kind: 'cancel', command, reason });
  }

  /** True while output is missing that a result of ours says was sent. */
  awaitsOutput(name: NodeName): boolean {
    return this.#output.isAwaited(name);
  }

  /** The run has ended: nothing more goes out but what is given from now on. */
  withdraw(): void {
    this.#forgetWaiting();
    this.#handleByAll({ kind: 'withdraw' });
  }

  /** Gives a held node back. With `stop` its agent ends whatever of this run is left there. */
  release(name: NodeName, stop: boolean): void {
    this.#handle(this.node(name), { kind: 'release', stop });
  }

  /** Asks a node that is alive for strays; what it answers is seen on the node. */
  askStrays(name: NodeName, verb: StraysVerb): void {
    this.#handle(this.node(name), { kind: 'ask-strays', verb });
  }

  /** Has a node asked whether a TCP port listens, until the watch ends; what it answers is seen on the watch. */
  watchPort(name: NodeName, port: number): PortWatch {
    const watch = createPortWatch(port);
    this.#handle(this.node(name), { kind: 'watch-port', watch });
    return watch;
  }

  endWatch(name: NodeName, watch: PortWatch): void {
    this.#handleBy(name, { kind: 'end-watch', watch });
  }

  /** Renews the lease of every node that this run holds, with one message. Nothing while disconnected. */
  renewLeases(): void {
    this.#outbox.renewLeases();
  }

  /** Asks everybody how things stand; those who are there answer within a second. */
  askAll(): void {
    this.#outbox.askAll();
  }

  /** What brokers did not pass on, as far as it was noticed. */
  get missed(): { readonly replies: number; readonly nodes: number } {
    return this.#missed.total;
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
    this.#timers.stopAll();
    this.#groupSends.forgetWaiting();
    this.#outbox.close();
    this.#missed.close();
    this.clocks.close();
    await this.#options.channel.close();
  }

  /** A member that the run does not mean would take what it hears on the group's topic, one that left would not hear it. */
  #isWholeGroup(group: string, nodes: readonly NodeName[]): boolean {
    const members = this.nodes.filter(
      ({ state, presence }) => state === 'alive' && presence.info?.groups.includes(group) === true,
    );
    const isWhole = members.length === nodes.length && members.every(({ node }) => nodes.includes(node));
    return isWhole && nodes.length > 1 && nodes.length <= MOST_AT_ONCE;
  }

  #give(name: NodeName, command: Command): void {
    this.ledger.add(name, command);
    this.#ownCommands.add(command.id);
    this.#handle(this.node(name), { kind: 'send', command });
  }

  #connection(event: ConnectionEvent): void {
    if (event.kind === 'connected') {
      this.#everConnected = true;
      // A run of named nodes begins with their first answers.
      this.#outbox.askAll(this.#open || event.reconnected ? undefined : 0);
      this.#handleByAll({ kind: event.reconnected ? 'connected' : 'asked' });
      if (event.reconnected) this.#tellReturn();
    } else if (event.kind === 'disconnected') {
      this.#forgetWaiting();
      this.#handleByAll({ kind: 'disconnected' });
    }
    for (const listener of this.#connectionListeners) listener(event);
  }

  #received(name: NodeName, message: AgentMessage): void {
    const machine = this.#machines.get(name) ?? (this.#open ? this.node(name) : undefined);
    if (!machine) return;
    if (message.kind === 'output') {
      this.#output.receive(name, message.batch);
      return;
    }
    if (message.kind === 'reply') this.#output.announced(name, message.reply);
    this.#handle(machine, { kind: 'message', message });
    if (message.kind !== 'reply') return;
    if (message.reply.id !== undefined) this.#outbox.answered(message.reply.id);
    this.clocks.hear(name, message);
  }

  #handleByAll(input: NodeInput): void {
    for (const machine of this.#machines.values()) this.#handle(machine, input);
  }

  #handleBy(name: NodeName, input: NodeInput): void {
    const machine = this.#machines.get(name);
    if (machine) this.#handle(machine, input);
  }

  #handle(machine: NodeMachine, input: NodeInput): void {
    if (this.#closed) return;
    if (this.#clockJumps.happened()) this.#renewClock();
    for (const effect of machine.handle(input, this.#options.clock.now())) this.#carryOut(machine, effect);
    if (this.#machines.has(machine.node)) this.#timers.arm(machine.node, machine.nextDeadline());
    this.#changed(machine.node);
  }

  #changed(node: NodeName): void {
    for (const listener of [...this.#changeListeners]) listener(node);
  }

  #carryOut(machine: NodeMachine, effect: NodeEffect): void {
    switch (effect.kind) {
      case 'publish':
        if (effect.verb === '_ping') this.clocks.pinged(machine.node, effect.id);
        if (!this.#groupSends.gather(machine.node, effect)) this.#outbox.publish(machine.node, effect);
        return;
      case 'publish-text':
        this.#outbox.publishText(machine.node, effect.command);
        return;
      case 'ask-all':
        this.#outbox.askAll();
        return;
      case 'replies-missed':
        this.#missed.add(machine.node, effect.count);
        return;
      case 'renew-clock':
        this.#renewClock();
        return;
      case 'returned':
        this.#tellReturn();
        return;
      case 'event':
        if (effect.event.type === 'update-reported' && !this.#ownCommands.has(effect.event.commandId)) return;
        this.#options.emit(effect.event);
        if (effect.event.type === 'node-changed') this.clocks.look(machine.node);
        return;
    }
  }

  #forgetWaiting(): void {
    this.#groupSends.forgetWaiting();
    this.#outbox.forgetWaiting();
  }

  #tellReturn(): void {
    for (const listener of this.#returnListeners) listener();
  }

  #renewClock(): void {
    this.#options.channel.renewClock();
    this.clocks.forgetAll();
    this.#handleByAll({ kind: 'clock-renewed' });
  }
}
