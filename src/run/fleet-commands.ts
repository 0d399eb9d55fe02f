import type { Clock } from '../base/index.ts';
import { isStoppingVerb, type NodeName, readsTextOnly } from '../protocol/index.ts';
import { CommandLedger } from './command-ledger.ts';
import { GroupSends } from './group-sends.ts';
import { type ArmedCommand, type Command, createArmedCommand, createCommand } from './node/command.ts';
import type { NodeMachine } from './node/node-machine.ts';
import type { NodeEffect, NodeInput, NodeSettings } from './node/node-port.ts';
import type { Outbox } from './outbox.ts';
import { OwnCommands } from './own-commands.ts';

interface FleetCommandsOptions {
  readonly clock: Clock;
  readonly settings: Pick<NodeSettings, 'createId' | 'ackTimeoutMs' | 'holdLease'>;
  readonly outbox: Pick<Outbox, 'publish' | 'publishToGroup'>;
  readonly nodes: () => readonly Pick<NodeMachine, 'node' | 'state' | 'presence'>[];
  readonly tell: (node: NodeName, input: NodeInput) => void;
}

/** A message to more members at once would bring more answers at once than a broker keeps. */
const MOST_AT_ONCE = 128;

/** The commands of a run: what becomes of each is seen on it. */
export class FleetCommands {
  /** What became of everything that was sent. */
  readonly ledger = new CommandLedger();
  readonly own = new OwnCommands();
  readonly #options: FleetCommandsOptions;
  readonly #groupSends: GroupSends;

  constructor(options: FleetCommandsOptions) {
    this.#options = options;
    this.#groupSends = new GroupSends({
      clock: options.clock,
      publish: (node, effect) => options.outbox.publish(node, effect),
      publishToGroup: (group, effect) => options.outbox.publishToGroup(group, effect),
    });
  }

  get size(): number {
    return this.ledger.size + this.own.size + this.#groupSends.size;
  }

  send(node: NodeName, text: string): Command {
    const { settings, clock } = this.#options;
    return this.#give(node, createCommand(settings.createId(), text, clock.now(), settings.ackTimeoutMs));
  }

  /**
   * As `send` to each of them, as one message where these are all the members of the group that live: they then get it
   * at the same time, as far as the network allows. Members of whom this run knows nothing refuse it, since it does not
   * hold them; they would take a STOP, so that goes to each by itself.
   */
  sendToGroup(group: string, nodes: readonly NodeName[], text: string): ReadonlyMap<NodeName, Command> {
    const { settings, clock } = this.#options;
    const id = settings.createId();
    const create = (): Command => createCommand(id, text, clock.now(), settings.ackTimeoutMs);
    const isSafe = settings.holdLease && !isStoppingVerb(create().verb);
    if (isSafe && this.#isWholeGroup(group, nodes)) this.#groupSends.begin(id, group, nodes);
    return new Map(nodes.map((node) => [node, this.#give(node, create())] as const));
  }

  /** A message that is to begin at an instant, which is told by `arm` when the node is prepared for it. */
  prepare(node: NodeName, text: string): ArmedCommand {
    const { settings, clock } = this.#options;
    return this.#give(
      node,
      createArmedCommand(settings.createId(), text, clock.now(), settings.ackTimeoutMs),
    );
  }

  /** What a node wants published: alone, or as one message with what the others of its group want. */
  publish(node: NodeName, effect: Extract<NodeEffect, { kind: 'publish' }>): void {
    if (!this.#groupSends.gather(node, effect)) this.#options.outbox.publish(node, effect);
  }

  /** What waits for others is not sent any more. */
  forgetWaiting(): void {
    this.#groupSends.forgetWaiting();
  }

  /** A member that the run does not mean would take what it hears on the group's topic, one that left would not hear it. */
  #isWholeGroup(group: string, nodes: readonly NodeName[]): boolean {
    const members = this.#options
      .nodes()
      .filter(({ state, presence }) => state === 'alive' && presence.info?.groups.includes(group) === true);
    // Who reads plain text only does not hear it there.
    if (members.some(({ presence: { info } }) => info && readsTextOnly(info))) return false;
    const isWhole = members.length === nodes.length && members.every(({ node }) => nodes.includes(node));
    return isWhole && nodes.length > 1 && nodes.length <= MOST_AT_ONCE;
  }

  #give<C extends Command>(node: NodeName, command: C): C {
    this.ledger.add(node, command);
    this.own.add(command.id);
    this.#options.tell(node, { kind: 'send', command });
    return command;
  }
}
