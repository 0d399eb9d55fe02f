import { existsSync } from 'node:fs';
import { type Clock, errorMessage, type Logger, withTimeout } from '../../base/index.ts';
import { describeProcess, endProcesses, type ProcessTable, systemProcessTable } from '../../process/index.ts';
import { tieClocks } from './clock-tie.ts';
import { isCrowded } from './crowd.ts';
import { commandMarks, findLeftovers, type Search, sessionMarks } from './leftovers.ts';
import { checkScript } from './load-check.ts';
import { type LoadedShell, loadShell } from './load-shell.ts';
import { NOT_RUN_CODE, runFunction } from './run-function.ts';
import type {
  CommandWork,
  FunctionCall,
  FunctionOutcome,
  LoadOutcome,
  Shell,
  ShellListeners,
} from './shell.ts';
import { createShellHome, type ShellHome } from './shell-home.ts';
import type { ShellProcess } from './shell-process.ts';
import { findWork } from './work.ts';

export interface BashShellOptions {
  /** Root topic and name of the node: mark everything that starts here, for whoever finds it later. */
  readonly root: string;
  readonly node: string;
  /** Absolute path of the user's functions.sh. */
  readonly scriptFile: string;
  /** Variables for the script, exported: MQTT_SERVER, MY_TOPIC, the user's own. They win over inherited ones. */
  readonly environment: Readonly<Record<string, string>>;
  /** Names of environment variables that the script must not see. Default none. */
  readonly withheld?: readonly string[];
  readonly workingDirectory: string;
  readonly clock: Clock;
  readonly logger: Logger;
  /** How long the script's top level may run. Default 30 s. */
  readonly loadTimeoutMs?: number;
  /** Default: `bash` from PATH. */
  readonly bash?: string;
  /** Default: the process table of this system. */
  readonly processes?: ProcessTable;
}

/** The persistent shell of an agent: a real bash, 4.3 or newer. `load` rejects with SHELL_UNAVAILABLE without one. */
export function createBashShell(options: BashShellOptions, listeners: ShellListeners): Shell {
  const defaults = { withheld: [], loadTimeoutMs: 30_000, bash: 'bash', processes: systemProcessTable };
  return new BashShell({ ...defaults, ...options }, listeners);
}

class BashShell implements Shell {
  readonly #options: Required<BashShellOptions>;
  readonly #listeners: ShellListeners;
  readonly #closing = new AbortController();
  #home: ShellHome | undefined;
  #shell: ShellProcess | undefined;
  #generation = 0;
  #interruption: AbortController | undefined;
  /** Of the running call, as long as it may not have begun. */
  #takeBack = new AbortController();
  readonly #loading = new AbortController();

  constructor(options: Required<BashShellOptions>, listeners: ShellListeners) {
    this.#options = options;
    this.#listeners = listeners;
  }

