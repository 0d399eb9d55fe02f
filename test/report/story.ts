import type { RunEvent, RunEventBody, StepRef } from '../../src/events/index.ts';
import { createReporter, type ReporterKind, type ReporterOptions } from '../../src/report/index.ts';

/** What happens, and how many milliseconds after the run began. */
export type Happening = readonly [elapsedMs: number, body: RunEventBody];

const RUN_START = Date.UTC(2026, 10, 22, 10, 0, 0);

export function eventsOf(story: readonly Happening[]): RunEvent[] {
  return story.map(([elapsedMs, body], index) => ({
    runId: '6f1c2b9e',
    seq: index + 1,
    at: new Date(RUN_START + elapsedMs).toISOString(),
    elapsedMs,
    ...body,
  }));
}

/** What a reporter writes about a story: without colours, in Unicode and off a terminal unless told otherwise. */
export function report(
  kind: ReporterKind,
  story: readonly Happening[],
  options: Partial<ReporterOptions> = {},
): string {
  return writesOf(kind, story, options).join('');
}

/** The same, call by call. */
export function writesOf(
  kind: ReporterKind,
  story: readonly Happening[],
  options: Partial<ReporterOptions> = {},
): string[] {
  const writes: string[] = [];
  const reporter = createReporter(kind, {
    write: (text) => writes.push(text),
    colour: false,
    unicode: true,
    tty: false,
    ...options,
  });
  for (const event of eventsOf(story)) reporter.onEvent(event);
  return writes;
}

/** One step for each text. */
export function stepsOf<const T extends readonly string[]>(
  ...texts: T
): { readonly [K in keyof T]: StepRef } {
  return texts.map((text, index) => ({
    index,
    kind: text.split(' ')[0]?.toLowerCase() ?? '',
    line: index + 3,
    text,
  })) as unknown as { readonly [K in keyof T]: StepRef };
}

export function runStarted(steps: readonly StepRef[]): Happening {
  return [
    0,
    {
      type: 'run-started',
      playbook: 'wifi.playbook',
      broker: 'mqtt://127.0.0.1:1883',
      owner: 'ci@lab',
      steps,
    },
  ];
}

export const manyNodes = (count: number): string[] =>
  Array.from({ length: count }, (_, index) => `node${index + 1}`);
