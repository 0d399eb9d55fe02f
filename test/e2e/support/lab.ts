import { randomUUID } from 'node:crypto';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { Broker } from './brokers.ts';
import { type CliOptions, environment, startCli } from './cli.ts';
import { createFolder } from './folder.ts';
import { createLog, type Log } from './log.ts';
import { markOf, processesWith } from './processes.ts';
import { type Ended, type Program, startProgram } from './program.ts';

export interface AgentOptions extends CliOptions {
  /** Text of the node script; default: the one below. */
  readonly script?: string;
  readonly groups?: readonly string[];
  /** The status that says it is there; default: ALIVE. */
  readonly says?: string;
}

/** One test's corner of a broker: a root topic and a folder of its own, and everything that it started there. */
export interface Lab {
  readonly root: string;
  /** Working directory of everything that is started here. */
  readonly folder: string;
  /** Writes a file into the folder, and says where. */
  write(name: string, text: string): Promise<string>;
  /** Starts the program, told about broker and root. */
  start(words: readonly string[], options?: CliOptions): Program;
  end(words: readonly string[], options?: CliOptions): Promise<Ended>;
  /** Runs a playbook of these lines. */
  startRun(lines: readonly string[], words?: readonly string[], options?: CliOptions): Promise<Program>;
  run(lines: readonly string[], words?: readonly string[], options?: CliOptions): Promise<Ended>;
  /** Starts an agent; resolves when it has said that it is there. */
  agent(name: string, options?: AgentOptions): Promise<Program>;
  /** Starts any other program. */
  program(file: string, args: readonly string[]): Program;
  /** What is said below the root, as mosquitto_sub sees it. */
  listen(): Promise<Log>;
  /** mosquitto_pub: each line a message, in order, to a topic below the root. */
  publish(topic: string, ...lines: readonly string[]): Promise<void>;
  /** Command lines of everything that runs because of this lab. */
  processes(): readonly string[];
}

/** A script that does a little of everything. */
const SCRIPT = `
startFunction() {
  case \${1-} in
    fail) echo "there is no $2" >&2; return 7 ;;
    sleep) sleep "$2" ;;
    background) sleep "$2" & LAST_PID=$! ;;
    *) echo "started $*" ;;
  esac
}
stopFunction() { [[ -z \${LAST_PID-} ]] || kill "$LAST_PID"; LAST_PID=; }
`;

export async function createLab({ port }: Broker): Promise<Lab> {
  const root = `e2e/${randomUUID()}`;
  const folder = await createFolder();
  onTestFinished(() => rm(folder, { recursive: true }));
  const server = ['-h', '127.0.0.1', '-p', String(port), '-q', '1'];
  let log: Promise<Log> | undefined;

  const endedWithTest = (started: Program): Program => {
    onTestFinished(() => started.stop());
    return started;
  };

  const start: Lab['start'] = ([command = '', ...words], options = {}) => {
    const where = ['-m', `127.0.0.1:${port}`, '-t', root];
    const argv = command.startsWith('-') ? [...where, command, ...words] : [command, ...where, ...words];
    const env = { ...markOf(root), ...options.env };
    return endedWithTest(startCli(argv, { cwd: folder, ...options, env }));
  };

  const write: Lab['write'] = async (name, text) => {
    const path = join(folder, name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text);
    return path;
  };

  const startRun: Lab['startRun'] = async (lines, words = [], options) => {
    await write('playbook', `${lines.join('\n')}\n`);
    return start(['run', ...words], options);
  };

  const program: Lab['program'] = (file, args) =>
    endedWithTest(startProgram(file, args, { cwd: folder, env: environment() }));

  const listen = (): Promise<Log> => {
    log ??= createLog(root, (words) => program('stdbuf', ['-oL', 'mosquitto_sub', ...server, ...words]));
    return log;
  };

  return {
    root,
    folder,
    write,
    start,
    end: (words, options) => start(words, options).ended,
    startRun,
    run: async (lines, words, options) => (await startRun(lines, words, options)).ended,
    program,
    listen,
    async agent(name, { script = SCRIPT, groups = [], says = 'ALIVE', ...options } = {}) {
      const { next } = await listen();
      const there = next(`${name}/STATUS`, says);
      const functions = await write(`${name}.functions.sh`, script);
      const inGroups = groups.flatMap((group) => ['--group', group]);
      const agent = start(['agent', '--name', name, '--functions', functions, ...inGroups], options);
      const gone = agent.ended.then(({ stderr }) => Promise.reject(new Error(`${name} ended:\n${stderr}`)));
      await Promise.race([there, gone]);
      return agent;
    },
    async publish(topic, ...lines) {
      const args = [...server, '-t', `${root}/${topic}`, '-l'];
      const input = lines.map((line) => `${line}\n`).join('');
      await startProgram('mosquitto_pub', args, { env: environment(), input }).ended;
    },
    processes: () => processesWith(markOf(root)),
  };
}
