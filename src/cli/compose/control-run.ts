import { hostname, userInfo } from 'node:os';
import { systemClock } from '../../base/index.ts';
import type { Settings } from '../../config/index.ts';
import type { Inventory } from '../../inventory/index.ts';
import type { Playbook } from '../../playbook/index.ts';
import { runPlaybook } from '../../run/index.ts';
import { formatBrokerUrl } from '../../transport/index.ts';
import type { CliContext } from '../context.ts';
import { EXIT_CODE_OF_VERDICT, type ExitCode } from '../exit-codes.ts';
import { createControl } from './connection.ts';
import type { createReporting } from './reporting.ts';

export interface ControlRunOptions {
  readonly playbook: Playbook;
  readonly variables: ReadonlyMap<string, string>;
  readonly inventory: Inventory | undefined;
  readonly holdLease: boolean;
  readonly takeOver: boolean;
}

/** Runs a checked playbook on the configured broker, shown by the configured reporter. */
export async function runOnBroker(
  options: ControlRunOptions,
  settings: Settings,
  { reporter, logger }: ReturnType<typeof createReporting>,
  { signal, environment, workingDirectory }: CliContext,
): Promise<ExitCode> {
  const clock = systemClock;
  try {
    const verdict = await runPlaybook({
      ...options,
      channel: createControl(settings, { clock, logger }),
      clock,
      logger,
      onEvent: (event) => reporter.onEvent(event),
      owner: ownerOf(environment),
      broker: formatBrokerUrl(settings.broker),
      timeoutMs: settings.timeoutMs,
      ackTimeoutMs: settings.ackTimeoutMs,
      offlineGraceMs: settings.offlineGraceMs,
      leaseMs: settings.leaseMs ?? 0,
      connectTimeoutMs: settings.brokerConnectTimeoutMs,
      brokerLostMs: settings.brokerLostTimeoutMs,
      workingDirectory,
      signal,
    });
    return EXIT_CODE_OF_VERDICT[verdict];
  } finally {
    reporter.clearLine();
  }
}

/** Who somebody else should ask when a node is taken: `user@machine`. */
function ownerOf({ USER }: NodeJS.ProcessEnv): string {
  return `${USER ?? userName()}@${hostname()}`;
}

/** A user without an entry in the password database has no name. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return `user ${process.getuid?.() ?? ''}`.trim();
  }
}
