/** A running process, as seen at one moment. */
export interface ProcessInfo {
  readonly pid: number;
  readonly parentPid: number;
  readonly groupId: number;
  /** The program's short name, as the system shows it. */
  readonly name: string;
  /** Text that differs between two processes which had the same pid: when it started, in the system's own notation. */
  readonly startMark: string;
  /** When it started, in the system's own unit: only for comparing two processes. */
  readonly startOrder: number;
}

/** What the system tells about its processes. */
export interface ProcessTable {
  /** Whether it tells more than `list` and `find` do; where it does not, the rest says false or undefined. */
  readonly tellsDetails: boolean;
  /** All processes that run; no zombies. */
  list(): readonly ProcessInfo[];
  find(pid: number): ProcessInfo | undefined;
  /** Whether the process was started with one of these `NAME=value` entries in its environment. */
  environmentHas(pid: number, entries: ReadonlySet<string>): boolean;
  /** Those variables of its environment, as it was started with, whose names begin so. */
  variables(pid: number, prefix: string): ReadonlyMap<string, string>;
  /** Path of what the process has open as this file descriptor. */
  openFile(pid: number, descriptor: number): string | undefined;
  /** Whether it ignores SIGINT and SIGQUIT both, as what a shell started with `&` does. */
  ignoresKeyboard(pid: number): boolean;
  /** Whether it sleeps until a child of its ends; undefined when the system does not say. */
  waitsForChild(pid: number): boolean | undefined;
}

/** As it is told to people. */
export function describeProcess({ name, pid }: ProcessInfo): string {
  return `${name} (${pid})`;
}
