import type { RoundTrip } from '../../src/sync/index.ts';
import { createRandom, type Random } from '../simulation/random.ts';

/** Draws the delay of one packet on one way of a link, in milliseconds. */
type Delay = (random: Random) => number;

/** The links between a control machine and its agents, all over one broker. Each way of a link keeps the order. */
interface Profile {
  readonly toAgent: Delay;
  readonly fromAgent: Delay;
  /** Of the control machine's own link, which all pings share. */
  readonly ofControl: Delay;
}

const none: Delay = () => 0;
const uniform =
  (jitterMs: number): Delay =>
  (random) =>
    random() * jitterMs;
const heavyTail: Delay = (random) => (random() < 0.05 ? 50 + random() * 150 : random() * 5);
const plus =
  (ms: number, delay: Delay): Delay =>
  (random) =>
    ms + delay(random);

const onAgentsLinks = (delay: Delay): Profile => ({ toAgent: delay, fromAgent: delay, ofControl: none });

/** Those that were measured; `J40` stands for 0 to 40 ms each way. */
export const PROFILES = {
  J0: onAgentsLinks(none),
  J5: onAgentsLinks(uniform(5)),
  J20: onAgentsLinks(uniform(20)),
  J40: onAgentsLinks(uniform(40)),
  'heavy tail': onAgentsLinks(heavyTail),
  'asymmetric by 10': { toAgent: plus(10, uniform(5)), fromAgent: uniform(5), ofControl: none },
  'two jittery legs': { ...onAgentsLinks(uniform(40)), ofControl: uniform(40) },
} as const satisfies Record<string, Profile>;

export type ProfileName = keyof typeof PROFILES;

interface TraceOptions {
  readonly profile: ProfileName;
  readonly nodes: number;
  readonly pingsPerNode: number;
  /** Between two pings to a node. */
  readonly intervalMs: number;
  readonly seed: number;
  /** By which all agents' clocks run faster than the control machine's, in parts of one. */
  readonly drift?: number;
}

export interface Trace {
  readonly trips: readonly RoundTrip[];
  /** At a time of the control machine's. */
  readonly offsetAt: (now: number) => number;
}

interface Packet {
  readonly node: number;
  readonly at: number;
  readonly t0: number;
  readonly t1: number;
  readonly t2: number;
}

/** What pings, staggered as they are sent, meet: a trace for each node. */
export function createTraces(options: TraceOptions): readonly Trace[] {
  const { profile: name, nodes, pingsPerNode, intervalMs, seed, drift = 0 } = options;
  const { toAgent, fromAgent, ofControl }: Profile = PROFILES[name];
  const random = createRandom(seed);
  const offsets = Array.from({ length: nodes }, () => (random() - 0.5) * 2e6);
  const agentTime = (node: number, at: number): number => at * (1 + drift) + (offsets[node] ?? 0);

  const pings: Packet[] = [];
  for (let round = 0; round < pingsPerNode; round += 1) {
    for (let node = 0; node < nodes; node += 1) {
      const phase = (node + 0.6 * (random() - 0.5)) / nodes;
      const at = (round + 1 + phase) * intervalMs;
      pings.push({ node, at, t0: at, t1: 0, t2: 0 });
    }
  }
  const arrived = link(
    link(pings, ofControl, random, () => 0),
    toAgent,
    random,
    ({ node }) => node,
  );
  const pongs = arrived.map((packet) => {
    const leftAt = packet.at + processing(random);
    return {
      ...packet,
      at: leftAt,
      t1: agentTime(packet.node, packet.at),
      t2: agentTime(packet.node, leftAt),
    };
  });
  const back = link(
    link(pongs, fromAgent, random, ({ node }) => node),
    ofControl,
    random,
    () => 0,
  );
  return offsets.map((offset, node) => ({
    trips: back
      .filter((packet) => packet.node === node)
      .map(({ at, t0, t1, t2 }) => ({ t0, t1, t2, t3: at })),
    offsetAt: (now) => now * drift + offset,
  }));
}

/** Sends packets over links that keep the order; returns them as they come out, the earliest first. */
function link(
  packets: readonly Packet[],
  delay: Delay,
  random: Random,
  linkOf: (packet: Packet) => number,
): readonly Packet[] {
  const lastAt = new Map<number, number>();
  return packets
    .toSorted((a, b) => a.at - b.at)
    .map((packet) => {
      const at = Math.max(packet.at + passing(random) + delay(random), lastAt.get(linkOf(packet)) ?? 0);
      lastAt.set(linkOf(packet), at);
      return { ...packet, at };
    })
    .toSorted((a, b) => a.at - b.at);
}

/** What a process and a switch take, mostly little. */
function passing(random: Random): number {
  return 0.05 - 0.05 * Math.log(1 - random());
}

function processing(random: Random): number {
  return 0.1 + 0.1 * random();
}
