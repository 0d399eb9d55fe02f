import { afterEach, describe, expect, it } from 'vitest';
import { type NodeName, parseNodeName } from '../../../src/protocol/index.ts';
import type { Fleet } from '../../../src/run/fleet.ts';
import { createClockLab, names } from './clock-lab.ts';

let lab: ReturnType<typeof createClockLab>;
afterEach(async () => {
  expect(await lab.close()).toBe(0);
});

const { signal } = new AbortController();
const nameOf = (text: string): NodeName => parseNodeName(text) ?? expect.fail();
const node1 = nameOf('node1');

/** Agents whose clocks have nothing to do with each other. */
function startAgents(count: number): void {
  for (let n = 0; n < count; n += 1) {
    lab.agent(`node${n + 1}`, { startMs: 1e6 * (n % 5) + n, drift: 50e-6 * ((n % 3) - 1) });
  }
}

function expectTruth(fleet: Fleet): void {
  for (const node of names(fleet)) {
    const { offsetMs, uncertaintyMs } =
      fleet.clocks.of(node) ?? expect.fail(`the clock of ${node} is not known`);
    expect(Math.abs(lab.offsetOf(node) - offsetMs)).toBeLessThanOrEqual(uncertaintyMs);
  }
}

describe('measuring clocks', () => {
  it.each([
    [0, 20, 400],
    [5, 60, 1200],
    [40, 60, 1200],
  ])(
    'on links with up to %i ms of delay each way: %i pings, about %i ms, and the truth',
    async (jitterMs, pings, ms) => {
      lab = createClockLab(() => ({ jitterMs }));
      startAgents(5);
      const { fleet } = lab.control();
      await lab.clock.advance(5000);
      const took = await lab.during(fleet.clocks.calibrate(names(fleet), { signal }));
      expectTruth(fleet);
      for (const node of names(fleet)) expect(fleet.clocks.of(node)?.samples).toBeGreaterThanOrEqual(pings);
      expect(took).toBeGreaterThan(ms * 0.9);
      expect(took).toBeLessThan(ms * 1.1 + 4 * jitterMs + 150);
    },
  );

  it('goes on for a small MAXSKEW', async () => {
    lab = createClockLab(() => ({ jitterMs: 20 }));
    startAgents(2);
    const { fleet } = lab.control();
    await lab.clock.advance(5000);
    await lab.during(fleet.clocks.calibrate(names(fleet), { signal, maxSkewMs: 1 }));
    expect(fleet.clocks.of(node1)?.samples).toBeGreaterThan(80);
    expectTruth(fleet);
  });

  it('of one node is not held up by another’s jitter, and both are right', async () => {
    lab = createClockLab((node) => ({ jitterMs: node === 'node2' ? 200 : 0 }));
    startAgents(2);
    const { fleet, pings } = lab.control();
    await lab.clock.advance(5000);
    await lab.during(fleet.clocks.calibrate(names(fleet), { signal }));
    expectTruth(fleet);
    const times = pings.filter(({ node }) => node === 'node2').map(({ atMs }) => atMs);
    const [first = 0] = times;
    const last = times.at(-1) ?? 0;
    // Half the jitter apart, once that is known.
    expect((last - first) / (times.length - 1)).toBeGreaterThan(60);
  });

  it('ends at its limit: what is known by then has to do, and what is not stays unknown', async () => {
    lab = createClockLab(() => ({ jitterMs: 0.5 }));
    startAgents(2);
    const { fleet } = lab.control();
    await lab.clock.advance(5000);
    lab.loseRepliesOf('node2');
    const told: string[] = [];
    const took = await lab.during(
      fleet.clocks.calibrate(names(fleet), {
        signal,
        limitMs: 3000,
        reportProgress: ({ satisfied, missing }) =>
          told.push(`${satisfied.join()}; ${missing.map(({ node, reason }) => `${node}: ${reason}`).join()}`),
      }),
    );
    expect(took).toBe(3000);
    expect(fleet.clocks.of(node1)?.samples).toBeGreaterThanOrEqual(20);
    expect(fleet.clocks.of(nameOf('node2'))).toBeUndefined();
    expect(told).toEqual(
      Array.from({ length: 2 }, () => 'node1; node2: its clock is not known: it has answered no ping'),
    );
  });

  it('does not wait for whoever is lost, has terminated or cannot be asked; for whoever is late it does', async () => {
    lab = createClockLab();
    startAgents(3);
    const legacy = lab.broker.connect({ clientId: 'legacy', clock: lab.clock });
    legacy.open([], { onMessage() {}, onConnection() {} });
    await lab.clock.advance(0);
    void legacy.publish('lab/old/STATUS', 'ALIVE', { qos: 1, retain: true });
    const { fleet, pings } = lab.control();
    await lab.clock.advance(5000);
    fleet.commands.send(node1, 'TERMINATE');
    await lab.clock.advance(3000);
    expect([node1, nameOf('old')].map((node) => fleet.node(node).state)).toEqual(['terminated', 'legacy']);
    const before = pings.length;
    expect(await lab.during(fleet.clocks.calibrate(names(fleet), { signal }))).toBeLessThan(1000);
    expect(new Set(pings.slice(before).map(({ node }) => node))).toEqual(new Set(['node2', 'node3']));

    lab.clock.setTimer(2000, () => lab.agent('node4'));
    const node4 = nameOf('node4');
    fleet.node(node4);
    expect(await lab.during(fleet.clocks.calibrate([node4], { signal }))).toBeGreaterThan(2300);
    expect(fleet.clocks.of(node4)?.samples).toBeGreaterThanOrEqual(20);
    await legacy.close();
  });

  it('waits no longer for whoever is lost meanwhile', async () => {
    lab = createClockLab();
    startAgents(1);
    const agent = lab.agent('node2');
    const { fleet } = lab.control();
    await lab.clock.advance(5000);
    lab.clock.setTimer(200, () => lab.kill(agent));
    const took = await lab.during(fleet.clocks.calibrate(names(fleet), { signal }));
    expect(fleet.node(nameOf('node2')).state).toBe('lost');
    expect(took).toBeGreaterThan(2000);
    expect(took).toBeLessThan(2500);
  });

  it('of nobody is over at once, and of those that are known well enough, too', async () => {
    lab = createClockLab();
    startAgents(2);
    const { fleet, pings } = lab.control();
    await lab.clock.advance(5000);
    expect(await lab.during(fleet.clocks.calibrate([], { signal }))).toBe(0);
    await lab.during(fleet.clocks.calibrate(names(fleet), { signal }));
    const { length } = pings;
    expect(await lab.during(fleet.clocks.calibrate(names(fleet), { signal }))).toBe(0);
    await lab.clock.advance(60_000);
    expect(pings).toHaveLength(length);
  });

  it('can be interrupted', async () => {
    lab = createClockLab();
    startAgents(2);
    const { fleet, pings } = lab.control();
    await lab.clock.advance(5000);
    const interruption = new AbortController();
    const reason = new Error('interrupted');
    lab.clock.setTimer(100, () => interruption.abort(reason));
    const calibrating = fleet.clocks.calibrate(names(fleet), { signal: interruption.signal });
    await expect(lab.during(calibrating)).rejects.toBe(reason);
    const { length } = pings;
    await lab.clock.advance(5000);
    expect(pings).toHaveLength(length);
    await expect(fleet.clocks.calibrate(names(fleet), { signal: interruption.signal })).rejects.toBe(reason);
  });

  it('sends nothing while the broker is gone, and goes on when it is back', async () => {
    lab = createClockLab();
    startAgents(2);
    const { fleet, pings, clientId } = lab.control();
    await lab.clock.advance(5000);
    const calibrating = fleet.clocks.calibrate(names(fleet), { signal });
    await lab.clock.advance(100);
    lab.broker.drop(clientId);
    const { length } = pings;
    await lab.clock.advance(200);
    expect(pings).toHaveLength(length);
    await lab.during(calibrating);
    expectTruth(fleet);
  });
});

