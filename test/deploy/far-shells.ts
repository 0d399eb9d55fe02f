import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { systemClock } from '../../src/base/index.ts';
import { decodeFarLines, type FarSaid } from '../../src/deploy/far-lines.ts';
import { type FarProgram, type FarValues, farCommand, farInput } from '../../src/deploy/far-program.ts';
import { runProgram } from '../../src/process/index.ts';

/** What stands for a host: a HOME of its own, and the shell and the tools that it has. */
export interface FarHost {
  readonly home: string;
  /** Where the agent of a node belongs. */
  folder(node: string): string;
  run(program: FarProgram, values: FarValues, more?: Uint8Array): Promise<FarSaid>;
}

export const FAR_SHELLS = ['bash', 'dash', 'busybox'] as const;

interface FarHostOptions {
  /** Words before the shell. */
  readonly within?: readonly string[];
  /** Programs that it has besides: name → text. */
  readonly programs?: Readonly<Record<string, string>>;
}

/** A host whose `sh`, and with busybox all of its tools, are these. */
export function createFarHost(shell: (typeof FAR_SHELLS)[number], options: FarHostOptions = {}): FarHost {
  const base = mkdtempSync(join(tmpdir(), 'far-'));
  onTestFinished(() => rmSync(base, { recursive: true, force: true }));
  const [home, tools] = [join(base, 'home'), join(base, 'bin')];
  mkdirSync(home);
  mkdirSync(tools);
  if (shell === 'busybox') execFileSync('busybox', ['--install', '-s', tools]);
  else symlinkSync(`/bin/${shell}`, join(tools, 'sh'));
  for (const [name, text] of Object.entries(options.programs ?? {}))
    writeFileSync(join(tools, name), text, { mode: 0o755 });
  return {
    home,
    folder: (node) => join(home, '.local/share/mqtt-orchestrate', node),
    async run(program, values, more) {
      const words = [...(options.within ?? []), join(tools, 'sh'), '-c', farCommand(program)];
      const [file = '', ...args] = words;
      const end = await runProgram({
        file,
        args,
        input: farInput(values, more),
        environment: { HOME: home, PATH: `${tools}:/usr/local/bin:/usr/bin:/bin` },
        timeoutMs: 60_000,
        clock: systemClock,
        signal: new AbortController().signal,
      });
      if (end.kind !== 'exited') throw new Error(`${program}: ${end.kind}`);
      if (end.stderr !== '') throw new Error(`${program} complains: ${end.stderr}`);
      return decodeFarLines(end.stdout);
    },
  };
}
