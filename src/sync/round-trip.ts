/** One ping and its pong. What lies between t1 and t2 is the agent's, and costs nothing. */
export interface RoundTrip {
  /** The ping left, in the control machine's monotonic milliseconds. */
  readonly t0: number;
  /** It arrived, in the agent's monotonic milliseconds. */
  readonly t1: number;
  /** The pong left, in the agent's monotonic milliseconds. */
  readonly t2: number;
  /** It arrived, in the control machine's monotonic milliseconds. */
  readonly t3: number;
}
