import { type Clock, createId, type Logger } from '../base/index.ts';
import {
  AGENT_TOPICS,
  type AgentTopic,
  type CommandEnvelope,
  createTopics,
  type Decoded,
  decodeHeartbeat,
  decodeInfo,
  decodeOutput,
  decodeReply,
  decodeText,
  encodeCommand,
  type Heartbeat,
  type Info,
  mapDecoded,
  type NodeName,
  type OutputBatch,
  PROTOCOL_VERSION,
  type Reply,
} from '../protocol/index.ts';
import type { ConnectionEvent, Message, Transport } from '../transport/index.ts';

/** A command without what the channel adds: version, clock and time of sending. */
export type OutgoingCommand = Pick<CommandEnvelope, 'id' | 'run' | 'session' | 'verb' | 'args'>;

/** What agents say, decoded. */
export type AgentMessage =
  | { readonly kind: 'status'; readonly text: string; readonly retained: boolean }
  /** `info` is undefined when the topic was cleared: the agent has terminated. */
  | { readonly kind: 'info'; readonly info: Info | undefined; readonly retained: boolean }
  | {
      readonly kind: 'reply';
      readonly reply: Reply;
      /** Monotonic milliseconds, taken first thing on arrival. */
      readonly receivedAt: number;
    }
  | { readonly kind: 'output'; readonly batch: OutputBatch }
  | { readonly kind: 'heartbeat'; readonly heartbeat: Heartbeat };

export interface ControlListeners {
  readonly onMessage: (node: NodeName, message: AgentMessage) => void;
  readonly onConnection: (event: ConnectionEvent) => void;
}

export interface ControlChannelOptions {
  readonly transport: Transport;
  /** `MQTT_TOPIC`. */
  readonly root: string;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Milliseconds after which an agent no longer runs a command. */
  readonly ttlMs: number;
}

/** The control machine's end: typed commands out, typed messages of every agent in. */
export interface ControlChannel {
  readonly connected: boolean;
  open(listeners: ControlListeners): void;
  /** Resolves at the PUBACK; rejects as `Transport.publish` does. */
  send(to: Recipient, command: OutgoingCommand): Promise<void>;
  /** A `_ping` to measure with: it goes out now or never (QoS 0), since it is useless when late. */
  ping(to: NodeName, id: string): Promise<void>;
  /** Plain text, for agents that read nothing else. */
  sendText(to: NodeName, text: string): Promise<void>;
  /** Takes away the INFO that a dead agent has left. */
  clearInfo(of: NodeName): Promise<void>;
  /** Takes a new clock id, after which agents judge the age of commands afresh. */
  renewClock(): void;
  close(): Promise<void>;
}

/**
 * INFO first: of what a broker has retained it hands out only so much at once, and a status without an INFO looks like
 * that of a legacy agent.
 */
const SUBSCRIPTIONS: readonly AgentTopic[] = ['INFO', ...AGENT_TOPICS.filter((kind) => kind !== 'INFO')];

/** The address of every agent at once. */
export const ALL_NODES = Symbol('all nodes');

/** One node, everybody, or the members of a group. */
export type Recipient = NodeName | typeof ALL_NODES | { readonly group: string };

export function createControlChannel(options: ControlChannelOptions): ControlChannel {
  const { transport, clock, logger } = options;
  const topics = createTopics(options.root);
  let clockId = createId();

  function onMessage(message: Message, listeners: ControlListeners): void {
    const receivedAt = clock.now();
    const from = topics.parseFromAgent(message.topic);
    if (!from) return;
    const decoded = decodeAgentMessage(from.kind, message, receivedAt);
    if (!decoded.ok) {
      logger.debug(`ignored a message on ${message.topic}: ${decoded.problem}`);
    } else if ((infoIn(decoded.value)?.node ?? from.node) !== from.node) {
      logger.debug(`ignored a message on ${message.topic}: its INFO is of another node`);
    } else {
      listeners.onMessage(from.node, decoded.value);
    }
  }

  function topicOf(to: Recipient): string {
    if (to === ALL_NODES) return topics.commandToAll;
    return typeof to === 'string' ? topics.command(to) : topics.commandToGroup(to.group);
  }

  function publish(topic: string, command: OutgoingCommand, qos: 0 | 1): Promise<void> {
    const envelope: CommandEnvelope = {
      v: PROTOCOL_VERSION,
      ...command,
      clock: clockId,
      sent: clock.now(),
      ttlMs: options.ttlMs,
    };
    return transport.publish(topic, encodeCommand(envelope), { qos });
  }

  return {
    get connected() {
      return transport.connected;
    },
    open(listeners) {
      transport.open(
        SUBSCRIPTIONS.map((kind) => topics.fromAllAgents(kind)),
        { onMessage: (message) => onMessage(message, listeners), onConnection: listeners.onConnection },
      );
    },
    send: (to, command) => publish(topicOf(to), command, 1),
    ping: (to, id) =>
      publish(topics.command(to), { id, run: undefined, session: undefined, verb: '_ping', args: [] }, 0),
    sendText: (to, text) => transport.publish(topics.command(to), text, { qos: 1 }),
    clearInfo: (of) => transport.publish(topics.fromAgent(of, 'INFO'), '', { qos: 1, retain: true }),
    renewClock() {
      clockId = createId();
    },
    close: () => transport.close(),
  };
}

function decodeAgentMessage(
  kind: AgentTopic,
  { payload, retained }: Message,
  receivedAt: number,
): Decoded<AgentMessage> {
  switch (kind) {
    case 'STATUS':
      return mapDecoded(decodeText(payload), (text) => ({ kind: 'status', text, retained }));
    case 'INFO':
      return payload.byteLength === 0
        ? { ok: true, value: { kind: 'info', info: undefined, retained } }
        : mapDecoded(decodeInfo(payload), (info) => ({ kind: 'info', info, retained }));
    case 'REPLY':
      return mapDecoded(decodeReply(payload), (reply) => ({ kind: 'reply', reply, receivedAt }));
    case 'OUTPUT':
      return mapDecoded(decodeOutput(payload), (batch) => ({ kind: 'output', batch }));
    case 'HEARTBEAT':
      return mapDecoded(decodeHeartbeat(payload), (heartbeat) => ({ kind: 'heartbeat', heartbeat }));
  }
}

function infoIn(message: AgentMessage): Info | undefined {
  if (message.kind === 'info') return message.info;
  return message.kind === 'reply' && message.reply.kind === 'report' ? message.reply.info : undefined;
}
