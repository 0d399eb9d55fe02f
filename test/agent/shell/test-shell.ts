import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { type BashShellOptions, createBashShell } from '../../../src/agent/shell/bash-shell.ts';
import type {
  FunctionOutcome,
  FunctionStart,
  LoadOutcome,
  OutputStream,
  Shell,
} from '../../../src/agent/shell/shell.ts';
import { silentLogger, systemClock } from '../../../src/base/index.ts';

interface OutputLine {
  readonly commandId: string | undefined;
  readonly stream: OutputStream;
  readonly line: string;
}

export interface TestShell {
  readonly shell: Shell;
  /** Temporary folder of the script, also its working directory. */
  readonly folder: string;
  readonly load: () => Promise<LoadOutcome>;
  /** Runs a function under a command id of its own, or the given one. */
  readonly run: (name: string, ...args: readonly string[]) => Promise<FunctionOutcome>;
  readonly runAs: (commandId: string, name: string, ...args: readonly string[]) => Promise<FunctionOutcome>;
  /** Runs a function that is to begin at an instant. */
  readonly runAt: (
    at: number,
    commandId: string,
    name: string,
    ...args: readonly string[]
  ) => Promise<FunctionOutcome>;
  readonly starts: readonly ({ readonly commandId: string } & FunctionStart)[];
  readonly output: readonly OutputLine[];
  /** Text of the lines so far; of one command, of one stream. */
  readonly lines: (commandId?: string, stream?: OutputStream) => string[];
  readonly statuses: readonly { commandId: string | undefined; text: string }[];
  readonly updates: readonly { commandId: string | undefined; text: string }[];
  /** Resolves when the condition holds, looked at whenever the shell says anything. */
  readonly until: (condition: () => boolean) => Promise<void>;
}

/** A shell over a script of these lines; closed, with its folder removed, at the end of the test. */
export function createTestShell(
  script: string | Uint8Array,
  options: Partial<BashShellOptions> = {},
): TestShell {
  const folder = mkdtempSync(join(tmpdir(), 'shell-test-'));
  const scriptFile = join(folder, 'functions.sh');
  writeFileSync(scriptFile, script);
  const output: OutputLine[] = [];
  const statuses: { commandId: string | undefined; text: string }[] = [];
  const updates: { commandId: string | undefined; text: string }[] = [];
  const starts: ({ commandId: string } & FunctionStart)[] = [];
  const watchers = new Set<() => void>();
  const notify = (): void => {
    for (const watcher of watchers) watcher();
  };
  const shell = createBashShell(
    {
      scriptFile,
      root: 'shell-test',
      node: 'node1',
      environment: { MY_TOPIC: 'node1' },
      workingDirectory: folder,
      clock: systemClock,
      logger: silentLogger,
      ...options,
    },
    {
      onStatus: (commandId, text) => {
        statuses.push({ commandId, text });
        notify();
      },
      onUpdate: (commandId, text) => {
        updates.push({ commandId, text });
        notify();
      },
      onOutput: (commandId, stream, lines) => {
        output.push(...lines.map((line) => ({ commandId, stream, line })));
        notify();
      },
      onStart: (commandId, start) => {
        starts.push({ commandId, ...start });
        notify();
      },
    },
  );
  onTestFinished(async () => {
    await shell.close();
    rmSync(folder, { recursive: true, force: true });
  });
  let count = 0;
  const runAs = (commandId: string, name: string, ...args: readonly string[]) =>
    shell.run({ commandId, name, args });
  return {
    shell,
    folder,
    load: () => shell.load(),
    run: (name, ...args) => {
      count += 1;
      return runAs(`c${count}`, name, ...args);
    },
    runAs,
    output,
    lines: (commandId, stream) =>
      output
        .filter(
          (o) => (commandId === undefined || o.commandId === commandId) && (!stream || o.stream === stream),
        )
        .map(({ line }) => line),
    runAt: (at, commandId, name, ...args) => shell.run({ commandId, name, args, at }),
    starts,
    statuses,
    updates,
    until: (condition) =>
      new Promise((resolve) => {
        const watcher = (): void => {
          if (!condition()) return;
          watchers.delete(watcher);
          resolve();
        };
        watchers.add(watcher);
        watcher();
      }),
  };
}
