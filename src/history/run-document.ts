import * as z from 'zod';

const problem = z.object({ node: z.string(), reason: z.string() });
const stepRef = z.object({ index: z.number(), kind: z.string(), line: z.number(), text: z.string() });
const count = z.number().int().nonnegative();

/** What a node printed, as `nodes/<node>/output.log` has it. */
const output = z.object({
  file: z.string(),
  bytes: count,
  /** Lines that are not there, since the file had its full size. */
  linesLeftOut: count,
});

const receivedFile = z.object({
  port: z.number(),
  file: z.string(),
  outcome: z.string(),
  bytes: z.number().nullable(),
  reason: z.string().nullable(),
  copy: z.string().nullable(),
  copyNote: z.string().nullable(),
});

/** `run.json`. `docs/reference/run-folder.md` explains each field; a test ties the two together. */
export const runDocumentSchema = z.object({
  v: z.literal(1),
  id: z.string(),
  state: z.enum(['running', 'finished']),
  verdict: z.string().nullable(),
  exitCode: z.number().nullable(),
  error: z.object({ code: z.string().nullable(), message: z.string() }).nullable(),
  startedAt: z.iso.datetime(),
  endedAt: z.iso.datetime().nullable(),
  tookMs: z.number(),
  playbook: z.object({ file: z.string(), copy: z.string() }),
  local: z.boolean(),
  broker: z.string(),
  owner: z.string(),
  process: z.object({ host: z.string(), pid: count, startMark: z.string().nullable() }),
  version: z.string(),
  variables: z.record(z.string(), z.string()),
  configuration: z.array(z.object({ key: z.string(), value: z.string().nullable(), origin: z.string() })),
  steps: z.array(
    stepRef.extend({
      state: z.string(),
      verdict: z.string().nullable(),
      tookMs: z.number(),
      problems: z.array(problem),
    }),
  ),
  nodes: z.array(
    z.object({
      node: z.string(),
      state: z.string(),
      version: z.string().nullable(),
      commands: count,
      failures: count,
      busyMs: z.number(),
      lastUpdate: z.string().nullable(),
      output: output.nullable(),
    }),
  ),
  noAnswers: z.array(z.object({ step: z.number().nullable(), ...problem.shape })),
  problems: z.array(problem),
  leftBehind: z.array(problem),
  syncs: z.array(
    z.object({
      step: stepRef,
      plannedAt: z.string(),
      starts: z.array(z.looseObject({ node: z.string(), started: z.boolean() })),
      skewMs: z.number().nullable(),
      clocksMs: z.number().nullable(),
      likelyClocksMs: z.number().nullable(),
      budgetMs: z.number().nullable(),
      attempts: z.number(),
      verdict: z.string(),
    }),
  ),
  files: z.array(receivedFile),
  events: z.object({ written: count, leftOut: count }),
  trouble: z.string().nullable(),
});

export type RunDocument = z.infer<typeof runDocumentSchema>;
export type OutputOfNode = z.infer<typeof output>;
export type ReceivedFile = z.infer<typeof receivedFile>;
