/** How long to wait before the next attempt to connect. */
export interface Backoff {
  /** Range of the first wait after a loss, in milliseconds; it doubles with every failed attempt. */
  readonly firstMs: readonly [number, number];
  /** No wait is longer, in milliseconds. */
  readonly maxMs: number;
}

export const DEFAULT_BACKOFF: Backoff = { firstMs: [250, 500], maxMs: 5000 };

/**
 * The wait before the next attempt, random within its range at every step, the last included: clients that lost
 * the same broker must not come back in one instant.
 * @param failures failed attempts since the connection was last up (0 right after a loss)
 * @param random a number from 0 up to, not including, 1
 */
export function backoffDelayMs(
  { firstMs: [least, most], maxMs }: Backoff,
  failures: number,
  random: number,
): number {
  const longestMs = Math.min(maxMs, most * 2 ** failures);
  const shortestMs = longestMs * (least / most);
  return shortestMs + random * (longestMs - shortestMs);
}
