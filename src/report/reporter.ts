import type { RunEvent } from '../events/index.ts';

/** Shows a run to somebody, knowing nothing of it but its events. */
export interface Reporter {
  /** To be called with every event of one run, in order. Strings of any content are fine. */
  onEvent(event: RunEvent): void;
  /** Takes back a line that was to be rewritten: to be called before anybody else writes to the same terminal. */
  clearLine(): void;
}

/** plain: all that a person watching wants · quiet: problems, updates and the Recap · ndjson: an event a line. */
export const REPORTER_KINDS = ['plain', 'quiet', 'ndjson'] as const;
export type ReporterKind = (typeof REPORTER_KINDS)[number];

export interface ReporterOptions {
  /** Receives whole lines, line ends included, and on a terminal the line that is rewritten. */
  write(text: string): void;
  /** 16 colours, or none at all. Independent of `tty`. */
  readonly colour: boolean;
  /** False: nothing but ASCII is written (ndjson is always UTF-8). */
  readonly unicode: boolean;
  /** True where a line can be rewritten: a terminal, other than TERM=dumb. */
  readonly tty: boolean;
  /** Columns of the terminal; undefined: no limit. Read anew for each use, so it may be a getter. */
  readonly width?: number;
  /** Where the run is recorded; undefined: nowhere. Read at its end, so it may be a getter. */
  readonly record?: string | undefined;
}
