import { createId } from '../../base/index.ts';
import { AGENT_TOPICS, createTopics, encodeCommand, PROTOCOL_VERSION } from '../../protocol/index.ts';
import { ConnectionError } from '../../transport/index.ts';
import type { Bench } from '../bench.ts';
import { type Client, textOf } from '../client.ts';
import type { Probe } from '../probe.ts';

const QUIET_MS = 3000;
const SHOWN = 4;

/** An agent reads these to tell a second agent of its name, and whether the broker lets it speak. */
const READ_BACK = ['STATUS', 'INFO', 'HEARTBEAT'] as const;
const RETAINED: readonly string[] = ['STATUS', 'INFO'];

interface Reader {
  readonly who: string;
  readonly client: Client;
}

export const permissions: Probe = {
  name: 'permissions',
  title: 'topics of control machine and agents',
  importance: 'needed',
  limitMs: 15_000,
  remedy:
    'allow it; docs/reference/protocol.md has a sample for mosquitto. Where agents have users of their own, check with the one of the control machine, which may write and read everything there',
  async run(bench) {
    const { root, ownLevel } = bench;
    const topics = createTopics(root);
    const ofNode = (kind: string): string => `${root}/${ownLevel}/${kind}`;
    const commands = [ofNode('COMMAND'), topics.commandToAll, topics.commandToGroup(ownLevel)];
    const control: Reader = {
      who: 'control machine',
      client: await bench.subscriber(...AGENT_TOPICS.map((kind) => topics.fromAllAgents(kind))),
    };
    const agent: Reader = {
      who: 'agent',
      client: await bench.subscriber(...commands, ...READ_BACK.map(ofNode)),
    };
    const proof = createProof();
    const deliveries: readonly (readonly [topic: string, reader: Reader])[] = [
      ...commands.map((topic) => [topic, agent] as const),
      ...AGENT_TOPICS.map((kind) => [ofNode(kind), control] as const),
      ...READ_BACK.map((kind) => [ofNode(kind), agent] as const),
    ];
    await Promise.all(
      [...commands, ...AGENT_TOPICS.map(ofNode)].map((topic) => publishAlone(bench, topic, proof)),
    );
    const missing = await missingOf(deliveries, proof);
    if (missing.length === 0) return { works: true, detail: 'all of it is delivered' };
    const more = missing.length > SHOWN ? ` and ${missing.length - SHOWN} more` : '';
    return { works: false, detail: `not delivered: ${missing.slice(0, SHOWN).join(', ')}${more}` };
  },
};

/**
 * It goes to the topic of all agents too. So it is what they know and do not answer: the renewal of a lease that
 * none of them has given.
 */
function createProof(): string {
  return encodeCommand({
    v: PROTOCOL_VERSION,
    id: createId(),
    run: createId(),
    verb: '_lease',
    args: [],
    clock: createId(),
    sent: 0,
    ttlMs: 0,
  });
}

/** By a client of its own: some brokers end the connection of whoever publishes what he may not. */
async function publishAlone(bench: Bench, topic: string, proof: string): Promise<void> {
  const client = await bench.connect();
  const isRetained = RETAINED.some((kind) => topic.endsWith(`/${kind}`));
  try {
    if (isRetained) await bench.retain(client, topic, proof);
    else await client.connection.publish(topic, proof, { qos: 1 });
  } catch (thrown) {
    if (!(thrown instanceof ConnectionError)) throw thrown;
  }
}

/** What did not arrive, as `<topic> at the <reader>`. */
async function missingOf(
  deliveries: readonly (readonly [topic: string, reader: Reader])[],
  proof: string,
): Promise<readonly string[]> {
  const missing: string[] = [];
  for (const [topic, { who, client }] of deliveries) {
    const hasArrived = (): boolean =>
      client.received.some((message) => message.topic === topic && textOf(message) === proof);
    // What comes at all has come by the time that the first of them is given up.
    await client.until(hasArrived, missing.length === 0 ? QUIET_MS : 0);
    if (!hasArrived()) missing.push(`${topic} at the ${who}`);
  }
  return missing;
}
