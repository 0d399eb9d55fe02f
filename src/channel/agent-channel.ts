import { type Clock, errorMessage, type Logger } from '../base/index.ts';
import {
  createTopics,
  type Decoded,
  decodeCommand,
  decodeHeartbeat,
  decodeInfo,
  decodeText,
  formatOffline,
  type Heartbeat,
  type Info,
  mapDecoded,
  type NodeName,
  type OutputBatch,
  type ReceivedCommand,
  type Reply,
} from '../protocol/index.ts';
import type { ConnectionEvent, Message, Transport, Will } from '../transport/index.ts';

/** What reaches an agent, decoded. */
export type ControlMessage =
  | {
      readonly kind: 'command';
      readonly command: ReceivedCommand;
      /** `shared`: it came on the topic of all agents or of a group. */
      readonly topic: 'own' | 'shared';
      readonly retained: boolean;
      /** Monotonic milliseconds, taken first thing on arrival. */
      readonly receivedAt: number;
    }
  /** The agent's own topics as the broker has them: what it says itself, and whoever else uses its name. */
  | { readonly kind: 'own-status'; readonly text: string; readonly retained: boolean }
  /** `info` is undefined when the topic was cleared. */
  | { readonly kind: 'own-info'; readonly info: Info | undefined }
  | { readonly kind: 'own-heartbeat'; readonly heartbeat: Heartbeat };

export interface AgentListeners {
  readonly onMessage: (message: ControlMessage) => void;
  readonly onConnection: (event: ConnectionEvent) => void;
}

export interface AgentChannelOptions {
  readonly transport: Transport;
  /** `MQTT_TOPIC`. */
  readonly root: string;
  readonly node: NodeName;
  readonly groups: readonly string[];
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * The agent's end: typed commands in, typed messages out. Nothing is queued: what is published while disconnected is
 * gone from here, and the agent's kept replies make up for it.
 */
export interface AgentChannel {
  readonly connected: boolean;
  open(listeners: AgentListeners): void;
  reply(reply: Reply): void;
  status(text: string): void;
  /** Undefined clears it. */
  info(info: Info | undefined): void;
  heartbeat(heartbeat: Heartbeat): void;
  /** Resolves when the broker has it, so that the sender can wait before it hands over more. */
  output(batch: OutputBatch): Promise<void>;
  /** Resolves when everything published before has been acknowledged or given up. */
  flush(): Promise<void>;
  close(): Promise<void>;
}

/** The last message that an agent leaves when it vanishes. */
export function agentWill(root: string, node: NodeName, session: string): Will {
  return { topic: createTopics(root).fromAgent(node, 'STATUS'), payload: formatOffline(session) };
}

/** Beyond this many unacknowledged messages nothing more is handed to the transport; kept replies are asked for again. */
const MOST_IN_FLIGHT = 5000;

export function createAgentChannel(options: AgentChannelOptions): AgentChannel {
  const { transport, node, clock, logger } = options;
  const topics = createTopics(options.root);
  const ownCommand = topics.command(node);
  const sharedCommands = [
    topics.commandToAll,
    ...options.groups.map((group) => topics.commandToGroup(group)),
  ];
  const ownStatus = topics.fromAgent(node, 'STATUS');
  const ownInfo = topics.fromAgent(node, 'INFO');
  const ownHeartbeat = topics.fromAgent(node, 'HEARTBEAT');
  const inFlight = new Set<Promise<void>>();

  function onMessage(message: Message, listeners: AgentListeners): void {
    const decoded = decodeControlMessage(message, clock.now());
    if (decoded.ok) listeners.onMessage(decoded.value);
    else logger.warn(`ignored a message on ${message.topic}: ${decoded.problem}`);
  }

  function decodeControlMessage(message: Message, receivedAt: number): Decoded<ControlMessage> {
    const { topic, payload, retained } = message;
    switch (topic) {
      case ownStatus:
        return mapDecoded(decodeText(payload), (text) => ({ kind: 'own-status', text, retained }));
      case ownInfo:
        return payload.byteLength === 0
          ? { ok: true, value: { kind: 'own-info', info: undefined } }
          : mapDecoded(decodeInfo(payload), (info) => ({ kind: 'own-info', info }));
      case ownHeartbeat:
        return mapDecoded(decodeHeartbeat(payload), (heartbeat) => ({ kind: 'own-heartbeat', heartbeat }));
      default:
        return mapDecoded(decodeCommand(payload), (command) => ({
          kind: 'command',
          command,
          topic: topic === ownCommand ? 'own' : 'shared',
          retained,
          receivedAt,
        }));
    }
  }

  function publish(topic: string, payload: string, retain: boolean, qos: 0 | 1 = 1): Promise<void> {
    if (!transport.connected || inFlight.size >= MOST_IN_FLIGHT) return Promise.resolve();
    const published = transport
      .publish(topic, payload, { qos, retain })
      .catch((thrown: unknown) => logger.debug(`could not publish on ${topic}: ${errorMessage(thrown)}`))
      .finally(() => inFlight.delete(published));
    inFlight.add(published);
    return published;
  }

  return {
    get connected() {
      return transport.connected;
    },
    open(listeners) {
      // INFO first: a broker may hand out what it retained one by one, each after the other's acknowledgement, and an
      // agent has to see its INFO before the echo of its first HEARTBEAT.
      transport.open([ownInfo, ownCommand, ...sharedCommands, ownStatus, ownHeartbeat], {
        onMessage: (message) => onMessage(message, listeners),
        onConnection: listeners.onConnection,
      });
    },
    reply(reply) {
      const topic = topics.fromAgent(node, 'REPLY');
      // It measures time: what passes between the machine's answer and the write would be taken for the network's.
      if (reply.kind === 'pong') void publish(topic, JSON.stringify({ ...reply, t2: clock.now() }), false, 0);
      else void publish(topic, JSON.stringify(reply), false);
    },
    status: (text) => void publish(ownStatus, text, true),
    info: (info) => void publish(ownInfo, info ? JSON.stringify(info) : '', true),
    // A claim must arrive; of signs of life the next one does as well.
    heartbeat: (heartbeat) =>
      void publish(ownHeartbeat, JSON.stringify(heartbeat), false, heartbeat.claim ? 1 : 0),
    output: (batch) => publish(topics.fromAgent(node, 'OUTPUT'), JSON.stringify(batch), false),
    async flush() {
      await Promise.all(inFlight);
    },
    close: () => transport.close(),
  };
}
