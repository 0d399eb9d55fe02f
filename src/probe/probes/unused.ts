import type { Probe } from '../probe.ts';

const QUIET_MS = 2000;

/** Of no use to mqtt-orchestrate: brokers do too different things here. */
export const qosTwo: Probe = {
  name: 'qos-2',
  title: 'QoS 2',
  importance: 'information',
  limitMs: 10_000,
  async run(bench) {
    const topic = bench.topic('message');
    const reader = await bench.connect();
    const [granted] = await reader.connection.subscribe([topic], 2);
    const writer = await bench.connect();
    await writer.connection.publish(topic, 'x', { qos: 2 });
    const count = await reader.count(1, QUIET_MS);
    if (count === 0) return { works: false, detail: 'acknowledged, but not delivered' };
    return { works: granted === 2, detail: granted === 2 ? 'works' : `works as QoS ${granted}` };
  },
};

export const sharedSubscription: Probe = {
  name: 'shared-subscription',
  title: 'shared subscription ($share)',
  importance: 'information',
  limitMs: 10_000,
  async run(bench) {
    const topic = bench.topic('message');
    const reader = await bench.subscriber(`$share/check/${topic}`);
    const writer = await bench.connect();
    await writer.connection.publish(topic, 'x', { qos: 1 });
    const count = await reader.count(1, QUIET_MS);
    return { works: count === 1, detail: count === 1 ? 'works' : 'granted, but delivers nothing' };
  },
};
