import { type Clock, createId, silentLogger } from '../../../src/base/index.ts';
import { createControlChannel } from '../../../src/channel/index.ts';
import { decodeCommand, type NodeName } from '../../../src/protocol/index.ts';
import { Fleet } from '../../../src/run/fleet.ts';
import { DEFAULT_TIMES } from '../../../src/run/times.ts';
import { createMemoryBroker, type Disturbance, type Transport } from '../../../src/transport/index.ts';
import { createRandom } from '../../simulation/random.ts';
import { createFakeClock } from '../../support/fake-clock.ts';
import { createScriptedAgent, type ScriptedAgent } from '../../support/scripted-agent.ts';

const ROOT = 'lab';
/** By then what was published is confirmed or given up. */
const LAST_WORDS_MS = 12_000;

/** How an agent's clock stands against the control machine's. */
export interface Skew {
  readonly startMs: number;
  /** In parts of one. */
  readonly drift: number;
}

/** A ping that went out. */
export interface SentPing {
  readonly node: string;
  readonly atMs: number;
  readonly qos: number;
}

export interface LabControl {
  readonly fleet: Fleet;
  /** Other than that of `send`, pings have QoS 0. */
  readonly pings: readonly SentPing[];
  readonly clientId: string;
  /** Its own clock stands still for so long, as that of a machine that sleeps does. */
  sleep(ms: number): void;
}

interface Link {
  /** The longest delay of a message on its way from or to an agent; each way keeps the order. */
  readonly jitterMs: number;
}

/** Agents with clocks of their own in virtual time, and control machines without a run. */
export function createClockLab(linkOf: (node: string) => Link = () => ({ jitterMs: 0 })) {
  const clock = createFakeClock();
  const random = createRandom(7);
  const lost = new Set<string>();
  const broker = createMemoryBroker({ clock, arrivals: createArrivals() });
  const skews = new Map<string, Skew>();
  const agents: ScriptedAgent[] = [];
  const controls: Fleet[] = [];
  const closings: (() => void)[] = [];

  function createArrivals(): Disturbance['arrivals'] {
    const lastAt = new Map<string, number>();
    return ({ kind, clientId, topic }) => {
      const [, node = ''] = clientId.split(':');
      const { jitterMs } = linkOf(node);
      if (kind === 'confirm' || node === '' || jitterMs === 0) return [0];
      if (lost.has(node) && kind === 'publish' && topic.endsWith('/REPLY')) return [];
      const way = `${kind} ${node}`;
      const at = Math.max(lastAt.get(way) ?? 0, clock.now() + random() * jitterMs);
      lastAt.set(way, at);
      return [at - clock.now()];
    };
  }

  return {
    clock,
    broker,
    agent(node: string, skew: Skew = { startMs: 0, drift: 0 }): ScriptedAgent {
      skews.set(node, skew);
      const own: Clock = { ...clock, now: () => clock.now() * (1 + skew.drift) + skew.startMs };
      const agent = createScriptedAgent({
        // Its timers are those of the virtual time: too few of them for the drift to matter.
        createTransport: (clientId, will) =>
          broker.connect({ clientId: `${clientId}:${node}`, will, clock, random: () => 0.5 }),
        clock: own,
        root: ROOT,
        node,
        script: {},
      });
      agents.push(agent);
      return agent;
    },
    /** Nodes that answer questions and pings at once, and do nothing else: so many that agents would take too long. */
    crowd(nodes: readonly string[]): void {
      const transport = broker.connect({ clientId: 'crowd', clock });
      const say = (node: string, reply: object): void => {
        const payload = JSON.stringify({ v: 1, session: `of ${node}`, seq: 0, ...reply });
        void transport.publish(`${ROOT}/${node}/REPLY`, payload, { qos: 1 });
      };
      transport.open([`${ROOT}/+/COMMAND`], {
        onConnection() {},
        onMessage({ topic, payload }) {
          const command = decodeCommand(payload);
          if (!command.ok || command.value.kind !== 'envelope') return;
          const { id, verb, sent } = command.value.envelope;
          const [, addressed = ''] = topic.split('/');
          const t = clock.now();
          if (verb === '_ping') say(addressed, { kind: 'pong', id, t0: sent, t1: t, t2: t });
          else for (const node of nodes) say(node, { kind: 'report', id, ...stateOf(node) });
        },
      });
      closings.push(() => void transport.close());
    },
    /** Its process dies, and everybody is told. */
    kill(agent: ScriptedAgent): void {
      agent.die();
      broker.kill(`${agent.clientId}:${agent.node}`);
    },
    /** What the agent says on REPLY is lost from now on. Its link must jitter. */
    loseRepliesOf: (node: string) => void lost.add(node),
    /** The agent's clock minus that of a control machine that never slept. */
    offsetOf(node: string, atMs = clock.now()): number {
      const { startMs, drift } = skews.get(node) ?? { startMs: 0, drift: 0 };
      return atMs * drift + startMs;
    },
    control(): LabControl {
      const clientId = `control${controls.length}`;
      const pings: SentPing[] = [];
      let sleptMs = 0;
      const own: Clock = { ...clock, now: () => clock.now() - sleptMs };
      const transport = recording(
        broker.connect({ clientId, clock, random: () => 0.5 }),
        (topic, payload, qos) => {
          const node = topic.split('/').at(-2) ?? '';
          if (JSON.parse(payload).verb === '_ping') pings.push({ node, atMs: clock.now(), qos });
        },
      );
      const fleet = new Fleet({
        channel: createControlChannel({
          transport,
          root: ROOT,
          clock: own,
          logger: silentLogger,
          ttlMs: 30_000,
        }),
        clock: own,
        logger: silentLogger,
        runId: createId(),
        settings: { ...DEFAULT_TIMES, owner: 'me', leaseMs: 0, takeOver: false, holdLease: false, createId },
        emit() {},
        random,
      });
      fleet.open(true);
      controls.push(fleet);
      return {
        fleet,
        pings,
        clientId,
        sleep(ms) {
          sleptMs += ms;
        },
      };
    },
    /** Lets time go on until it is settled; says how long that took. */
    async during(work: Promise<void>): Promise<number> {
      const since = clock.now();
      let isOver = false;
      work.then(
        () => {
          isOver = true;
        },
        () => {
          isOver = true;
        },
      );
      if (!(await clock.advanceUntil(() => isOver, 60_000))) throw new Error('it does not end');
      await work;
      return clock.now() - since;
    },
    /** @returns how many timers are left */
    async close(): Promise<number> {
      for (const each of [...controls, ...agents]) void each.close();
      for (const close of closings) close();
      await clock.advance(LAST_WORDS_MS);
      return clock.pendingTimers();
    },
  };
}

function stateOf(node: string): object {
  const about = {
    session: `of ${node}`,
    version: 'test',
    platform: 'test',
    groups: [],
    heartbeatMs: 600_000,
  };
  const info = { v: 1, node, accepts: ['text', 'envelope'], ...about };
  return { info, status: 'ALIVE', lease: null, forgotten: 0, unfinished: [] };
}

export const names = (fleet: Fleet): readonly NodeName[] => fleet.nodes.map(({ node }) => node);

function recording(
  transport: Transport,
  onCommand: (topic: string, payload: string, qos: number) => void,
): Transport {
  return {
    get connected() {
      return transport.connected;
    },
    open: (filters, listeners) => transport.open(filters, listeners),
    publish(topic, payload, options) {
      if (typeof payload === 'string') onCommand(topic, payload, options.qos);
      return transport.publish(topic, payload, options);
    },
    close: () => transport.close(),
  };
}
