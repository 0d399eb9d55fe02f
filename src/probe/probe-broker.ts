import { AppError, createId, formatDuration, withTimeout } from '../base/index.ts';
import { ConnectionError, formatBrokerUrl } from '../transport/index.ts';
import { Bench } from './bench.ts';
import type { Probe, ProbeFinding, ProbeResult } from './probe.ts';
import { PROBES } from './probes/registry.ts';
import { type ReachOptions, reachBroker } from './reach-broker.ts';

export interface ProbeBrokerOptions extends ReachOptions {
  /** `MQTT_TOPIC`: the probes' topics are below it, where the broker must let us. */
  readonly root: string;
  /** Default: all there are. */
  readonly probes?: readonly Probe[];
  /** Called with each finding as soon as it is there. */
  readonly onFinding: (finding: ProbeFinding) => void;
}

/**
 * Tries out what the broker delivers, since what it acknowledges proves nothing. One probe after the other, each within
 * its own time, and nothing of them stays at the broker.
 * @throws AppError BROKER_UNREACHABLE, BROKER_REFUSED; the signal's reason
 */
export async function probeBroker(options: ProbeBrokerOptions): Promise<readonly ProbeFinding[]> {
  const { onFinding, probes = PROBES } = options;
  await reachBroker(options);
  const createBench = benchMaker(options);
  const findings: ProbeFinding[] = [];
  let blockedBy: Probe | undefined;
  for (const probe of probes) {
    const bench = createBench(probe.name);
    const result = blockedBy ? undefined : await runProbe(probe, bench, options);
    if (probe.isPrerequisite && result?.works === false) blockedBy ??= probe;
    const finding = findingOf(probe, result);
    findings.push(finding);
    onFinding(finding);
  }
  return findings;
}

function benchMaker({ login, root, clock }: ProbeBrokerOptions): (name: string) => Bench {
  const id = createId().slice(0, 8);
  let clients = 0;
  const createClientId = (): string => {
    clients += 1;
    return `check-${id}-${clients}`;
  };
  return (name) => new Bench({ login, root, clock, name, ownLevel: `_check-${id}`, createClientId });
}

async function runProbe(probe: Probe, bench: Bench, options: ProbeBrokerOptions): Promise<ProbeResult> {
  const { clock, logger, signal } = options;
  try {
    const running = untilAborted(probe.run(bench), signal);
    return await withTimeout(clock, running, probe.limitMs, () => ({
      works: false,
      detail: `it was not over after ${formatDuration(probe.limitMs)}`,
    }));
  } catch (thrown) {
    if (!(thrown instanceof ConnectionError)) throw thrown;
    await assertStillThere(bench, options);
    return { works: false, detail: thrown.message };
  } finally {
    const problem = await bench.clear();
    if (problem !== undefined)
      logger.warn(`not everything below ${bench.topic()} could be taken back: ${problem}`);
  }
}

/** Of a broker that has gone, the rest of the probes would tell nothing. */
async function assertStillThere(bench: Bench, { login }: ProbeBrokerOptions): Promise<void> {
  try {
    await bench.connect();
  } catch (thrown) {
    if (!(thrown instanceof ConnectionError)) throw thrown;
    const broker = formatBrokerUrl(login.url);
    throw new AppError('BROKER_UNREACHABLE', `${broker} was lost during the check: ${thrown.message}`, {
      hint: 'look into the log of the broker, and repeat the check',
    });
  }
}

function findingOf(
  { name, title, importance, remedy }: Probe,
  result: ProbeResult | undefined,
): ProbeFinding {
  const about = { probe: name, title, importance };
  if (!result) return { ...about, outcome: 'skipped', detail: 'nothing that is published arrives' };
  const { works, detail } = result;
  if (works) return { ...about, outcome: 'works', detail };
  return { ...about, outcome: 'fails', detail, ...(remedy !== undefined && { remedy }) };
}

/** What goes on after the abort is swallowed. */
function untilAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason);
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort);
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}
