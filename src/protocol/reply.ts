import * as z from 'zod';
import { PROTOCOL_VERSION } from './command.ts';
import { type Decoded, decodePayload, MOST_ELEMENTS } from './decode.ts';
import { Info } from './info.ts';
import { Inspection } from './inspection.ts';
import { Lease } from './lease.ts';
import { RUN_LOST } from './node-loss.ts';
import { StrayList } from './strays.ts';

const head = {
  v: z.literal(PROTOCOL_VERSION),
  session: z.string().min(1).max(64),
  /** Numbers an agent's lasting replies from 1; a reply that does not last (pong, report) carries the last one. */
  seq: z.number().int().nonnegative(),
};
const about = { id: z.string().max(64), run: z.string().max(64).optional() };

/** Why a command was not taken. */
const REFUSALS = ['busy', 'no-lease', 'not-ready', 'invalid', 'late'] as const;

const Ack = z.discriminatedUnion('accepted', [
  z.object({
    kind: z.literal('ack'),
    ...head,
    ...about,
    accepted: z.literal(true),
    /** Of an `_arm`: milliseconds from its arrival to the instant. */
    leftMs: z.number().optional(),
  }),
  z.object({
    kind: z.literal('ack'),
    ...head,
    ...about,
    accepted: z.literal(false),
    refusal: z.enum(REFUSALS),
    /** For a person; the refusal is for the program. */
    reason: z.string(),
  }),
]);

const Update = z.object({ kind: z.literal('update'), ...head, ...about, text: z.string() });

const Status = z.object({
  kind: z.literal('status'),
  ...head,
  /** The command that it is about; absent for ALIVE and for what a script says outside any command. */
  id: z.string().max(64).optional(),
  run: z.string().max(64).optional(),
  text: z.string(),
  /** Said again after a reconnect, with the seq and id of the first time: it satisfies nothing but ALIVE. */
  repeat: z.boolean().optional(),
});

/**
 * ok · failed: the function returned `code` · cancelled: by STOP, TERMINATE or a take-over before its end ·
 * expired: too old on arrival, never run · lost: meant for an earlier session, or that session's memory is gone.
 */
const OUTCOMES = ['ok', 'failed', 'cancelled', 'expired', 'lost'] as const;
export type CommandOutcome = (typeof OUTCOMES)[number];

const Result = z.object({
  kind: z.literal('result'),
  ...head,
  ...about,
  outcome: z.enum(OUTCOMES),
  /** Of a cancelled command: that it was not by a STOP or TERMINATE of anybody, but because the run lost the node. */
  because: z.enum(RUN_LOST).optional(),
  /** Who took the node over. */
  by: z.string().optional(),
  /** Exit code of the function, when one ran. */
  code: z.number().int().optional(),
  /** Number of the last batch of output that the command printed until then; absent when it printed nothing. */
  output: z.number().int().positive().optional(),
  /** How many bytes of a file were sent. */
  bytes: z.number().int().nonnegative().optional(),
  /** The tail of the function's standard error, or why it did not run. */
  stderr: z.string().optional(),
  warnings: z.array(z.string()).max(MOST_ELEMENTS).readonly().optional(),
});

/** An armed command was released: its function began. */
const Fired = z.object({
  kind: z.literal('fired'),
  ...head,
  ...about,
  /** When the function began, in the agent's monotonic milliseconds. */
  startedMs: z.number(),
  /** How far that may be off: the stamp is of the wall clock, which is tied to the monotonic one twice. */
  uncertaintyMs: z.number().nonnegative(),
  /** shell: by bash itself, right before the function · agent: by Node.js at the release, where bash is older than 5 */
  stampedBy: z.enum(['shell', 'agent']),
});

const Report = z.object({
  kind: z.literal('report'),
  ...head,
  /** Of the `_report` command that it answers. */
  id: z.string().max(64),
  info: Info,
  /** The last status said; null before the first, while initFunction runs. */
  status: z.string().nullable(),
  statusId: z.string().optional(),
  lease: Lease.nullable(),
  /** Of the replies up to this number some are no longer kept; all later ones are, and can be asked for again. */
  forgotten: z.number().int().nonnegative(),
  /** Ids of commands that are queued or running. */
  unfinished: z.array(z.string()).max(MOST_ELEMENTS),
});

const Pong = z.object({
  kind: z.literal('pong'),
  ...head,
  id: z.string().max(64),
  /** The ping's `sent`, in the control machine's monotonic milliseconds. */
  t0: z.number(),
  /** Receipt of the ping and sending of the pong, in the agent's monotonic milliseconds. */
  t1: z.number(),
  t2: z.number(),
});

/** In answer to a `_probe`. */
const Probed = z.object({
  kind: z.literal('probed'),
  ...head,
  /** Of the `_probe` that it answers. */
  id: z.string().max(64),
  /** unknown: this system does not tell, `reason` says why */
  state: z.enum(['listening', 'closed', 'unknown']),
  /** Where it listens: `0.0.0.0`, `::`, `127.0.0.1`, … */
  addresses: z.array(z.string()).max(MOST_ELEMENTS).optional(),
  reason: z.string().optional(),
});

const Strays = z.object({
  kind: z.literal('strays'),
  ...head,
  /** Of the `_strays` or `_stop-strays` that it answers. */
  id: z.string().max(64),
  /** While a run holds the node, what runs there is that run's: no stray. */
  lease: Lease.nullable(),
  /** What there is; after `_stop-strays`, what survived. */
  found: StrayList,
  /** What `_stop-strays` has ended. */
  ended: StrayList.optional(),
});

const Inspected = z.object({
  kind: z.literal('inspected'),
  ...head,
  /** Of the `_inspect` that it answers. */
  id: z.string().max(64),
  /** Absent when the question was not understood; `reason` says why. */
  found: Inspection.optional(),
  reason: z.string().optional(),
});

export const Reply = z.discriminatedUnion('kind', [
  Ack,
  Update,
  Status,
  Fired,
  Result,
  Report,
  Pong,
  Strays,
  Probed,
  Inspected,
]);
export type Reply = z.infer<typeof Reply>;
export type ReplyOf<K extends Reply['kind']> = Extract<Reply, { kind: K }>;

/** Replies that last: numbered, kept by the agent, and sent again when the control machine missed them. */
export type LastingReply = ReplyOf<'ack' | 'update' | 'status' | 'fired' | 'result'>;

export function decodeReply(payload: Uint8Array): Decoded<Reply> {
  return decodePayload(Reply, payload);
}

/** Not numbered, not kept, useless when late. */
const PASSING: ReadonlySet<Reply['kind']> = new Set(['report', 'pong', 'strays', 'probed', 'inspected']);

export function isLasting(reply: Reply): reply is LastingReply {
  return !PASSING.has(reply.kind);
}
