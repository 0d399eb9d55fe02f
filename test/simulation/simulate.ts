import { silentLogger } from '../../src/base/index.ts';
import { createControlChannel } from '../../src/channel/index.ts';
import type { RunEvent, Verdict } from '../../src/events/index.ts';
import { parseTextPlaybook } from '../../src/playbook/index.ts';
import { runPlaybook } from '../../src/run/index.ts';
import { createMemoryBroker } from '../../src/transport/index.ts';
import { createFakeClock, type FakeClock } from '../support/fake-clock.ts';
import type { NodeHistory } from './history.ts';
import { createHost, type Host } from './host.ts';
import { createMortalClock } from './mortal-clock.ts';
import { createDisturbance } from './network.ts';
import { createRandom } from './random.ts';
import { type Mishap, NODES, type Scenario } from './scenario.ts';

export const LEASE_MS = 6000;
/** By then every mishap is over, and the network does what it should. */
const CALM_AT_MS = 90_000;
/** No run takes longer: its waits, its outages, its end. */
const LONGEST_MS = 30 * 60_000;
/** After the last run: leases lapse, agents are started again, what was delayed arrives. */
const AFTERMATH_MS = 60_000;
const ROOT = 'simulation';

/** A run, as it told about itself. */
export interface SimulatedRun {
  /** Of its playbook. */
  readonly lines: readonly string[];
  readonly events: readonly RunEvent[];
  /** Undefined when its control machine was killed, or when it did not end. */
  readonly verdict: Verdict | undefined;
  /** It could not begin: no broker, no nodes. */
  readonly refusal: unknown;
  readonly wasKilled: boolean;
}

export interface Outcome {
  readonly main: SimulatedRun;
  readonly rivals: readonly SimulatedRun[];
  /** Runs after all is calm again, one for each node: they must pass. */
  readonly probes: readonly SimulatedRun[];
  readonly histories: ReadonlyMap<string, NodeHistory>;
  readonly endMs: number;
  /** The wall clock when the monotonic one stood at 0. */
  readonly wallStartMs: number;
}

/** Plays a scenario to its end in virtual time. The same scenario gives the same outcome. */
export async function simulate({ lines, network, mishaps }: Scenario): Promise<Outcome> {
  const clock = createFakeClock();
  const random = createRandom(network.seed ^ 0x5bd1e995);
  const broker = createMemoryBroker(createDisturbance(network, clock, CALM_AT_MS));
  const hosts = new Map(
    NODES.map((node) => [node, createHost({ broker, clock, root: ROOT, node, random })] as const),
  );
  let controls = 0;

  function startRun(playbookLines: readonly string[], takeOver: boolean) {
    controls += 1;
    const clientId = `control${controls}`;
    const own = createMortalClock(clock, Math.floor(random() * 1e6));
    const transport = broker.connect({ clientId, clock: own, random });
    const interruption = new AbortController();
    const events: RunEvent[] = [];
    const run = {
      lines: playbookLines,
      events,
      verdict: undefined,
      refusal: undefined,
      wasKilled: false,
    } as {
      -readonly [K in keyof SimulatedRun]: SimulatedRun[K];
    };
    const { value: playbook } = parseTextPlaybook(playbookLines.join('\n'), 'simulated');
    if (!playbook) throw new Error(`not a playbook:\n${playbookLines.join('\n')}`);
    let over = false;
    const drop = (): void => {
      if (!over && transport.connected) broker.drop(clientId);
    };
    runPlaybook({
      playbook,
      variables: new Map(),
      channel: createControlChannel({
        transport,
        root: ROOT,
        clock: own,
        logger: silentLogger,
        ttlMs: 30_000,
      }),
      clock: own,
      logger: silentLogger,
      onEvent: (event) => void events.push(event),
      owner: clientId,
      broker: 'memory',
      timeoutMs: 20_000,
      ackTimeoutMs: 5000,
      offlineGraceMs: 1000,
      leaseMs: LEASE_MS,
      holdLease: true,
      takeOver,
      workingDirectory: '/',
      connectTimeoutMs: 10_000,
      brokerLostMs: 15_000,
      random,
      signal: interruption.signal,
    })
      .then(
        (verdict) => {
          run.verdict = verdict;
        },
        (thrown: unknown) => {
          run.refusal = thrown;
        },
      )
      .finally(() => {
        over = true;
      });
    return {
      run,
      isOver: () => over,
      interrupt: () => interruption.abort(new Error('interrupted')),
      kill() {
        if (over) return;
        over = true;
        run.wasKilled = true;
        own.die();
        if (transport.connected) broker.kill(clientId);
        else void transport.close();
      },
      drop,
      cutOff(forMs: number) {
        if (over || !transport.connected) return;
        broker.freeze(clientId);
        clock.setTimer(forMs, drop);
      },
    };
  }

  await clock.advance(2000);
  const main = startRun(lines, false);
  const rivals: ReturnType<typeof startRun>[] = [];
  for (const mishap of mishaps) clock.setTimer(mishap.atMs, () => happen(mishap));
  await clock.advanceUntil(main.isOver, LONGEST_MS);
  await clock.advanceUntil(() => rivals.every(({ isOver }) => isOver()), LONGEST_MS);
  await calm(clock);
  const endMs = clock.now();
  const probes = await probe();
  return {
    main: main.run,
    rivals: rivals.map(({ run }) => run),
    probes,
    histories: new Map([...hosts].map(([node, { history }]) => [node, history])),
    endMs,
    wallStartMs: clock.wallNow() - clock.now(),
  };

  function happen(mishap: Mishap): void {
    switch (mishap.kind) {
      case 'agent-killed':
        hostOf(mishap.node).kill(mishap.forMs);
        return;
      case 'agent-cut-off':
        hostOf(mishap.node).cutOff(mishap.forMs);
        return;
      case 'agent-dropped':
        hostOf(mishap.node).drop();
        return;
      case 'broker-restarted':
        broker.stop();
        clock.setTimer(mishap.forMs, () => broker.start());
        return;
      case 'control-cut-off':
        main.cutOff(mishap.forMs);
        return;
      case 'control-dropped':
        main.drop();
        return;
      case 'control-killed':
        main.kill();
        return;
      case 'interrupted':
        main.interrupt();
        return;
      case 'rival':
        rivals.push(startRun([`SEND ${mishap.node} MEASURE rival${mishap.atMs}`], true));
        return;
    }
  }

  function hostOf(node: (typeof NODES)[number]): Host {
    const host = hosts.get(node);
    if (!host) throw new Error(`no host ${node}`);
    return host;
  }

  async function probe(): Promise<readonly SimulatedRun[]> {
    const all = NODES.map((node) => {
      const steps = [
        `WAITFOR ${node} ALIVE`,
        `SEND ${node} STOP`,
        `WAITFOR ${node} STOPPED`,
        `SEND ${node} START probe`,
        `WAITFOR ${node} STARTED`,
      ];
      return startRun(steps, false);
    });
    await clock.advanceUntil(() => all.every(({ isOver }) => isOver()), LONGEST_MS);
    return all.map(({ run }) => run);
  }
}

async function calm(clock: FakeClock): Promise<void> {
  await clock.advance(Math.max(0, CALM_AT_MS - clock.now()) + AFTERMATH_MS);
}
