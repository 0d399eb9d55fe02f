import { type Clock, createId, type Logger } from '../../base/index.ts';
import { type ControlChannel, createControlChannel } from '../../channel/index.ts';
import type { Settings } from '../../config/index.ts';
import { createMqttTransport, type Transport, type Will } from '../../transport/index.ts';

export interface ConnectionTools {
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Commands older than this on arrival are not run any more. */
const COMMAND_TTL_MS = 30_000;

/** A connection to the configured broker. */
export function createTransport(
  settings: Settings,
  client: { readonly clientId: string; readonly will?: Will },
  { clock, logger }: ConnectionTools,
): Transport {
  return createMqttTransport({
    ...loginOf(settings),
    ...client,
    clock,
    logger,
  });
}

/** How to get into the configured broker. */
export function loginOf({ broker, username, password, ca }: Settings) {
  return {
    url: broker,
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password }),
    ...(ca !== undefined && { ca }),
  };
}

/** The control machine's end of the configured broker. */
export function createControl(settings: Settings, tools: ConnectionTools): ControlChannel {
  const clientId = `control-${createId().replaceAll('-', '').slice(0, 14)}`;
  const transport = createTransport(settings, { clientId }, tools);
  return createControlChannel({ transport, root: settings.rootTopic, ttlMs: COMMAND_TTL_MS, ...tools });
}
