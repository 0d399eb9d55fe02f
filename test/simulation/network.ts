import type { Clock } from '../../src/base/index.ts';
import type { Disturbance } from '../../src/transport/index.ts';
import { createRandom } from './random.ts';
import type { Network } from './scenario.ts';

const LONG_ONE_IN = 200;

/**
 * A network that loses, repeats, delays and reorders what its seed says, until `calmAtMs`. What one client publishes
 * keeps its order up to the broker, as on one TCP connection; what the broker hands out does not.
 */
export function createDisturbance(
  { seed, lostPercent, twicePercent, delayMs, longestMs }: Network,
  clock: Clock,
  calmAtMs: number,
): Disturbance {
  const random = createRandom(seed);
  const chance = (percent: number): boolean => random() * 100 < percent;
  const delay = (): number => {
    const isLong = longestMs > 0 && random() * LONG_ONE_IN < 1;
    return Math.floor(random() * (isLong ? longestMs : delayMs));
  };
  const lastArrivals = new Map<string, number>();
  const inOrder = (clientId: string, delayMs: number): number => {
    const arrival = Math.max(lastArrivals.get(clientId) ?? 0, clock.now() + delayMs);
    lastArrivals.set(clientId, arrival);
    return arrival - clock.now();
  };
  return {
    clock,
    arrivals({ kind, clientId }) {
      if (clock.now() >= calmAtMs) return [0];
      if (chance(lostPercent)) return [];
      switch (kind) {
        case 'publish':
          return [inOrder(clientId, delay())];
        case 'confirm':
          return [delay()];
        case 'deliver':
          return chance(twicePercent) ? [delay(), delay()] : [delay()];
      }
    },
  };
}
