import { randomUUID } from 'node:crypto';
import type { Broker } from './brokers.ts';
import { createLog, type Log } from './log.ts';
import type { Program } from './program.ts';
import { createWorkplace, type Workplace } from './workplace.ts';

interface AgentOptions {
  /** Text of the node script; default: one that does a little of everything. */
  readonly script?: string;
  readonly groups?: readonly string[];
  /** The status that says it is there; default: ALIVE. */
  readonly says?: string;
  /** Of another way to the broker; default: the lab's. */
  readonly port?: number;
}

/** One test's corner of a broker: a root topic of its own, which every command is told. */
export interface Lab extends Workplace {
  readonly root: string;
  /** Options of mosquitto's clients for the broker. */
  readonly server: readonly string[];
  /** Starts an agent; resolves when it has said that it is there. */
  agent(name: string, options?: AgentOptions): Promise<Program>;
  /** What is said below the root, as mosquitto_sub sees it. */
  listen(): Promise<Log>;
  /** mosquitto_pub: each line a message, in order, to a topic below the root. */
  publish(topic: string, ...lines: readonly string[]): Promise<void>;
}

const SCRIPT = `
startFunction() {
  case \${1-} in
    fail) echo "there is no $2" >&2; return 7 ;;
    sleep) sleep "$2" ;;
    background) sleep "$2" & LAST_PID=$! ;;
    daemon) setsid sleep "$2" & ;;
    *) echo "started $*" ;;
  esac
}
stopFunction() { [[ -z \${LAST_PID-} ]] || kill "$LAST_PID"; LAST_PID=; }
`;

export async function createLab({ port }: Broker): Promise<Lab> {
  const root = `e2e/${randomUUID()}`;
  const workplace = await createWorkplace(['-m', `127.0.0.1:${port}`, '-t', root]);
  const server = ['-h', '127.0.0.1', '-p', String(port), '-q', '1'];
  let log: Promise<Log> | undefined;

  const listen = (): Promise<Log> => {
    log ??= createLog(root, server);
    return log;
  };

  return {
    ...workplace,
    root,
    server,
    listen,
    async agent(name, { script = SCRIPT, groups = [], says = 'ALIVE', port: otherPort } = {}) {
      const there = (await listen()).next(`${name}/STATUS`, says);
      const functions = await workplace.write(`${name}.functions.sh`, script);
      const inGroups = groups.flatMap((group) => ['--group', group]);
      const way = otherPort === undefined ? [] : ['-m', `127.0.0.1:${otherPort}`];
      const argv = ['agent', '--name', name, '--functions', functions, ...inGroups, ...way];
      const agent = workplace.start(argv);
      const gone = agent.ended.then(({ stderr }) => Promise.reject(new Error(`${name} ended:\n${stderr}`)));
      await Promise.race([there, gone]);
      return agent;
    },
    async publish(topic, ...lines) {
      const text = lines.map((line) => `${line}\n`).join('');
      await workplace.program('mosquitto_pub', [...server, '-t', `${root}/${topic}`, '-l'], text).ended;
    },
  };
}
