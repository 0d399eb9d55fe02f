import type { Leftover } from '../../src/agent/machine/agent-port.ts';
import { type Clock, silentLogger } from '../../src/base/index.ts';
import { createControlChannel } from '../../src/channel/index.ts';
import type { RunEvent, RunEventBody, Verdict } from '../../src/events/index.ts';
import { parseTextPlaybook } from '../../src/playbook/index.ts';
import { type RunOptions, runPlaybook } from '../../src/run/index.ts';
import {
  createMemoryBroker,
  type Disturbance,
  type MemoryBroker,
  type Transport,
} from '../../src/transport/index.ts';
import { createRandom } from '../simulation/random.ts';
import { createFakeClock, type FakeClock } from '../support/fake-clock.ts';
import {
  createScriptedAgent,
  type NodeScript,
  type ScriptedAgent,
  type ScriptedListeners,
  type ScriptedLook,
} from '../support/scripted-agent.ts';
import { createTextOnlyAgent, type TextOnlyAgent, type TextOnlyOptions } from './text-only-agent.ts';

export const ROOT = 'lab';
/** No story takes longer than this in virtual time. */
const LONGEST_MS = 3_600_000;
const STEP_MS = 100;

type EventOf<T extends RunEventBody['type']> = Extract<RunEvent, { type: T }>;

/** A run under way: what it said so far, and how it ends. */
export interface Run {
  readonly events: readonly RunEvent[];
  readonly clientId: string;
  /** The events of a type so far. */
  all<T extends RunEventBody['type']>(type: T): readonly EventOf<T>[];
  /** Reacts to events of a type in the moment they are said. */
  on<T extends RunEventBody['type']>(type: T, react: (event: EventOf<T>) => void): void;
  /** Aborts it, as the first Ctrl-C does. */
  interrupt(): void;
  /** Lets time go on until it has ended. */
  end(): Promise<Verdict>;
  /** Lets time go on until such an event has been said. */
  until<T extends RunEventBody['type']>(type: T, fits?: (event: EventOf<T>) => boolean): Promise<EventOf<T>>;
}

/** An agent whose connection and process can be broken. */
export interface LabAgent extends ScriptedAgent {
  /** The connection is lost; it comes back by itself. */
  drop(): void;
  /** The process dies: its will is published, and nothing is ever heard again. */
  kill(): void;
  /** The network swallows everything from now on, without a word. */
  freeze(): void;
}

/** An agent of the original kind: plain text in, a retained STATUS out, and nothing else. */
export interface LegacyAgent {
  readonly received: readonly string[];
  says(text: string): void;
}

/** Agents, a broker and a control machine in virtual time. */
export interface Lab {
  readonly clock: FakeClock;
  readonly broker: MemoryBroker;
  /** An agent without Node.js: INFO and heartbeats, but plain text only. */
  textOnlyAgent(node: string, options?: Pick<TextOnlyOptions, 'groups' | 'answers'>): TextOnlyAgent;
  /**
   * @param leftovers what killed agents have left on its machine
   * @param listeners what its system tells of the ports that are listened on; its script adds to it
   * @param look what a look at its machine tells
   */
  agent(
    node: string,
    script?: NodeScript,
    groups?: readonly string[],
    leftovers?: Leftover[],
    listeners?: ScriptedListeners,
    look?: ScriptedLook,
  ): LabAgent;
  /** @param retained the STATUS that it has left at the broker */
  legacyAgent(node: string, retained: string): LegacyAgent;
  /** @param behind puts something between the run and the broker */
  run(playbook: string, options?: Partial<RunOptions>, behind?: (transport: Transport) => Transport): Run;
  /** The control machine sleeps: its monotonic clock stands still, all other clocks go on by so much. */
  sleep(ms: number): void;
  close(): Promise<void>;
}

export const SCRIPT: NodeScript = {
  startFunction: { takesMs: 50, prints: ['started'] },
  stopFunction: { takesMs: 20 },
};

