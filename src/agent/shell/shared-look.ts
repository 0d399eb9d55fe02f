import type { Clock } from '../../base/index.ts';

/**
 * What costs time to find out and is the same for all agents of this process: found out by the first that asks, and
 * anew when that is too long ago.
 * @returns asks about `key`; `notBefore`: what was found out earlier does not count
 */
export function createSharedLook<K extends object, T>(
  look: (key: K) => T,
  validMs: number,
): (key: K, clock: Clock, notBefore?: number) => T {
  const seen = new WeakMap<K, { readonly value: T; readonly lookedAt: number }>();
  return (key, clock, notBefore = Number.NEGATIVE_INFINITY) => {
    const now = clock.now();
    const last = seen.get(key);
    if (last && last.lookedAt >= notBefore && now - last.lookedAt <= validMs) return last.value;
    const value = look(key);
    seen.set(key, { value, lookedAt: now });
    return value;
  };
}
