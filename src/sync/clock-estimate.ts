/** What is known of an agent's clock at one moment. */
export interface ClockEstimate {
  /** The agent's clock minus the control machine's. */
  readonly offsetMs: number;
  /** How far that may be off, for certain: no delay was negative, and no clock drifts more than is allowed for. */
  readonly uncertaintyMs: number;
  /** Between these the offset lies, for certain. They only ever close in on it, and widen with time. */
  readonly lowestMs: number;
  readonly highestMs: number;
  /** Round trips of the last 10 s; older ones are kept, and drift takes from their worth. */
  readonly samples: number;
  readonly roundTripMs: { readonly min: number; readonly p50: number; readonly max: number };
  /** How much the delay of one way varies: the width of it, were it uniform. */
  readonly jitterMs: number;
}
