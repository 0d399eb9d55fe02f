import { afterEach, expect, it } from 'vitest';
import { createClockLab, names, type SentPing } from './clock-lab.ts';

let lab: ReturnType<typeof createClockLab>;
afterEach(async () => {
  expect(await lab.close()).toBe(0);
});

const { signal } = new AbortController();
const MOST_AGENTS = 50;

/** Their links jitter so much that, with the MAXSKEW of these tests, no clock is known well enough before the end. */
async function meet(nodes: number) {
  lab = createClockLab(() => ({ jitterMs: 5 }));
  for (let n = 0; n < nodes; n += 1) lab.agent(`node${n}`);
  return met(nodes);
}

/** More than agents can be, at once. */
async function meetCrowd(nodes: number) {
  lab = createClockLab();
  lab.crowd(Array.from({ length: nodes }, (_, n) => `node${n}`));
  return met(nodes);
}

async function met(nodes: number) {
  const control = lab.control();
  await lab.clock.advance(5000);
  expect(control.fleet.nodes.filter(({ state }) => state === 'alive')).toHaveLength(nodes);
  return control;
}

/** The most pings that went out within so long. */
function mostWithin(ms: number, pings: readonly SentPing[]): number {
  let first = 0;
  return pings.reduce((most, { atMs }, index) => {
    while ((pings[first]?.atMs ?? 0) <= atMs - ms) first += 1;
    return Math.max(most, index - first + 1);
  }, 0);
}

function byNode(pings: readonly SentPing[]): ReadonlyMap<string, readonly SentPing[]> {
  const found = new Map<string, SentPing[]>();
  for (const ping of pings) found.set(ping.node, [...(found.get(ping.node) ?? []), ping]);
  return found;
}

it.each([2, 7, 50, 300, 2000])(
  '%i nodes are pinged one at a time, evenly, at most 1,000 times a second in all',
  async (nodes) => {
    const { fleet, pings } = await (nodes > MOST_AGENTS ? meetCrowd(nodes) : meet(nodes));
    await lab.during(
      fleet.clocks.calibrate(names(fleet), { signal, maxSkewMs: 0.001, limitMs: 2500 + nodes }),
    );
    const times = pings.map(({ atMs }) => atMs);
    expect(new Set(times).size).toBe(times.length);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    expect(mostWithin(1000, pings)).toBeLessThanOrEqual(1001);
    expect(new Set(pings.map(({ qos }) => qos))).toEqual(new Set([0]));

    const perNode = byNode(pings);
    const intervalMs = Math.max(20, nodes);
    expect(perNode.size).toBe(nodes);
    for (const ofNode of perNode.values()) {
      const gaps = ofNode.slice(1).map(({ atMs }, index) => atMs - (ofNode[index]?.atMs ?? 0));
      for (const gap of gaps) expect(Math.abs(gap / intervalMs - 1)).toBeLessThanOrEqual(0.6 / nodes + 0.01);
    }
  },
  120_000,
);

it('no two nodes keep step', async () => {
  const { fleet, pings } = await meet(2);
  await lab.during(fleet.clocks.calibrate(names(fleet), { signal }));
  const gaps = pings.slice(1).map(({ atMs }, index) => Math.round((atMs - (pings[index]?.atMs ?? 0)) * 10));
  expect(new Set(gaps).size).toBeGreaterThan(10);
});

it.each([
  [1, 1],
  [10, 10],
  [50, 50],
  [500, 50],
])(
  '%i nodes whose clocks are kept are pinged about %i times a second in all',
  async (nodes, perSecond) => {
    const { fleet, pings } = await (nodes > MOST_AGENTS ? meetCrowd(nodes) : meet(nodes));
    const stop = fleet.clocks.keep(names(fleet));
    await lab.clock.advance(20_000);
    expect(pings.length).toBeGreaterThan(20 * perSecond * 0.85);
    expect(pings.length).toBeLessThanOrEqual(20 * perSecond + perSecond);
    expect(mostWithin(1000, pings)).toBeLessThanOrEqual(perSecond + 2);
    expect(new Set(pings.map(({ atMs }) => atMs)).size).toBe(pings.length);
    stop();
    const { length } = pings;
    await lab.clock.advance(120_000);
    expect(pings.length - length).toBeLessThanOrEqual(nodes);
  },
  60_000,
);

it('while some are measured, the others are kept all the same, and none is pinged in one tick with another', async () => {
  const { fleet, pings } = await meet(20);
  const [first, second] = names(fleet);
  if (first === undefined || second === undefined) return expect.fail();
  fleet.clocks.keep(names(fleet));
  await lab.clock.advance(3000);
  const { length } = pings;
  await lab.during(fleet.clocks.calibrate([first, second], { signal, maxSkewMs: 0.001, limitMs: 4000 }));
  const since = pings.slice(length);
  const perNode = byNode(since);
  expect(perNode.get(first)?.length).toBeGreaterThan(150);
  for (const node of names(fleet).slice(2)) {
    expect(perNode.get(node)?.length).toBeGreaterThanOrEqual(3);
    expect(perNode.get(node)?.length).toBeLessThanOrEqual(6);
  }
  expect(new Set(pings.map(({ atMs }) => atMs)).size).toBe(pings.length);
});

it('while they are held back no ping goes out, then they go on; not once the run is over', async () => {
  const { fleet, pings } = await meet(3);
  fleet.clocks.keep(names(fleet));
  await lab.clock.advance(3000);
  const releases = [fleet.clocks.hold(), fleet.clocks.hold()];
  const { length } = pings;
  await lab.clock.advance(5000);
  releases.pop()?.();
  await lab.clock.advance(5000);
  expect(pings).toHaveLength(length);
  releases.pop()?.();
  await lab.clock.advance(3000);
  expect(pings.length).toBeGreaterThan(length);
  const release = fleet.clocks.hold();
  await fleet.close();
  const timers = lab.clock.pendingTimers();
  release();
  expect(lab.clock.pendingTimers()).toBe(timers);
});

it('remembers no more after an hour, answered or not', async () => {
  lab = createClockLab((node) => ({ jitterMs: node === 'node1' ? 1 : 0 }));
  lab.agent('node0');
  lab.agent('node1');
  const { fleet } = lab.control();
  await lab.clock.advance(5000);
  fleet.clocks.keep(names(fleet));
  lab.loseRepliesOf('node1');
  await lab.clock.advance(600_000);
  const { size } = fleet;
  await lab.clock.advance(3_000_000);
  expect(fleet.size).toBeLessThanOrEqual(size + 1);
  expect(fleet.clocks.size).toBeLessThanOrEqual(61 + 256);
}, 60_000);
