import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Lab } from './lab.ts';
import type { Program } from './program.ts';

export const AGENT_SH = new URL('../../../node-scripts/agent.sh', import.meta.url).pathname;

/** Words that run a shell script. */
export type Shell = readonly string[];

export interface ShellAgentOptions {
  /** Text of the node script; default: one that does a little of everything. */
  readonly script?: string;
  readonly words?: readonly string[];
  /** Of the lab's folder; agents that have the same one are on the same machine, as far as they can tell. */
  readonly temporary?: string;
  readonly environment?: readonly string[];
  /** Words that say which broker and root topic; default: the lab's. */
  readonly where?: readonly string[];
  /** Of another way to the broker; default: the lab's. */
  readonly port?: number;
  /** The status that says it is there; undefined: nothing is waited for. Default: ALIVE. */
  readonly says?: string | undefined;
}

const SCRIPT = `# shellcheck shell=sh
COUNT=0
initFunction() { COUNT=100; sleep 1000 & setsid sleep 1001 & }
startFunction() {
  COUNT=$((COUNT + 1))
  case \${1-} in
    fail) echo "there is no $2" >&2; return 7 ;;
    sleep) sleep "$2" ;;
    nested) inner "$2"; publish_mqtt OUTER ;;
    spin) while :; do :; done ;;
    stubborn) (trap '' TERM; while :; do sleep 1; done) ;;
    background) sleep "$2" & LAST_PID=$! ;;
    daemon) setsid sleep "$2" & ;;
    subshell) (while :; do sleep "$2"; done) & ;;
    exit) exit 3 ;;
    unset) set -u; : "$NOT_SET" ;;
    errexit) set -e; false; publish_mqtt ON ;;
    words) shift; for word in "$@"; do printf '<%s>' "$word"; done >words ;;
    order) echo "$2" >>order ;;
    environment) { set; export -p; tr '\\0' '\\n' </proc/$$/environ; } >environment ;;
  esac
}
inner() { sleep "$1"; }
stopFunction() {
  [ "\${1-}" != part ] || return "$2"
  [ -z "\${LAST_PID-}" ] || kill "$LAST_PID"
  LAST_PID=
}
countFunction() { publish_mqtt "COUNT $COUNT"; }
my_verbFunction() { printf 'a\\nb\\n' >figures; }
listenFunction() { wait_port "$1" "$2"; }
`;

/** Starts agent.sh under a shell. */
export async function startShellAgent(
  lab: Lab,
  shell: Shell,
  name: string,
  options: ShellAgentOptions = {},
): Promise<Program> {
  const {
    script = SCRIPT,
    words = [],
    temporary = 'tmp',
    environment = [],
    where = lab.where,
    port,
  } = options;
  const says = 'says' in options ? options.says : 'ALIVE';
  const there = says === undefined ? undefined : (await lab.listen()).next(`${name}/STATUS`, says);
  const functions = await lab.write(`${name}.functions.sh`, script);
  await mkdir(join(lab.folder, temporary), { recursive: true });
  const way = port === undefined ? [] : ['-m', `127.0.0.1:${port}`];
  const agent = lab.program('env', [
    `TMPDIR=${join(lab.folder, temporary)}`,
    ...environment,
    ...shell,
    AGENT_SH,
    ...where,
    ...['--name', name, '--functions', functions, ...way, ...words],
  ]);
  const gone = agent.ended.then(({ stderr }) => Promise.reject(new Error(`${name} ended:\n${stderr}`)));
  gone.catch(() => {});
  if (there) await Promise.race([there, gone]);
  return agent;
}

/** What an agent that has ended left on its machine: files of its own, and processes that it or its script started. */
export async function leftBy(lab: Lab, temporary = 'tmp'): Promise<readonly string[]> {
  const programs = /^(sleep|mosquitto_(sub|pub) (-q|$)|mosquitto_sub$)|agent\.sh/;
  const files = await readdir(join(lab.folder, temporary));
  return [...files, ...lab.processes().filter((line) => programs.test(line))];
}
