import * as z from 'zod';

/** Whose node it is. */
export const Lease = z.object({
  run: z.string().max(64),
  owner: z.string(),
  /** Wall-clock milliseconds of the agent, for people. */
  since: z.number(),
});
export type Lease = z.infer<typeof Lease>;
