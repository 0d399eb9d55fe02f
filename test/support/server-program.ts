import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface ServerProgram {
  /** What it wrote when it was ready, matched against `ready`. */
  readonly ready: RegExpExecArray;
  /** Ends it and removes its files. */
  stop(): Promise<void>;
  /** The same by SIGKILL: nobody is told anything. */
  kill(): Promise<void>;
}

interface ServerOptions {
  readonly file: string;
  readonly args: readonly string[];
  /** What it writes to its log, on stderr, when it can be used. */
  readonly ready: RegExp;
  /** Written to a directory of its own, where it also runs. Name → contents. */
  readonly files: Readonly<Record<string, string>>;
}

/** A server that is not ours, until `stop`; resolves when it is ready. */
export async function startServerProgram(options: ServerOptions): Promise<ServerProgram> {
  const { file, args, files } = options;
  const directory = await mkdtemp(join(tmpdir(), 'server-'));
  for (const [name, contents] of Object.entries(files)) await writeFile(join(directory, name), contents);
  const child = spawn(file, args, { cwd: directory, stdio: ['ignore', 'ignore', 'pipe'] });
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    if (child.pid !== undefined && child.exitCode === null && child.signalCode === null) {
      child.kill(signal);
      await once(child, 'exit');
    }
    await rm(directory, { recursive: true, force: true });
  };
  const ready = new Promise<RegExpExecArray>((resolve, reject) => {
    let log = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      log += text;
      const match = options.ready.exec(log);
      if (match) resolve(match);
    });
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`${file} ended with ${code}:\n${log}`)));
  });
  try {
    return { ready: await ready, stop: () => end('SIGTERM'), kill: () => end('SIGKILL') };
  } catch (thrown) {
    await end('SIGTERM');
    throw thrown;
  }
}
