import type { Clock, Dispose, Logger } from '../base/index.ts';
import type { AgentMessage, ControlChannel } from '../channel/index.ts';
import type { RunEventBody } from '../events/index.ts';
import type { NodeName } from '../protocol/index.ts';
import type { ConnectionEvent } from '../transport/index.ts';
import { ClockJumps } from './clock-jumps.ts';
import { FleetClocks } from './clocks/fleet-clocks.ts';
import { FleetCommands } from './fleet-commands.ts';
import { FleetOutput } from './fleet-output.ts';
import { Listeners } from './listeners.ts';
import { MissedReplies } from './missed-replies.ts';
import { NodeMachine } from './node/node-machine.ts';
import type { NodeEffect, NodeInput, NodeSettings } from './node/node-port.ts';
import { NodeTimers } from './node-timers.ts';
import { Outbox } from './outbox.ts';

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

/** The nodes of a run over one channel: runs their machines, carries out what they want, tells who changed. */
export class Fleet {
  readonly commands: FleetCommands;
  /** How the nodes' clocks stand against this machine's. */
  readonly clocks: FleetClocks;
  readonly #options: FleetOptions;
  readonly #machines = new Map<NodeName, NodeMachine>();
  readonly #timers: NodeTimers;
  readonly #output: FleetOutput;
  readonly #outbox: Outbox;
  readonly #missed: MissedReplies;
  readonly #changes = new Listeners<NodeName>();
  readonly #connections = new Listeners<ConnectionEvent>();
  readonly #returns = new Listeners<void>();
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
    this.#outbox = new Outbox({
      ...options,
      onHeldBack: (node, id) => this.#handleBy(node, { kind: 'held-back', id }),
      onWentOut: (node, id) => this.#handleBy(node, { kind: 'went-out', id }),
      onTextPublished: (node, command) => this.#handleBy(node, { kind: 'published', command }),
    });
    this.commands = new FleetCommands({
      ...options,
      outbox: this.#outbox,
      nodes: () => this.nodes,
      tell: (node, input) => this.tell(node, input),
    });
    this.#output = new FleetOutput({
      ownCommands: this.commands.own,
      emit: options.emit,
      onComplete: (node) => this.#changes.tell(node),
    });
  }

  get nodes(): readonly NodeMachine[] {
    return [...this.#machines.values()];
  }

  /** How many things are remembered: bounded, however long a run lasts. */
  get size(): number {
    const ofNodes = this.nodes.reduce((sum, { size }) => sum + size, this.#timers.size);
    return ofNodes + this.commands.size + this.#output.size + this.#outbox.size + this.clocks.size;
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

  /** Something for a node's machine to know, or to do. */
  tell(name: NodeName, input: NodeInput): void {
    this.#handle(this.node(name), input);
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

  onChange(listener: (node: NodeName) => void): Dispose {
    return this.#changes.add(listener);
  }

  onConnection(listener: (event: ConnectionEvent) => void): Dispose {
    return this.#connections.add(listener);
  }

  /** Calls when a node, or the broker, has come back: a renewal of leases may have been missed. */
  onReturn(listener: () => void): Dispose {
    return this.#returns.add(listener);
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#timers.stopAll();
    this.commands.forgetWaiting();
    this.#outbox.close();
    this.#missed.close();
    this.clocks.close();
    await this.#options.channel.close();
  }

  #connection(event: ConnectionEvent): void {
    if (event.kind === 'connected') {
      this.#everConnected = true;
      // A run of named nodes begins with their first answers.
      this.#outbox.askAll(this.#open || event.reconnected ? undefined : 0);
      this.#handleByAll({ kind: event.reconnected ? 'connected' : 'asked' });
      if (event.reconnected) this.#returns.tell();
    } else if (event.kind === 'disconnected') {
      this.#forgetWaiting();
      this.#handleByAll({ kind: 'disconnected' });
    }
    this.#connections.tell(event);
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
    this.#changes.tell(machine.node);
  }

  #carryOut(machine: NodeMachine, effect: NodeEffect): void {
    switch (effect.kind) {
      case 'publish':
        if (effect.verb === '_ping') this.clocks.pinged(machine.node, effect.id);
        this.commands.publish(machine.node, effect);
        return;
      case 'publish-text':
        this.#outbox.publishText(machine.node, effect.command);
        return;
      case 'ping-as-text':
        this.#outbox.pingAsText(machine.node);
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
        this.#returns.tell();
        return;
      case 'event':
        if (effect.event.type === 'update-reported' && !this.commands.own.has(effect.event.commandId)) return;
        this.#options.emit(effect.event);
        if (effect.event.type === 'node-changed') this.clocks.look(machine.node);
        return;
    }
  }

  #forgetWaiting(): void {
    this.commands.forgetWaiting();
    this.#outbox.forgetWaiting();
  }

  #renewClock(): void {
    this.#options.channel.renewClock();
    this.clocks.forgetAll();
    this.#handleByAll({ kind: 'clock-renewed' });
  }
}
