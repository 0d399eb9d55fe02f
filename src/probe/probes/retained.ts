import type { Bench } from '../bench.ts';
import { textOf } from '../client.ts';
import type { Probe } from '../probe.ts';

const QUIET_MS = 3000;
/** What should not come would have come by then. */
const NOTHING_MS = 500;

export const retained: Probe = {
  name: 'retained',
  title: 'retained message',
  importance: 'needed',
  limitMs: 10_000,
  remedy:
    'let the broker retain messages (mosquitto: retain_available true); without that two agents of one name go unnoticed',
  run: (bench) => hasRetained(bench, bench.topic('message'), bench.topic('message')),
};

export const retainedByWildcard: Probe = {
  name: 'retained-wildcard',
  title: 'retained message through a wildcard',
  importance: 'wanted',
  limitMs: 10_000,
  remedy:
    'legacy agents, and nodes that are away, are not seen until they speak; no setting is known to help',
  run: (bench) => hasRetained(bench, bench.topic('a', 'message'), bench.topic('+', 'message')),
};

export const retainedCleared: Probe = {
  name: 'retained-cleared',
  title: 'retained message that was cleared',
  importance: 'needed',
  limitMs: 10_000,
  remedy: 'a broker that keeps them takes agents that have ended for silent ones: use another broker',
  async run(bench) {
    const topic = bench.topic('message');
    const writer = await bench.connect();
    await bench.retain(writer, topic, 'kept');
    await writer.connection.publish(topic, '', { qos: 1, retain: true });
    const reader = await bench.subscriber(topic);
    const count = await reader.count(1, NOTHING_MS);
    return { works: count === 0, detail: count === 0 ? 'it is gone' : 'it is still there' };
  },
};

async function hasRetained(bench: Bench, topic: string, filter: string): ReturnType<Probe['run']> {
  const writer = await bench.connect();
  await bench.retain(writer, topic, 'kept');
  const reader = await bench.subscriber(filter);
  await reader.count(1, QUIET_MS);
  const [message] = reader.received;
  if (!message) return { works: false, detail: 'a second connection does not get it' };
  const isRight = textOf(message) === 'kept' && message.retained;
  return {
    works: isRight,
    detail: isRight ? 'a second connection gets it' : 'it comes without its retain flag',
  };
}
