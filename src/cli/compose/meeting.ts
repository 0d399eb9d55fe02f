import { systemClock } from '../../base/index.ts';
import type { Settings } from '../../config/index.ts';
import { formatBrokerUrl } from '../../transport/index.ts';
import type { CliContext } from '../context.ts';
import { createLogger } from '../logger.ts';
import { createControl } from './connection.ts';

/** A status without an INFO counts as legacy after two seconds; half a second on top for the answers themselves. */
const ANSWER_MS = 2500;

/** What it takes to meet the nodes of the configured broker. */
export function meetingOptions(settings: Settings, { output, signal }: CliContext) {
  const logger = createLogger(output.stderr, settings);
  const clock = systemClock;
  return {
    channel: createControl(settings, { clock, logger }),
    clock,
    logger,
    broker: formatBrokerUrl(settings.broker),
    connectTimeoutMs: settings.brokerConnectTimeoutMs,
    answerMs: ANSWER_MS,
    signal,
  };
}
