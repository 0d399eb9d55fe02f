import * as z from 'zod';
import { type Decoded, decodeJson } from './decode.ts';

/** More of each is not asked, nor told, in one message. */
export const MOST_INSPECTED = 100;

const Port = z.number().int().min(1).max(65_535);
/** A name or an address, never an option of a program. */
const Host = z
  .string()
  .max(253)
  .regex(/^[A-Za-z0-9:][A-Za-z0-9.:_%-]*$/);
const list = <T extends z.ZodType>(element: T) => z.array(element).max(MOST_INSPECTED).readonly();

/** What an agent is to look up on its machine, beside what it always tells; the argument of an `_inspect`. */
export const InspectQuestion = z.object({
  /** Is there a function for them? */
  verbs: list(z.string().max(64)),
  /** Does anything listen on these TCP ports? */
  ports: list(Port),
  /** Can these be reached from there? With a port by a TCP connection, without one by an echo request. */
  ways: list(z.object({ host: Host, port: Port.optional() })),
});
export type InspectQuestion = z.infer<typeof InspectQuestion>;

/** `ready`: `initFunction` has returned · `failed`: the script did not load, or `initFunction` failed */
const ScriptState = z.object({
  state: z.enum(['loading', 'ready', 'failed']),
  reason: z.string().optional(),
});

/** A command that the node script declares with `requires`. */
const CommandSeen = z.object({
  /** As declared: `iperf3 >= 3.9`. */
  text: z.string(),
  /** malformed: it is no command with a version · unknown: it could not be looked up, `reason` says why */
  state: z.enum(['found', 'missing', 'malformed', 'unknown']),
  name: z.string().optional(),
  operator: z.enum(['>=', '>', '=']).optional(),
  /** What it is to be compared with. */
  wanted: z.string().optional(),
  /** What the program says of itself; absent where nobody asked for it, or it does not say. */
  version: z.string().optional(),
  reason: z.string().optional(),
});
export type CommandSeen = z.infer<typeof CommandSeen>;

const PortSeen = z.object({
  port: z.number(),
  state: z.enum(['free', 'listening', 'unknown']),
  /** Who listens there, as `name (pid)`; empty where the system does not tell. */
  owners: z.array(z.string()).max(MOST_INSPECTED).readonly().optional(),
  reason: z.string().optional(),
});

const WaySeen = z.object({
  host: z.string(),
  port: z.number().optional(),
  /**
   * open: it took the connection · refused: the host is there, and nothing listens · answered: to an echo request ·
   * silent: nothing came back in time · unreachable: the system knows no way, or no such name · unknown: it could not
   * be found out
   */
  state: z.enum(['open', 'refused', 'answered', 'silent', 'unreachable', 'unknown']),
  by: z.enum(['tcp', 'ping']),
  reason: z.string().optional(),
});
export type WaySeen = z.infer<typeof WaySeen>;

const FolderSeen = z.object({
  use: z.enum(['working', 'temporary']),
  folder: z.string(),
  /** What this user may still write; absent where the system does not tell. */
  freeBytes: z.number().nonnegative().optional(),
  reason: z.string().optional(),
});

/** What an agent has found on its machine. */
export const Inspection = z.object({
  script: ScriptState,
  /** What the node script requires, in its order. */
  commands: list(CommandSeen),
  /** Those of the question that the script has no function for. */
  unanswered: list(z.string()),
  ports: list(PortSeen),
  ways: list(WaySeen),
  folders: list(FolderSeen),
});
export type Inspection = z.infer<typeof Inspection>;

export function decodeInspectQuestion(text: string): Decoded<InspectQuestion> {
  return decodeJson(InspectQuestion, text);
}
