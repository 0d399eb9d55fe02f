import type { Clock, Dispose } from './clock.ts';
import type { Logger } from './logger.ts';

/** Warnings that are passed on within a period; the others are counted. */
const MOST_WARNINGS = 20;
const PERIOD_MS = 60_000;

export interface SparingLogger extends Logger {
  /** Says what is counted but not said yet. */
  close(): void;
}

/** For warnings that others can cause as often as they like: a flood of them must not fill the log. */
export function createSparingLogger(logger: Logger, clock: Clock): SparingLogger {
  let warnings = 0;
  let stopTimer: Dispose = () => {};

  const endPeriod = (): void => {
    stopTimer();
    const counted = warnings - MOST_WARNINGS;
    warnings = 0;
    if (counted > 0) logger.warn(`${counted} more warnings like these were left out`);
  };

  return {
    debug: (message) => logger.debug(message),
    info: (message) => logger.info(message),
    warn(message) {
      if (warnings === 0) stopTimer = clock.setTimer(PERIOD_MS, endPeriod);
      warnings += 1;
      if (warnings <= MOST_WARNINGS) logger.warn(message);
    },
    close: endPeriod,
  };
}
