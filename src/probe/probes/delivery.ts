import { textOf } from '../client.ts';
import type { Probe } from '../probe.ts';

const MESSAGES = 100;
const QUIET_MS = 3000;

/** What all others build on: that what one client publishes reaches another one, each once, in order. */
export const qosOne: Probe = {
  name: 'qos-1',
  title: 'QoS 1, in order',
  importance: 'needed',
  isPrerequisite: true,
  limitMs: 10_000,
  remedy: 'let this user write and read everything below the root topic, or check with a user who may',
  run: (bench) => deliver(bench, 1),
};

export const qosZero: Probe = {
  name: 'qos-0',
  title: 'QoS 0',
  importance: 'needed',
  limitMs: 10_000,
  remedy: 'heartbeats are sent with QoS 0: without them every node counts as lost',
  run: (bench) => deliver(bench, 0),
};

async function deliver(bench: Parameters<Probe['run']>[0], qos: 0 | 1): ReturnType<Probe['run']> {
  const topic = bench.topic('messages');
  const reader = await bench.subscriber(topic);
  const { connection } = await bench.connect();
  const numbers = Array.from({ length: MESSAGES }, (_, index) => String(index));
  await Promise.all(numbers.map((number) => connection.publish(topic, number, { qos })));
  const count = await reader.count(MESSAGES, QUIET_MS);
  const inOrder = reader.received.every((message, index) => textOf(message) === numbers[index]);
  const detail = `${count} of ${MESSAGES} messages arrived`;
  if (count !== MESSAGES || inOrder) return { works: count === MESSAGES, detail };
  return { works: false, detail: `${detail}, but not once each and in order` };
}
