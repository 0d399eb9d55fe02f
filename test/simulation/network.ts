import type { Clock } from '../../src/base/index.ts';
import type { Disturbance } from '../../src/transport/index.ts';
import { createRandom } from './random.ts';
import type { Network } from './scenario.ts';

const LONG_ONE_IN = 200;

/** A network that loses, repeats, delays and reorders what its seed says, until `calmAtMs`. */
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
  return {
    clock,
    arrivals(leg) {
      if (clock.now() >= calmAtMs) return [0];
      if (chance(lostPercent)) return [];
      // The broker's client hears of a confirmation once.
      return leg.kind !== 'confirm' && chance(twicePercent) ? [delay(), delay()] : [delay()];
    },
  };
}
