import { type Clock, createId, type Logger } from '../base/index.ts';
import {
  brokerRefuses,
  brokerUnreachable,
  createMqttTransport,
  formatBrokerUrl,
} from '../transport/index.ts';
import type { Login } from './bench.ts';

export interface ReachOptions {
  readonly login: Login;
  readonly clock: Clock;
  readonly logger: Logger;
  /** How long to try to reach the broker at the start. */
  readonly connectTimeoutMs: number;
  readonly signal: AbortSignal;
}

/** Connects, tries again until the time is over, and disconnects. */
export async function reachBroker(options: ReachOptions): Promise<void> {
  const { login, clock, logger, connectTimeoutMs, signal } = options;
  const broker = formatBrokerUrl(login.url);
  const clientId = `check-${createId().replaceAll('-', '').slice(0, 14)}`;
  const transport = createMqttTransport({ ...login, clientId, clock, logger });
  const cleanUps: (() => void)[] = [];
  const told = new Set<string>();
  let lastReason = 'no answer';
  try {
    await new Promise<void>((resolve, reject) => {
      signal.throwIfAborted();
      const onAbort = (): void => reject(signal.reason);
      signal.addEventListener('abort', onAbort);
      cleanUps.push(
        () => signal.removeEventListener('abort', onAbort),
        clock.setTimer(connectTimeoutMs, () =>
          reject(brokerUnreachable(broker, connectTimeoutMs, lastReason)),
        ),
      );
      transport.open([], {
        onMessage() {},
        onConnection(event) {
          if (event.kind === 'connected') resolve();
          if (event.kind !== 'attempt-failed') return;
          lastReason = event.reason;
          if (event.refused) reject(brokerRefuses(broker, lastReason));
          else if (!told.has(lastReason))
            logger.warn(`${broker} cannot be reached: ${lastReason}; still trying`);
          told.add(lastReason);
        },
      });
    });
  } finally {
    for (const cleanUp of cleanUps) cleanUp();
    await transport.close();
  }
}