/** @param arrivals what the network does to messages; default: nothing */
export function createLab(arrivals?: Disturbance['arrivals']): Lab {
  const clock = createFakeClock();
  const broker = createMemoryBroker(arrivals && { clock, arrivals });
  const closings: (() => Promise<void>)[] = [];
  let runs = 0;
  let sleptMs = 0;
  const controlClock: Clock = { ...clock, wallNow: () => clock.wallNow() + sleptMs };
  const agentClock: Clock = { ...controlClock, now: () => clock.now() + sleptMs };

  async function goOnUntil(isDone: () => boolean, what: string): Promise<void> {
    for (const since = clock.now(); !isDone(); await clock.advance(STEP_MS)) {
      if (clock.now() - since > LONGEST_MS) throw new Error(`${what} did not come`);
    }
  }

  function run(
    source: string,
    options: Partial<RunOptions> = {},
    behind = (transport: Transport): Transport => transport,
  ): Run {
    const { value: playbook, diagnostics } = parseTextPlaybook(source, 'test.playbook');
    if (!playbook) throw new Error(diagnostics.map(({ message }) => message).join('\n'));
    runs += 1;
    const clientId = `control${runs}`;
    const transport = behind(broker.connect({ clientId, clock, random: () => 0.5 }));
    const events: RunEvent[] = [];
    const interruption = new AbortController();
    const all = <T extends RunEventBody['type']>(type: T) =>
      events.filter((event): event is EventOf<T> => event.type === type);
    const reactions: ((event: RunEvent) => void)[] = [];
    let ended = false;
    const outcome = runPlaybook({
      playbook,
      variables: new Map(),
      channel: createControlChannel({
        transport,
        root: ROOT,
        clock: controlClock,
        logger: silentLogger,
        ttlMs: 30_000,
      }),
      clock: controlClock,
      logger: silentLogger,
      onEvent(event) {
        events.push(event);
        for (const react of reactions) react(event);
      },
      owner: `user${runs}@lab`,
      broker: 'memory',
      timeoutMs: 300_000,
      ackTimeoutMs: 10_000,
      offlineGraceMs: 2000,
      leaseMs: 15_000,
      holdLease: true,
      takeOver: false,
      workingDirectory: '/',
      connectTimeoutMs: 10_000,
      brokerLostMs: 120_000,
      random: createRandom(runs),
      signal: interruption.signal,
      ...options,
    }).finally(() => {
      ended = true;
    });
    // Whoever awaits the end gets its rejection; until then it is nobody's.
    outcome.catch(() => {});
    return {
      events,
      clientId,
      all,
      on: (type, react) =>
        reactions.push((event) => {
          if (event.type === type) react(event as EventOf<typeof type>);
        }),
      interrupt: () => interruption.abort(new Error('interrupted')),
      async end() {
        await goOnUntil(() => ended, 'the end of the run');
        return outcome;
      },
      async until(type, fits = () => true) {
        await goOnUntil(() => ended || all(type).some(fits), type);
        const event = all(type).find(fits);
        if (!event) throw new Error(`the run ended without ${type}`);
        return event;
      },
    };
  }

  return {
    clock,
    broker,
    run,
    agent(node, script = SCRIPT, groups = [], leftovers = [], listeners = [], look = () => ({})) {
      const agent = createScriptedAgent({
        createTransport: (clientId, will) =>
          broker.connect({ clientId, will, clock: agentClock, random: () => 0.5 }),
        clock: agentClock,
        root: ROOT,
        node,
        script,
        groups,
        leftovers,
        listeners,
        look,
      });
      closings.push(() => agent.close());
      return {
        ...agent,
        drop: () => broker.drop(agent.clientId),
        kill() {
          agent.die();
          broker.kill(agent.clientId);
        },
        freeze: () => broker.freeze(agent.clientId),
      };
    },
    textOnlyAgent(node, options) {
      const agent = createTextOnlyAgent({ broker, clock, root: ROOT, node, ...options });
      closings.push(() => agent.close());
      return agent;
    },
    legacyAgent(node, retained) {
      const transport = broker.connect({ clientId: `legacy-${node}`, clock });
      const received: string[] = [];
      const says = (text: string): void =>
        void transport.publish(`${ROOT}/${node}/STATUS`, text, { qos: 1, retain: true });
      transport.open([`${ROOT}/${node}/COMMAND`], {
        onMessage: ({ payload }) => received.push(new TextDecoder().decode(payload)),
        onConnection: ({ kind }) => kind === 'connected' && says(retained),
      });
      closings.push(() => transport.close());
      return { received, says };
    },
    sleep(ms) {
      sleptMs += ms;
    },
    async close() {
      for (const close of closings) void close();
      await clock.advance(2000);
    },
  };
}

/** The text of every problem that a run or a step ended with. */
export function problemsOf(event: EventOf<'run-finished' | 'step-finished'>): string[] {
  return event.problems.map(({ node, reason }) => `${node}: ${reason}`);
}

/** Everything that is published on the COMMAND topics from now on: `topic VERB`. */
export function listenToCommands(lab: Lab): string[] {
  const heard: string[] = [];
  const transport = lab.broker.connect({ clientId: 'listener', clock: lab.clock });
  transport.open([`${ROOT}/+/COMMAND`, `${ROOT}/_group/+/COMMAND`], {
    onMessage({ topic, payload }) {
      const { verb } = JSON.parse(new TextDecoder().decode(payload));
      if (!verb.startsWith('_')) heard.push(`${topic.slice(ROOT.length + 1)} ${verb}`);
    },
    onConnection: () => {},
  });
  return heard;
}
