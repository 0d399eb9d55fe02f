import { textOf } from '../client.ts';
import type { Probe } from '../probe.ts';

const QUIET_MS = 3000;
const LATE_WILL_MS = 1500;

export const will: Probe = {
  name: 'will',
  title: 'will of a connection that dies',
  importance: 'wanted',
  limitMs: 15_000,
  remedy: 'a node that vanishes is missed only after its heartbeats have failed to come, up to 40 s',
  async run(bench) {
    const topic = bench.topic('will');
    const watcher = await bench.subscriber(topic);
    const mortal = await bench.connect({ will: { topic, payload: 'dead' } });
    const since = bench.clock.now();
    mortal.connection.kill();
    const count = await watcher.count(1, QUIET_MS);
    const tookMs = (bench.clock.now() - since).toFixed(0);
    return { works: count === 1, detail: count === 1 ? `it comes after ${tookMs} ms` : 'it does not come' };
  },
};

/** What our agents and control machines are prepared for: a will that comes late is known by its session. */
export const takeover: Probe = {
  name: 'takeover',
  title: 'second client of one id',
  importance: 'information',
  limitMs: 15_000,
  async run(bench) {
    const topic = bench.topic('status');
    const watcher = await bench.subscriber(topic);
    const clientId = bench.createClientId();
    const first = await bench.connect({ clientId, will: { topic, payload: 'will' } });
    const second = await bench.connect({ clientId });
    await second.connection.publish(topic, 'words', { qos: 1, retain: true });
    await watcher.until(() => watcher.received.length >= 2, LATE_WILL_MS);
    const texts = watcher.received.map(textOf);
    if (first.connection.isOpen) return { works: false, detail: 'the first one stays connected' };
    const order = {
      will: 'its will comes first',
      words: texts.includes('will') ? 'its will comes after the words of the second' : 'without its will',
    };
    return {
      works: true,
      detail: `the first one is disconnected, ${texts[0] === 'will' ? order.will : order.words}`,
    };
  },
};

export const persistentSession: Probe = {
  name: 'persistent-session',
  title: 'persistent session',
  importance: 'information',
  limitMs: 15_000,
  async run(bench) {
    const topic = bench.topic('message');
    const clientId = bench.createClientId();
    const before = await bench.connect({ clientId, cleanSession: false });
    await before.connection.subscribe([topic], 1);
    await before.connection.close();
    const writer = await bench.connect();
    await writer.connection.publish(topic, 'meanwhile', { qos: 1 });
    const after = await bench.connect({ clientId, cleanSession: false });
    const count = await after.count(1, QUIET_MS);
    return { works: count === 1, detail: count === 1 ? 'it keeps what comes meanwhile' : 'it is empty' };
  },
};
