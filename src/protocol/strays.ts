import * as z from 'zod';
import { MOST_ELEMENTS } from './decode.ts';

/** Who asked for the work of a command. */
const Origin = z.discriminatedUnion('kind', [
  /** A run; `releasedMs` ago it gave the node back and left its work. Without it the run has lost the node. */
  z.object({
    kind: z.literal('run'),
    run: z.string().max(64),
    owner: z.string(),
    releasedMs: z.number().nonnegative().optional(),
  }),
  /** A command that names no run: `orchestrate send`. */
  z.object({ kind: z.literal('send') }),
  z.object({ kind: z.literal('plain-text') }),
  /** A command longer ago than the agent remembers, or, where the system does not tell of which it is, any. */
  z.object({ kind: z.literal('unknown') }),
]);

const processes = {
  /** Some of them, as `name (pid)`. */
  processes: z.array(z.string()).max(MOST_ELEMENTS).readonly(),
  processCount: z.number().int().nonnegative(),
};

/** What a command runs, or left running. */
export const StrayWork = z.object({
  id: z.string().max(64).optional(),
  origin: Origin,
  /** Verb and words, shortened; empty when the origin is unknown. */
  text: z.string(),
  /** Milliseconds since it began. */
  ageMs: z.number().nonnegative().optional(),
  /** True while its function runs. */
  running: z.boolean(),
  ...processes,
});
export type StrayWork = z.infer<typeof StrayWork>;

/** What an agent left that was killed on the same machine. */
export const StrayLeftover = z.object({
  /** Names the dead agent: several agents of a machine tell of the same one. */
  session: z.string().max(64),
  node: z.string(),
  ...processes,
});
export type StrayLeftover = z.infer<typeof StrayLeftover>;

export const StrayList = z.object({
  work: z.array(StrayWork).max(MOST_ELEMENTS).readonly(),
  /** How many more commands there are: those that wait for their turn, and what makes the list too long. */
  unlisted: z.number().int().nonnegative(),
  leftovers: z.array(StrayLeftover).max(MOST_ELEMENTS).readonly(),
});
export type StrayList = z.infer<typeof StrayList>;
