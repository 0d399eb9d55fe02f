import type { Bench } from '../bench.ts';
import type { Importance, Probe, ProbeResult } from '../probe.ts';

const QUIET_MS = 3000;
const MIB = 1024 * 1024;

export const payloads: readonly Probe[] = [
  payloadOf(256 * 1024, '256 kB', 'needed'),
  payloadOf(MIB, '1 MB', 'information'),
  payloadOf(10 * MIB, '10 MB', 'information'),
];

export const names: readonly Probe[] = [
  {
    ...named('name-plain', 'topic level with _ and -', 'a_b-c'),
    importance: 'needed',
    remedy: 'the protocol has topics such as _all: use another broker',
  },
  {
    ...named('name-dot', 'topic level with .', 'a.b'),
    importance: 'wanted',
    remedy: 'give nodes and groups, and the root topic, names without a dot',
  },
  { ...named('name-space', 'topic level with a space', 'a b'), importance: 'information' },
];

/** The longest root topic of ours has 15 levels; the topics of a group have three more. */
const MOST_LEVELS = 18;

export const levels: Probe = {
  name: 'levels',
  title: `topic of ${MOST_LEVELS} levels`,
  importance: 'information',
  limitMs: 10_000,
  run(bench) {
    const own = bench.topic().split('/').length;
    const more = Array.from({ length: Math.max(MOST_LEVELS - own, 0) }, () => 'x');
    return arrives(bench, bench.topic(...more), Buffer.from('x'), QUIET_MS);
  },
};

function payloadOf(bytes: number, title: string, importance: Importance): Probe {
  return {
    name: `payload-${bytes}`,
    title: `payload of ${title}`,
    importance,
    limitMs: 15_000,
    ...(importance === 'needed' && {
      remedy: 'raise the largest message of the broker (mosquitto: message_size_limit, NATS: max_payload)',
    }),
    run: (bench) => arrives(bench, bench.topic('message'), Buffer.alloc(bytes, 'x'), 2 * QUIET_MS),
  };
}

function named(name: string, title: string, level: string): Omit<Probe, 'importance'> {
  return {
    name,
    title,
    limitMs: 10_000,
    run: (bench) => arrives(bench, bench.topic(level), Buffer.from('x'), QUIET_MS),
  };
}

async function arrives(
  bench: Bench,
  topic: string,
  payload: Uint8Array,
  quietMs: number,
): Promise<ProbeResult> {
  const reader = await bench.subscriber(topic);
  const writer = await bench.connect();
  await writer.connection.publish(topic, payload, { qos: 1 });
  await reader.count(1, quietMs);
  const [message] = reader.received;
  if (!message) return { works: false, detail: 'acknowledged, but not delivered' };
  const isWhole = message.topic === topic && message.payload.length === payload.length;
  return { works: isWhole, detail: isWhole ? 'works' : `another message arrived, on ${message.topic}` };
}
