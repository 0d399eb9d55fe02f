export {
  certainClocksMs,
  isGoodEnough,
  likelyClocksMs,
  pingIntervalMs,
  samplesNeeded,
} from './calibration.ts';
export type { ClockEstimate } from './clock-estimate.ts';
export { OffsetEstimator } from './offset-estimator.ts';
export type { RoundTrip } from './round-trip.ts';
export { leadMs, type MeasuredStart, measureStarts, type StartMeasurement } from './starts.ts';
