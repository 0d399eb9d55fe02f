import * as z from 'zod';

/** The last instant that a date can stand for; one beyond could not be told to people. */
const LAST_INSTANT_MS = 8.64e15;

/** Whose node it is. */
export const Lease = z.object({
  run: z.string().max(64),
  owner: z.string(),
  /** Wall-clock milliseconds of the agent, for people. */
  since: z.number().min(-LAST_INSTANT_MS).max(LAST_INSTANT_MS),
});
export type Lease = z.infer<typeof Lease>;
