import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
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

/** A host whose `sh`, and with busybox all of its tools, are these. */
export function createFarHost(shell: (typeof FAR_SHELLS)[number]): FarHost {
  const base = mkdtempSync(join(tmpdir(), 'far-'));
  onTestFinished(() => rmSync(base, { recursive: true, force: true }));
  const [home, tools] = [join(base, 'home'), join(base, 'bin')];
  mkdirSync(home);
  mkdirSync(tools);
  if (shell === 'busybox') execFileSync('busybox', ['--install', '-s', tools]);
  else symlinkSync(`/bin/${shell}`, join(tools, 'sh'));
  return {
    home,
    folder: (node) => join(home, '.local/share/mqtt-orchestrate', node),
    async run(program, values, more) {
      const end = await runProgram({
        file: join(tools, 'sh'),
        args: ['-c', farCommand(program)],
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