describe('a clock', () => {
  it('is forgotten with its session', async () => {
    lab = createClockLab();
    const first = lab.agent('node1', { startMs: 5000, drift: 0 });
    const { fleet } = lab.control();
    await lab.clock.advance(5000);
    await lab.during(fleet.clocks.calibrate([node1], { signal }));
    expect(fleet.clocks.of(node1)?.offsetMs).toBeCloseTo(5000, 1);
    await first.close();
    lab.agent('node1', { startMs: -300, drift: 0 });
    await lab.clock.advance(5000);
    expect(fleet.clocks.of(node1)).toBeUndefined();
    await lab.during(fleet.clocks.calibrate([node1], { signal }));
    expect(fleet.clocks.of(node1)?.offsetMs).toBeCloseTo(-300, 1);
  });

  it('is measured anew when the agent is started again meanwhile', async () => {
    lab = createClockLab((node) => ({ jitterMs: node === 'node2' ? 5 : 0 }));
    const first = lab.agent('node1', { startMs: 5000, drift: 0 });
    lab.agent('node2');
    const { fleet } = lab.control();
    await lab.clock.advance(5000);
    const calibrating = fleet.clocks.calibrate(names(fleet), { signal });
    // It is known well enough by now, and the other one is not.
    await lab.clock.advance(600);
    lab.kill(first);
    lab.agent('node1', { startMs: 77, drift: 0 });
    await lab.during(calibrating);
    expect(fleet.clocks.of(node1)?.offsetMs).toBeCloseTo(77, 1);
    expect(fleet.clocks.of(node1)?.samples).toBeGreaterThanOrEqual(20);
  });

  it('is forgotten when the control machine has slept, and measured anew', async () => {
    lab = createClockLab(() => ({ jitterMs: 5 }));
    startAgents(2);
    const { fleet, sleep } = lab.control();
    await lab.clock.advance(5000);
    const calibrating = fleet.clocks.calibrate(names(fleet), { signal });
    await lab.clock.advance(600);
    const { size } = fleet.clocks;
    sleep(8000);
    await lab.clock.advance(20);
    expect(fleet.clocks.size).toBeLessThan(size / 4);
    expect(await lab.during(calibrating)).toBeGreaterThan(1000);
    const { offsetMs = 0, uncertaintyMs = 0 } = fleet.clocks.of(node1) ?? {};
    expect(Math.abs(lab.offsetOf('node1') + 8000 - offsetMs)).toBeLessThanOrEqual(uncertaintyMs);
  });

  it('is known by the pong that a command needs anyway', async () => {
    lab = createClockLab();
    startAgents(1);
    const { fleet, pings } = lab.control();
    await lab.clock.advance(5000);
    expect(fleet.clocks.of(node1)).toBeUndefined();
    fleet.commands.send(node1, 'START');
    await lab.clock.advance(100);
    expect(pings).toHaveLength(1);
    expect(fleet.clocks.of(node1)?.samples).toBe(1);
    expectTruth(fleet);
  });

  it('is not known by the pongs to somebody else’s pings', async () => {
    lab = createClockLab();
    startAgents(3);
    const mine = lab.control();
    const others = lab.control();
    await lab.clock.advance(5000);
    await lab.during(others.fleet.clocks.calibrate(names(others.fleet), { signal }));
    expect(others.fleet.clocks.of(node1)?.samples).toBeGreaterThanOrEqual(20);
    expect(mine.fleet.clocks.of(node1)).toBeUndefined();
    expect(mine.fleet.clocks.size).toBe(0);
    await lab.during(mine.fleet.clocks.calibrate(names(mine.fleet), { signal }));
    const { size } = mine.fleet.clocks;
    await lab.during(others.fleet.clocks.calibrate(names(others.fleet), { signal, maxSkewMs: 0.01 }));
    others.fleet.commands.send(node1, 'START');
    await lab.clock.advance(100);
    expect(mine.fleet.clocks.size).toBe(size);
  });

  it('of a node that is no longer of the run is forgotten', async () => {
    lab = createClockLab();
    startAgents(2);
    const { fleet } = lab.control();
    await lab.clock.advance(5000);
    await lab.during(fleet.clocks.calibrate(names(fleet), { signal }));
    fleet.keepOnly([]);
    expect(fleet.clocks.size).toBe(0);
  });
});