  async load(): Promise<LoadOutcome> {
    const problem = await checkScript(this.#options.scriptFile, this.#options.bash);
    if (problem) return { ok: false, reason: problem };
    const home = await createShellHome(this.#options, this.#listeners);
    this.#home = home;
    const loaded = await this.#start(home);
    // Closed meanwhile: nobody else knows of what was made since.
    if (this.#closing.signal.aborted) await this.close();
    return loaded.ok ? { ok: true, functions: loaded.functions, needs: loaded.needs } : loaded;
  }

  async run(call: FunctionCall): Promise<FunctionOutcome> {
    if (this.#interruption) throw new Error('A shell runs one function at a time.');
    if ([call.name, ...call.args].some((word) => word.includes('\0'))) {
      return notRun('An argument contains a NUL character, which bash cannot take.');
    }
    const interruption = new AbortController();
    const takeBack = new AbortController();
    this.#interruption = interruption;
    this.#takeBack = takeBack;
    try {
      const warnings: string[] = [];
      for (let attempt = 0; attempt < START_ATTEMPTS; attempt += 1) {
        const { home, shell } = await this.#livingShell(call, warnings);
        const { clock, processes: table } = this.#options;
        const outcome = await runFunction(call, {
          home,
          shell,
          table,
          clock,
          signal: interruption.signal,
          takeBack: takeBack.signal,
          onStart: (start) => this.#listeners.onStart(call.commandId, start),
        });
        await this.#livingShell(call, warnings).catch((thrown: unknown) =>
          warnings.push(errorMessage(thrown)),
        );
        if (outcome) return { ...outcome, warnings: [...outcome.warnings, ...warnings] };
      }
      return notRun('bash ends before it can run a function.');
    } catch (thrown) {
      return notRun(errorMessage(thrown));
    } finally {
      this.#interruption = undefined;
    }
  }

  prepareStart(): void {
    const { clock, processes: table } = this.#options;
    tieClocks(clock, clock);
    isCrowded(table, clock);
    // Where it fails, the command itself says so.
    void this.#home?.outputs.provide().catch(() => {});
  }

  cancelStart(): void {
    this.#takeBack.abort();
  }

  interrupt(): void {
    this.cancelStart();
    this.#interruption?.abort();
    // Loading is ended only once, by killing the shell; afterwards this changes nothing.
    if (!this.#shell) this.#loading.abort();
  }

  async endLeftovers(kept: ReadonlySet<string>): Promise<readonly string[]> {
    const home = this.#home;
    if (!home) return [];
    const { clock, processes: table } = this.#options;
    const find = () => findLeftovers(table, this.#searchFor(home, kept));
    return (await endProcesses(find, { table, clock })).map(describeProcess);
  }

  findWork(kept: ReadonlySet<string>): readonly CommandWork[] {
    const home = this.#home;
    if (!home) return [];
    const search = this.#searchFor(home, kept);
    const work = findWork(this.#options.processes, search, (fifo) => home.outputs.commandOf(fifo));
    return [...work].map(([commandId, processes]) => ({
      commandId,
      processes: processes.map(describeProcess),
    }));
  }

  async close(): Promise<void> {
    this.#closing.abort();
    this.interrupt();
    const { clock, logger } = this.#options;
    const shell = this.#shell;
    await this.endLeftovers(new Set());
    if (shell) {
      shell.signal('SIGKILL');
      const warn = (): void => logger.warn(`bash (${shell.pid}) does not end`);
      await withTimeout(clock, shell.ended, SHELL_END_MS, warn);
    }
    // Once more, now that nothing can start anything.
    for (const survivor of await this.endLeftovers(new Set())) logger.warn(`${survivor} cannot be ended`);
    await this.#home?.close();
    this.#home = undefined;
  }

  #searchFor(home: ShellHome, kept: ReadonlySet<string>): Search {
    const fifos = home.outputs.fifosOf(kept);
    return {
      marks: sessionMarks(home.mark, fifos.others),
      kept: commandMarks(kept, fifos.theirs),
      members: home.groups?.members(kept) ?? NOBODY,
      commandsOnly: kept.size > 0,
      shellPid: this.#shell?.isAlive() ? this.#shell.pid : undefined,
    };
  }

  async #start(home: ShellHome): Promise<LoadedShell> {
    this.#generation += 1;
    // Closing interrupts the loading, too.
    const { signal } = this.#shell ? this.#closing : this.#loading;
    const options = { ...this.#options, generation: this.#generation, signal };
    const loaded = await loadShell(home, options);
    if (loaded.ok) this.#shell = loaded.shell;
    return loaded;
  }

  /**
   * The shell, which is another one if the last has ended; a warning then says so.
   * @throws Error why there is none
   */
  async #livingShell(
    { commandId }: FunctionCall,
    warnings: string[],
  ): Promise<{ home: ShellHome; shell: ShellProcess }> {
    const [home, shell] = [this.#home, this.#shell];
    if (this.#closing.signal.aborted) throw new Error('The shell is closed.');
    if (!home || !shell) throw new Error('The node script is not loaded.');
    if (!existsSync(home.directory)) throw new Error(directoryGone(home.directory));
    if (shell.isAlive()) return { home, shell };

    const end = `bash ended with code ${await shell.ended}`;
    const asOf = home.control.snapshot?.commandId === commandId ? 'when it ended' : 'before this command';
    const started = await this.#start(home);
    if (!started.ok) throw new Error(`${end}, and a new one cannot load the script: ${started.reason}`);
    warnings.push(
      `${end} and was replaced: variables are as they were ${asOf}; background processes are no longer its jobs.`,
    );
    return { home, shell: started.shell };
  }
}

/** A shell that was killed while it was idle may take a command with it. */
const START_ATTEMPTS = 3;
const NOBODY: ReadonlyMap<number, string> = new Map();
const SHELL_END_MS = 1000;

/** Without it no function can be run, and what runs by now can no longer say anything. */
function directoryGone(directory: string): string {
  return (
    `The agent's folder ${directory} was removed, perhaps by a cleaner of temporary files. ` +
    'Start the agent again; with TMPDIR it can be given a folder that nobody cleans.'
  );
}

function notRun(reason: string): FunctionOutcome {
  return { code: NOT_RUN_CODE, interrupted: false, stderrTail: reason, warnings: [] };
}
