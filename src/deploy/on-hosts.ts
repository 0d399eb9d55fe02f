import type { NodeName } from '../protocol/index.ts';
import { HostFailure, type HostOutcome, type Target } from './model.ts';

/** What happens on hosts, as it happens. */
export type HostEvent =
  | { readonly kind: 'progress'; readonly node: NodeName; readonly what: string }
  | { readonly kind: 'finished'; readonly node: NodeName; readonly outcome: HostOutcome };

export interface HostsOptions {
  /** How many at a time. */
  readonly parallel: number;
  /** After so many failures no other host is begun. */
  readonly maxFailures: number;
  readonly onEvent: (event: HostEvent) => void;
  readonly signal: AbortSignal;
}

/**
 * Does the same on every host. A host that fails does not stop the others; anything but a HostFailure does.
 * @returns in the order of the hosts
 */
export async function onHosts<H extends { readonly target: Target }>(
  hosts: readonly H[],
  story: (host: H, onProgress: (what: string) => void) => Promise<HostOutcome>,
  { parallel, maxFailures, onEvent, signal }: HostsOptions,
): Promise<ReadonlyMap<NodeName, HostOutcome>> {
  const outcomes = new Map<NodeName, HostOutcome>();
  const waiting = [...hosts];
  let failures = 0;
  let bug: { readonly thrown: unknown } | undefined;

  const worker = async (): Promise<void> => {
    for (let host = waiting.shift(); host; host = waiting.shift()) {
      if (bug || signal.aborted) return;
      const { node } = host.target;
      const outcome = failures >= maxFailures ? SKIPPED : await outcomeOf(host, node);
      if (!outcome) return;
      if (outcome.kind === 'failed') failures += 1;
      outcomes.set(node, outcome);
      onEvent({ kind: 'finished', node, outcome });
    }
  };

  const outcomeOf = async (host: H, node: NodeName): Promise<HostOutcome | undefined> => {
    try {
      return await story(host, (what) => onEvent({ kind: 'progress', node, what }));
    } catch (thrown) {
      if (thrown instanceof HostFailure) return { kind: 'failed', problem: thrown.problem };
      bug ??= { thrown };
      return undefined;
    }
  };

  await Promise.all(Array.from({ length: Math.min(parallel, hosts.length) }, worker));
  signal.throwIfAborted();
  if (bug) throw bug.thrown;
  return new Map(
    hosts.flatMap(({ target: { node } }) => {
      const outcome = outcomes.get(node);
      return outcome ? [[node, outcome] as const] : [];
    }),
  );
}

const SKIPPED: HostOutcome = { kind: 'skipped' };
