export { type Clock, type Dispose, systemClock } from './clock.ts';
export { Disposer } from './disposer.ts';
export { formatDuration, formatMilliseconds, parseDuration } from './duration.ts';
export { AppError, ERROR_CODES, type ErrorCode, errorMessage } from './errors.ts';
export { createId } from './ids.ts';
export { type Logger, silentLogger } from './logger.ts';
export { createSparingLogger, type SparingLogger } from './sparing-logger.ts';
export { suggest } from './suggest.ts';
export { sleep, withTimeout } from './waiting.ts';
