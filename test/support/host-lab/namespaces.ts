import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';

export interface Said {
  /** Undefined when a signal ended it. */
  readonly code: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

/** Namespaces of Linux without names: they are there as long as the process that holds them, and it as long as we are. */
export interface Namespaces {
  /** Of the process that holds them, as everybody outside sees it. */
  readonly pid: number;
  /** In front of a command line: runs it in there. */
  readonly enter: readonly string[];
  /** Runs a program in there to its end. */
  run(argv: readonly string[], input?: string): Promise<Said>;
  /** The same, and it has to succeed: its stdout. */
  must(argv: readonly string[], input?: string): Promise<string>;
  /** Whatever runs in a process namespace of its own is killed with it. */
  close(): Promise<void>;
}

/** network: no interface but a loopback that is down · mount: what is mounted there is seen there only · process: sees its own only */
export type Kind = 'network' | 'mount' | 'process';

/** Ends with its stdin, that is with us, however we end; as a first process it also buries whoever is left to it. */
const HOLD = 'echo ready; while read -r _; do :; done';
const LONGEST_TEXT = 16 * 1024 * 1024;

export async function createNamespaces(kinds: readonly Kind[]): Promise<Namespaces> {
  const processes = kinds.includes('process');
  const mounts = processes || kinds.includes('mount');
  const wanted = [
    '--net',
    ...(mounts ? ['--mount'] : []),
    ...(processes ? ['--pid', '--fork', '--kill-child', '--mount-proc'] : []),
  ];
  const holder = spawn('unshare', [...wanted, '--', 'bash', '-c', HOLD], { stdio: ['pipe', 'pipe', 'pipe'] });
  const pid = await heldBy(holder);
  const flags = [
    `--net=/proc/${pid}/ns/net`,
    ...(mounts ? [`--mount=/proc/${pid}/ns/mnt`] : []),
    ...(processes ? [`--pid=/proc/${pid}/ns/pid_for_children`] : []),
  ];
  // With a mount namespace one would be at its root. A host does not have the folder that we are in.
  const enter = processes
    ? ['nsenter', ...flags, '--']
    : ['sh', '-c', `exec nsenter ${flags.join(' ')} --wdns="$PWD" -- "$@"`, 'nsenter'];

  const run: Namespaces['run'] = (argv, input) => {
    const [file = '', ...args] = [...enter, ...argv];
    return new Promise((resolve) => {
      const program = execFile(file, args, { maxBuffer: LONGEST_TEXT }, (error, stdout, stderr) => {
        const code = error ? error.code : 0;
        resolve({ code: typeof code === 'number' ? code : undefined, stdout, stderr });
      });
      // It may end without having read everything.
      program.stdin?.on('error', () => {}).end(input ?? '');
    });
  };

  return {
    pid,
    enter,
    run,
    async must(argv, input) {
      const { code, stdout, stderr } = await run(argv, input);
      if (code !== 0) throw new Error(`${argv.join(' ')} ended with ${code}:\n${stderr}`);
      return stdout;
    },
    async close() {
      if (holder.exitCode !== null || holder.signalCode !== null) return;
      holder.kill('SIGKILL');
      await once(holder, 'close');
    },
  };
}

async function heldBy({ pid, stdout, stderr }: ChildProcess): Promise<number> {
  let complaint = '';
  stderr?.setEncoding('utf8').on('data', (text: string) => {
    complaint += text;
  });
  const isThere = await new Promise<boolean>((resolve) => {
    stdout?.once('data', () => resolve(true)).once('close', () => resolve(false));
  });
  if (!isThere || pid === undefined) throw new Error(`no namespaces here: ${complaint.trim()}`);
  return pid;
}
