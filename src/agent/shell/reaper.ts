import { spawn } from 'node:child_process';
import { Socket } from 'node:net';
import reaperScript from './reaper.sh';

interface ReaperOptions {
  readonly bash: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Environment entry of every process that is to be ended when this one is killed. Not in `environment`. */
  readonly mark: string;
  /** Removed then. */
  readonly directory: string;
  /** Folder of the control groups, if there are any: their members are ended, too. */
  readonly groupsDirectory: string | undefined;
}

export interface Reaper {
  /** Tells of a new shell: its pid is that of its process group. */
  watch(shellPid: number): void;
  /** The clean end: nothing is left to do for it. */
  release(): void;
}

/** Starts a small process that ends everything with the mark if this process is killed. It does not keep us alive. */
export function startReaper({
  bash,
  environment,
  mark,
  directory,
  groupsDirectory = '',
}: ReaperOptions): Reaper {
  const child = spawn(
    bash,
    ['--noprofile', '--norc', '-c', reaperScript, 'reaper', mark, directory, groupsDirectory],
    {
      cwd: '/',
      env: environment,
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
    },
  );
  // Without it a killed agent leaves its work running: worse, but no reason not to work.
  child.on('error', () => {});
  child.stdin.on('error', () => {});
  child.unref();
  if (child.stdin instanceof Socket) child.stdin.unref();
  return {
    watch: (shellPid) => {
      child.stdin.write(`${shellPid}\n`);
    },
    release: () => {
      child.stdin.end('released\n');
    },
  };
}
