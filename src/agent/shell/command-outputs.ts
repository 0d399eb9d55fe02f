import type { Clock } from '../../base/index.ts';
import { FifoPool } from './fifo-pool.ts';
import { OutputPipe } from './output-pipe.ts';
import type { OutputStream, ShellListeners } from './shell.ts';

/** The two streams of one command. */
export interface CommandOutput {
  readonly stdout: OutputPipe;
  readonly stderr: OutputPipe;
}

/** The output of all commands that still have processes, and of the shell itself. */
export class CommandOutputs {
  readonly #pool: FifoPool;
  readonly #clock: Clock;
  readonly #onOutput: ShellListeners['onOutput'];
  readonly #open = new Map<OutputPipe, string | undefined>();

  constructor(directory: string, clock: Clock, onOutput: ShellListeners['onOutput']) {
    this.#pool = new FifoPool(directory);
    this.#clock = clock;
    this.#onOutput = onOutput;
  }

  /** So that the next `open` costs little time. */
  async provide(): Promise<void> {
    await this.#pool.provide(2);
  }

  /** @param commandId undefined: output outside any command */
  async open(commandId: string | undefined): Promise<CommandOutput> {
    return { stdout: await this.#pipe(commandId, 'stdout'), stderr: await this.#pipe(commandId, 'stderr') };
  }

  /** FIFOs that processes of these commands may have open, and those of all others. */
  fifosOf(commandIds: ReadonlySet<string>): { readonly theirs: string[]; readonly others: string[] } {
    const theirs: string[] = [];
    const others: string[] = [];
    for (const [pipe, commandId] of this.#open) {
      (commandId !== undefined && commandIds.has(commandId) ? theirs : others).push(pipe.path);
    }
    return { theirs, others };
  }

  /** Whose output goes through this FIFO; undefined for the shell's own, or nobody's. */
  commandOf(path: string): string | undefined {
    for (const [pipe, commandId] of this.#open) if (pipe.path === path) return commandId;
    return undefined;
  }

  close(): void {
    for (const pipe of this.#open.keys()) pipe.close();
    this.#open.clear();
  }

  async #pipe(commandId: string | undefined, stream: OutputStream): Promise<OutputPipe> {
    const path = await this.#pool.take();
    const pipe = new OutputPipe({
      path,
      clock: this.#clock,
      onLines: (lines) => this.#onOutput(commandId, stream, lines),
      onEnd: () => {
        this.#open.delete(pipe);
        this.#pool.giveBack(path);
      },
    });
    this.#open.set(pipe, commandId);
    return pipe;
  }
}

/** Ends the foreground part of both streams. */
export function finishOutput({ stdout, stderr }: CommandOutput): { stderrTail: string; warnings: string[] } {
  const ends = { stdout: stdout.finishForeground(), stderr: stderr.finishForeground() };
  const warnings = Object.entries(ends).flatMap(([stream, { droppedBytes }]) =>
    droppedBytes > 0
      ? [`${droppedBytes} bytes of its ${stream} were left out: it printed more than is passed on.`]
      : [],
  );
  return { stderrTail: ends.stderr.tail, warnings };
}
