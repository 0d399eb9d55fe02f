import type { Bench } from '../bench.ts';
import type { Client } from '../client.ts';
import type { Probe } from '../probe.ts';

const QUEUE_REMEDY =
  'raise what the broker keeps for one client (mosquitto: max_queued_messages 0 and max_inflight_messages 0)';

/** When nothing more has come for so long, nothing will. */
const QUIET_MS = 3000;

/** As when thousands of agents answer at once, and the control machine is still busy with the first of them. */
export const burst: Probe = {
  name: 'burst',
  title: 'burst to a client that reads later',
  importance: 'wanted',
  limitMs: 40_000,
  remedy: `with many nodes answers are lost without a word, and asked for again: ${QUEUE_REMEDY}`,
  async run(bench) {
    const topic = bench.topic('messages');
    const reader = await bench.subscriber(topic);
    reader.connection.stall();
    const taken = await publishMany(bench, await bench.connect(), topic, 10_000, Buffer.alloc(300, 'x'));
    reader.connection.resume();
    const count = await reader.count(taken, QUIET_MS);
    const detail = `${count} of ${taken} messages arrived`;
    if (count >= taken) return { works: true, detail };
    return { works: false, detail: `${detail}; the others were acknowledged and lost${endOf(reader)}` };
  },
};

/** As when somebody listens to everything over a slow line. */
export const slowReader: Probe = {
  name: 'slow-reader',
  title: 'client that does not read, beside others',
  importance: 'wanted',
  limitMs: 20_000,
  remedy:
    'one slow client holds up all: keep others than control machine and agents away, or use another broker',
  async run(bench) {
    const topic = bench.topic('messages');
    const stalled = await bench.subscriber(topic);
    stalled.connection.stall();
    const reader = await bench.subscriber(topic);
    // A broker that is held up acknowledges nothing any more.
    void publishMany(bench, await bench.connect(), topic, 1000, Buffer.alloc(10_000, 'x')).catch(() => {});
    const count = await reader.count(1000, QUIET_MS);
    return { works: count >= 1000, detail: `the others got ${count} of 1000 messages meanwhile` };
  },
};

/** As the control machine meets at the start of a run. */
export const manyRetained: Probe = {
  name: 'many-retained',
  title: 'many retained messages at once',
  importance: 'wanted',
  limitMs: 25_000,
  remedy: `of many nodes not all are known at once: ${QUEUE_REMEDY}`,
  async run(bench) {
    const writer = await bench.connect();
    const topics = Array.from({ length: 2000 }, (_, index) => bench.topic(String(index)));
    await Promise.all(topics.map((topic) => bench.retain(writer, topic, 'kept')));
    const reader = await bench.subscriber(bench.topic('+'));
    const count = await reader.count(topics.length, QUIET_MS);
    return { works: count >= topics.length, detail: `${count} of ${topics.length} arrived` };
  },
};

const PUBLISH_LIMIT_MS = 15_000;

/** Resolves to how many of them the broker has acknowledged when all are, or the time is over. */
function publishMany(
  { clock }: Bench,
  { connection }: Client,
  topic: string,
  count: number,
  payload: Uint8Array,
): Promise<number> {
  let taken = 0;
  return new Promise((resolve, reject) => {
    const stopTimer = clock.setTimer(PUBLISH_LIMIT_MS, () => resolve(taken));
    const finish = (act: () => void): void => {
      stopTimer();
      act();
    };
    for (let sent = 0; sent < count; sent += 1) {
      connection.publish(topic, payload, { qos: 1 }).then(
        () => {
          taken += 1;
          if (taken === count) finish(() => resolve(taken));
        },
        (error: unknown) => finish(() => reject(error)),
      );
    }
  });
}

function endOf({ connection }: Client): string {
  return connection.isOpen ? '' : ', and the broker ended the connection of the reader';
}
