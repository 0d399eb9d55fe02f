/** How a function of the user's script came to its end. */
export interface FunctionOutcome {
  /**
   * The function's exit code, 0 to 255. An interrupted function has 143, an unknown one 127; one that could not be run
   * at all has 126, and `stderrTail` says why. When the function took the shell with it: the code of that process,
   * 128 + n after signal n.
   */
  readonly code: number;
  /** True when `interrupt` ended it, whatever code it returned then. */
  readonly interrupted: boolean;
  /**
   * Of initFunction: its code is that of a last command that happened to fail, not of a `return` or `exit` that means it.
   */
  readonly incidental?: boolean;
  /** Of a call with an instant whose function was not begun: it was cancelled before, or the shell came to it too late. */
  readonly unbegun?: 'cancelled' | 'late';
  /** The last lines of its standard error, at most 4 KiB. */
  readonly stderrTail: string;
  /** What the person should know although the function ended: a replaced shell, dropped output. One sentence each. */
  readonly warnings: readonly string[];
}

/** When a function began that was to begin at an instant. */
export interface FunctionStart {
  /** Monotonic milliseconds. */
  readonly startedMs: number;
  /** How far that may be off. */
  readonly uncertaintyMs: number;
  /** shell: by bash itself, right before the function · agent: from outside, where bash cannot tell the time */
  readonly stampedBy: 'shell' | 'agent';
}

/** What a node script needs of its machine, and where it looks for it. */
export interface ScriptNeeds {
  /** Its variable `requires`, as it stands. */
  readonly requires: string;
  /** The PATH that it left; undefined: that of the agent. */
  readonly path: string | undefined;
}

export type LoadOutcome =
  | { readonly ok: true; readonly functions: ReadonlySet<string>; readonly needs?: ScriptNeeds }
  /** `reason` is one sentence with file and line where bash gave one. */
  | { readonly ok: false; readonly reason: string };

export type OutputStream = 'stdout' | 'stderr';

export interface ShellListeners {
  /** The script called `publish_mqtt TEXT`. `commandId` is undefined outside any function call. */
  readonly onStatus: (commandId: string | undefined, text: string) => void;
  /** The script called `update TEXT`. */
  readonly onUpdate: (commandId: string | undefined, text: string) => void;
  /** Whole lines, without their line ends, as they come, also from background processes after the function ended. */
  readonly onOutput: (commandId: string | undefined, stream: OutputStream, lines: readonly string[]) => void;
  /** A function with an instant began: said some time later, so as not to disturb it, but before it is said to have ended. */
  readonly onStart: (commandId: string, start: FunctionStart) => void;
}

export interface FunctionCall {
  /** Id of the command that caused the call; output, updates and leftovers are attributed to it. */
  readonly commandId: string;
  /** Name of a function of the user's script. */
  readonly name: string;
  /** Literal words. A NUL character is refused by the caller: no argument vector can carry it. */
  readonly args: readonly string[];
  /** When the function is to begin, in monotonic milliseconds; never before. Default: now. */
  readonly at?: number;
}

/** What a command runs, or left running. */
export interface CommandWork {
  /** Undefined for what is of no command, or where the system does not tell of which. */
  readonly commandId: string | undefined;
  /** As `name (pid)`. */
  readonly processes: readonly string[];
}

/**
 * One persistent bash that has sourced the user's node script. Functions run one at a time, in this one shell, so that
 * variables live from one call to the next.
 */
export interface Shell {
  /** Starts bash and sources the script. Once. */
  load(): Promise<LoadOutcome>;
  /** Runs a function. Never rejects: a lost shell is an outcome. Only one call at a time. */
  run(call: FunctionCall): Promise<FunctionOutcome>;
  /** A call with an instant is near: does beforehand what would delay it. */
  prepareStart(): void;
  /** A call that waits for its instant is not begun; one that has begun goes on. */
  cancelStart(): void;
  /** Ends the loading of the script, or the running function (TERM to its foreground children, KILL to stubborn ones); it then settles as interrupted. */
  interrupt(): void;
  /**
   * Ends every process that commands left behind, wherever it went (background, setsid, nohup, double fork), except
   * what the `kept` commands left. With none kept, also what the top level of the script started. TERM, then KILL.
   * @returns what survived, as `name (pid)`.
   */
  endLeftovers(kept: ReadonlySet<string>): Promise<readonly string[]>;
  /** What `endLeftovers` would end now. */
  findWork(kept: ReadonlySet<string>): readonly CommandWork[];
  /** Ends the shell and everything below it. Never rejects. */
  close(): Promise<void>;
}
