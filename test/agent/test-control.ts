import { onTestFinished } from 'vitest';
import { createId, silentLogger, systemClock } from '../../src/base/index.ts';
import { type AgentMessage, ALL_NODES, createControlChannel } from '../../src/channel/index.ts';
import {
  type AgentTopic,
  createTopics,
  type NodeName,
  parseNodeName,
  type Reply,
  type ReplyOf,
} from '../../src/protocol/index.ts';
import type { Transport, Will } from '../../src/transport/index.ts';

/** Makes a client of the broker under test. */
export type Connect = (clientId: string, will?: Will) => Transport;

export const ROOT = 'lab';

/** A control machine at the level of single messages, for one node. */
export interface TestControl {
  readonly messages: readonly AgentMessage[];
  /** The replies so far, of one kind. */
  replies<K extends Reply['kind']>(kind: K): ReplyOf<K>[];
  /** The texts seen on STATUS so far. */
  statuses(): string[];
  /** The first answer, past or future, that is not undefined; looked for at every message. */
  until<T>(find: () => T | undefined): Promise<T>;
  /** Resolves when a status, past or future, has this text. */
  status(text: string): Promise<void>;
  /** Sends an envelope and returns its id. */
  send(
    verb: string,
    args?: readonly string[],
    more?: { id?: string; run?: string; session?: string },
  ): string;
  sendToAll(verb: string, args?: readonly string[], run?: string): string;
  text(text: string): Promise<void>;
  /** Publishes, retained, what an agent would have left on a topic of its own. */
  leave(topic: AgentTopic, payload: string): Promise<void>;
  result(id: string): Promise<ReplyOf<'result'>>;
  /** Sends an envelope and awaits its result. */
  run(verb: string, ...args: readonly string[]): Promise<ReplyOf<'result'>>;
  /** The next answer to a `_report`. */
  report(after?: number): Promise<ReplyOf<'report'>>;
  /** The lines of OUTPUT about a command so far. */
  output(id: string, stream?: 'stdout' | 'stderr'): string[];
}

/** Connected and subscribed when it resolves; closed at the end of the test. */
export async function startControl(connect: Connect, node = 'node1'): Promise<TestControl> {
  const transport = connect(`control-${createId().slice(0, 8)}`);
  const channel = createControlChannel({
    transport,
    root: ROOT,
    clock: systemClock,
    logger: silentLogger,
    ttlMs: 30_000,
  });
  const messages: AgentMessage[] = [];
  const watchers = new Set<() => void>();
  const until = <T>(find: () => T | undefined): Promise<T> =>
    new Promise((resolve) => {
      const watcher = (): void => {
        const found = find();
        if (found === undefined) return;
        watchers.delete(watcher);
        resolve(found);
      };
      watchers.add(watcher);
      watcher();
    });
  const name = nodeName(node);
  await new Promise<void>((resolve) => {
    channel.open({
      onMessage: (from, message) => {
        if (from !== name) return;
        messages.push(message);
        for (const watcher of [...watchers]) watcher();
      },
      onConnection: ({ kind }) => kind === 'connected' && resolve(),
    });
  });
  onTestFinished(() => channel.close());

  const replies = <K extends Reply['kind']>(kind: K): ReplyOf<K>[] =>
    messages.flatMap((message) =>
      message.kind === 'reply' && message.reply.kind === kind ? [message.reply as ReplyOf<K>] : [],
    );
  const statuses = (): string[] =>
    messages.flatMap((message) => (message.kind === 'status' ? [message.text] : []));
  const result = (id: string) => until(() => replies('result').find((reply) => reply.id === id));
  const send: TestControl['send'] = (verb, args = [], { id = createId(), run, session } = {}) => {
    void channel.send(name, { id, run, session, verb, args: [...args] });
    return id;
  };
  return {
    messages,
    replies,
    statuses,
    until,
    status: (text) => until(() => statuses().find((each) => each === text)).then(() => undefined),
    send,
    sendToAll(verb, args = [], run) {
      const id = createId();
      void channel.send(ALL_NODES, { id, run, verb, args: [...args] });
      return id;
    },
    text: (text) => channel.sendText(name, text),
    leave: (topic, payload) =>
      transport.publish(createTopics(ROOT).fromAgent(name, topic), payload, { qos: 1, retain: true }),
    result,
    run: (verb, ...args) => result(send(verb, args)),
    report(after) {
      const id = send('_report', after === undefined ? [] : [String(after)]);
      return until(() => replies('report').find((reply) => reply.id === id));
    },
    output: (id, stream) =>
      messages.flatMap((message) =>
        message.kind === 'output' &&
        message.batch.id === id &&
        (stream === undefined || message.batch.stream === stream)
          ? message.batch.lines
          : [],
      ),
  };
}

export function nodeName(text: string): NodeName {
  const name = parseNodeName(text);
  if (name === undefined) throw new Error(`${text} cannot be the name of a node`);
  return name;
}
