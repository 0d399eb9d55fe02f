/** Of the quickest, so many are looked at where a single one says too little. */
const LOWEST_PART = 1 / 10;
/**
 * How far the lowest tenth lies above the shortest, as a part of what the median does. One jittery leg gives 0.04 to
 * 0.15, since its shortest delay is met again and again; two legs in a row 0.2 to 0.4, since they are seldom short at
 * once. Between the two, it makes no difference which estimate is taken.
 */
const RARE_FLOOR = 0.19;

/** Delays of one direction, each with what the clocks may have drifted since; the shortest first. */
export type Delays = Float64Array;

/** True when the shortest delay is met so rarely that several short ones together tell more than it does alone. */
export function isFloorRare(there: Delays, back: Delays): boolean {
  const aboveFloor = (heightOf: (delays: Delays) => number): number =>
    heightOf(there) + heightOf(back) - shortest(there) - shortest(back);
  return aboveFloor(meanOfLowest) > RARE_FLOOR * aboveFloor(median);
}

export function shortest(delays: Delays): number {
  return delays[0] ?? 0;
}

export function meanOfLowest(delays: Delays): number {
  const lowest = delays.slice(0, Math.ceil(delays.length * LOWEST_PART));
  return lowest.reduce((sum, delay) => sum + delay, 0) / lowest.length;
}

export function median(delays: Delays): number {
  const middle = delays.length / 2;
  const [a = 0, b = a] = delays.slice(Math.ceil(middle) - 1, Math.floor(middle) + 1);
  return (a + b) / 2;
}
