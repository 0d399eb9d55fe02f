import * as z from 'zod';
import { type Decoded, decodePayload, MOST_ELEMENTS } from './decode.ts';

/** An agent's birth certificate: what it is and what it can read. */
export const Info = z.object({
  v: z.number().int(),
  node: z.string(),
  session: z.string().min(1).max(64),
  version: z.string(),
  /** What its COMMAND topic takes: `text`, `envelope`; `strays`, `probe` and `inspect`: the questions of those names; `sync`: a synchronous start; later `files`. Unknown words are ignored. */
  accepts: z.array(z.string()).max(MOST_ELEMENTS),
  groups: z.array(z.string()).max(MOST_ELEMENTS),
  /** Milliseconds between two heartbeats; a third of it while a function runs. */
  heartbeatMs: z.number().positive(),
  platform: z.string(),
});
export type Info = z.infer<typeof Info>;

/** An agent that takes commands as plain text alone: one that is told apart from an original agent by having an INFO. */
export function readsTextOnly({ accepts }: Pick<Info, 'accepts'>): boolean {
  return accepts.includes('text') && !accepts.includes('envelope');
}

export function decodeInfo(payload: Uint8Array): Decoded<Info> {
  return decodePayload(Info, payload);
}
