import type { Bench } from '../bench.ts';
import type { Client } from '../client.ts';
import type { Probe, ProbeResult } from '../probe.ts';

const TRIPS = 100;
const ALONE = 5;
const TIME_MS = 4000;
const QUIET_MS = 2000;
/** What Nagle's algorithm and a delayed acknowledgement cost together is 40 ms. */
const STALL_MS = 30;
/** Fewer are the chance of a busy machine or network. */
const MOST_STALLS = 0.1;

/** There and back between two clients at QoS 1, as a command and its acknowledgement go. */
export const roundTrip: Probe = {
  name: 'round-trip',
  title: 'round trip without stalls',
  importance: 'wanted',
  limitMs: 15_000,
  remedy:
    'every SEND waits so long: switch TCP_NODELAY on at the broker (mosquitto: set_tcp_nodelay true), unless the network itself is unsteady',
  async run(bench) {
    const [near, far] = [bench.topic('near'), bench.topic('far')];
    const a = await bench.subscriber(near);
    const b = await bench.subscriber(far);
    // A message alone, without the acknowledgement of another one before it, is not held up by Nagle's algorithm.
    const alone = await measure(bench, ALONE, () => pass(a, a, near, 0));
    const trips = await measure(bench, TRIPS, async () => (await pass(a, b, far, 1)) && pass(b, a, near, 1));
    const [quickestMs] = alone;
    if (quickestMs === undefined || trips.length === 0) return NOTHING;
    return judge(trips, 2 * quickestMs);
  },
};

const NOTHING: ProbeResult = { works: false, detail: 'not one message came back in time' };

/** Sorted. Ends early with the time, or with a message that does not come. */
async function measure(
  { clock }: Bench,
  count: number,
  trip: () => Promise<boolean>,
): Promise<readonly number[]> {
  const timesMs: number[] = [];
  const start = clock.now();
  while (timesMs.length < count && clock.now() - start < TIME_MS) {
    const since = clock.now();
    if (!(await trip())) break;
    timesMs.push(clock.now() - since);
  }
  return timesMs.toSorted((a, b) => a - b);
}

/** Whether the next message arrives. */
async function pass(from: Client, to: Client, topic: string, qos: 0 | 1): Promise<boolean> {
  const next = to.received.length + 1;
  // Awaited together: a connection that ends before the message has arrived rejects while it is still awaited.
  const [count] = await Promise.all([to.count(next, QUIET_MS), from.connection.publish(topic, 'x', { qos })]);
  return count === next;
}

function judge(sortedMs: readonly number[], expectedMs: number): ProbeResult {
  const medianMs = sortedMs[Math.floor(sortedMs.length / 2)] ?? 0;
  const stalls = sortedMs.filter((ms) => ms > expectedMs + STALL_MS).length;
  const detail = `${medianMs.toFixed(1)} ms (p50 of ${sortedMs.length})`;
  if (stalls <= sortedMs.length * MOST_STALLS) return { works: true, detail };
  return {
    works: false,
    detail: `${detail}; ${stalls} took over ${STALL_MS} ms more than the network does`,
  };
}
