import * as z from 'zod';
import { type Decoded, decodePayload } from './decode.ts';

/** A sign of life. */
export const Heartbeat = z.object({
  session: z.string().min(1).max(64),
  /** True while a function runs. */
  busy: z.boolean(),
  /** The last lasting reply's seq, so that a gap is noticed without waiting for the next one. */
  seq: z.number().int().nonnegative(),
  /** The session asks whether the name is free: whoever holds it answers with a heartbeat of its own within a second. */
  claim: z.boolean().optional(),
});
export type Heartbeat = z.infer<typeof Heartbeat>;

export function decodeHeartbeat(payload: Uint8Array): Decoded<Heartbeat> {
  return decodePayload(Heartbeat, payload);
}
