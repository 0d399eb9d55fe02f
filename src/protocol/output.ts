import * as z from 'zod';
import { type Decoded, decodePayload, MOST_ELEMENTS } from './decode.ts';

/** Lines that a command printed; all of one stream, in order. */
export const OutputBatch = z.object({
  session: z.string().min(1).max(64),
  /** Numbers the batches of a session from 1: a gap means that output was lost on the way. */
  n: z.number().int().positive(),
  /** Absent for what the shell printed outside any command. */
  id: z.string().max(64).optional(),
  stream: z.enum(['stdout', 'stderr']),
  lines: z.array(z.string()).max(MOST_ELEMENTS),
});
export type OutputBatch = z.infer<typeof OutputBatch>;

export function decodeOutput(payload: Uint8Array): Decoded<OutputBatch> {
  return decodePayload(OutputBatch, payload);
}
