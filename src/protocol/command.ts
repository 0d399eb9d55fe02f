import * as z from 'zod';
import { type Decoded, decodeJson, decodeText } from './decode.ts';
import { splitWords } from './words.ts';

export const PROTOCOL_VERSION = 1;

/** A shell reads them one by one. */
const MOST_WORDS = 10_000;

const Id = z.string().min(1).max(64);

/** A command that names itself: what the control machine sends to agents whose INFO accepts `envelope`. */
export const CommandEnvelope = z.object({
  v: z.literal(PROTOCOL_VERSION),
  /** An agent runs an id once, and answers a repeat with the stored outcome. */
  id: Id,
  /** The run that this command is part of. A START or a user verb needs that run to hold the node's lease. */
  run: Id.optional(),
  /** The agent's session that it is meant for; another session answers `lost`. */
  session: Id.optional(),
  /** Any word: the agent answers one that it does not know, and a refusal without an answer helps nobody. */
  verb: z.string().min(1),
  args: z.array(z.string().refine((word) => !word.includes('\0'), 'has a NUL character')).max(MOST_WORDS),
  /** Names the clock of `sent`. A new one is taken when the old one may have jumped. */
  clock: Id,
  /** The sender's monotonic milliseconds at the write. */
  sent: z.number().finite(),
  /** Milliseconds after which the command is `expired` and never run. */
  ttlMs: z.number().int().positive().max(86_400_000),
});
export type CommandEnvelope = z.infer<typeof CommandEnvelope>;

/** A command as an agent reads it from its COMMAND topic. */
export type ReceivedCommand =
  | { readonly kind: 'envelope'; readonly envelope: CommandEnvelope }
  | { readonly kind: 'text'; readonly verb: string; readonly args: readonly string[] };

/** Reads a COMMAND payload: an envelope when its first byte is `{`, else plain text. */
export function decodeCommand(payload: Uint8Array): Decoded<ReceivedCommand> {
  const text = decodeText(payload);
  if (!text.ok) return text;
  if (text.value.startsWith('{')) {
    const envelope = decodeJson(CommandEnvelope, text.value);
    return envelope.ok ? { ok: true, value: { kind: 'envelope', envelope: envelope.value } } : envelope;
  }
  if (text.value.includes('\0')) return { ok: false, problem: 'it has a NUL character' };
  const [verb, ...args] = splitWords(text.value);
  if (verb === undefined) return { ok: false, problem: 'it is empty' };
  if (args.length > MOST_WORDS)
    return { ok: false, problem: `it has ${args.length} words, at most ${MOST_WORDS} are taken` };
  return { ok: true, value: { kind: 'text', verb, args } };
}

export function encodeCommand(envelope: CommandEnvelope): string {
  return JSON.stringify(envelope);
}
