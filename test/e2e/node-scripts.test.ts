import { beforeAll, expect, it } from 'vitest';
import { freePort } from '../support/free-port.ts';
import { type Broker, describeOnEachBroker } from './support/brokers.ts';
import { createLab } from './support/lab.ts';
import { PATIENCE } from './support/patience.ts';
import { memoryOf } from './support/processes.ts';

let broker: Broker;

interface Case {
  readonly what: string;
  /** Body of startFunction. */
  readonly start?: string;
  /** Body of stopFunction; without it there is none. */
  readonly stop?: string;
  /** The script itself, when it is more than these two. */
  readonly script?: string;
  /** Of the run that sends START and waits for STARTED. */
  readonly code: number;
  /** What the display of the run says. */
  readonly said: readonly RegExp[];
  /** How the agent introduces itself; default: ALIVE. */
  readonly says?: string;
  readonly options?: readonly string[];
}

const TIMED_OUT = /TIMED OUT .*\n {2}2\/2 {2}WAITFOR node1 STARTED\n {4}node1: START \d+ is under way\n/;
const IN_TIME = ['--timeout', '1s'];
const PASSED = /\nPASSED in /;

const failed = (code: number): RegExp =>
  new RegExp(
    `node1: START \\d+ failed with exit code ${code} [^]*\\nFAILED \\(1 step failed\\) in .*\\n {2}2/2 {2}WAITFOR node1 STARTED\\n {4}node1: `,
  );
const replaced = (code: number): RegExp =>
  new RegExp(`warning: bash ended with code ${code} and was replaced: variables are as they were `);

/** The argument of START is a free port. */
const CASES: readonly Case[] = [
  {
    what: 'returns non-zero',
    start: 'echo "there is no wlan0" >&2; return 3',
    code: 1,
    said: [failed(3), /\n {4}node1: .*there is no wlan0/],
  },
  { what: 'hangs', start: 'sleep 7777', code: 3, said: [TIMED_OUT], options: IN_TIME },
  {
    what: 'hangs and is deaf to signals',
    start: 'trap "" TERM INT HUP; while :; do sleep 7777; done',
    code: 3,
    said: [TIMED_OUT],
    options: IN_TIME,
  },
  { what: 'exits', start: 'echo last words >&2; exit 5', code: 1, said: [failed(5), /last words/] },
  { what: 'makes way for a program', start: 'exec true', code: 0, said: [replaced(0), PASSED] },
  {
    what: 'makes way for a program that stays',
    start: 'exec sleep 7777',
    code: 3,
    said: [TIMED_OUT],
    options: IN_TIME,
  },
  { what: 'closes stdout and stderr', start: 'exec 1>&- 2>&-', code: 0, said: [PASSED] },
  { what: 'kills its own shell', start: 'kill -9 $$', code: 1, said: [failed(137), replaced(137)] },
  {
    what: 'prints binary',
    start: "head -c 300000 /dev/urandom; echo; printf '\\x1b[2J\\xff\\0\\n'",
    code: 0,
    said: [PASSED],
  },
  {
    what: 'leaves grandchildren that hold the pipe',
    start: '(sleep 7777 & sleep 7777 & exit 0)',
    code: 0,
    said: [PASSED],
  },
  { what: 'leaves a printer', start: 'yes tick & echo begun', code: 0, said: [/begun/, PASSED] },
  {
    what: 'starts a daemon',
    start: 'iperf3 -s -D -p "$1"; wait_port "$1" 10',
    code: 0,
    said: [PASSED],
  },
  {
    what: 'starts sessions of their own',
    start: 'setsid sleep 7777 & nohup sleep 7777 >/dev/null 2>&1 & (setsid -f sleep 7777)',
    code: 0,
    said: [PASSED],
  },
  {
    what: 'changes its directory, and removes it',
    start: 'mkdir gone && cd gone && rmdir ../gone',
    code: 0,
    said: [PASSED],
  },
  {
    what: 'has a stopFunction that fails',
    start: 'sleep 7777 &',
    stop: 'echo no such process >&2; return 4',
    code: 0,
    said: [PASSED],
  },
  {
    what: 'has a stopFunction that takes the shell along',
    start: 'sleep 7777 &',
    stop: 'kill -9 $$',
    code: 0,
    said: [PASSED],
  },
  {
    what: 'has no startFunction',
    script: 'checkFunction() { :; }',
    code: 1,
    said: [failed(127), /the node script has no startFunction/],
  },
  ...[
    {
      what: 'has a syntax error',
      script: 'startFunction() { if; }\n',
      reason: 'functions\\.sh:1: syntax error',
    },
    {
      what: 'begins with a byte order mark',
      script: '\ufeffstartFunction() { :; }\n',
      reason: 'functions\\.sh:1: .*byte order mark',
    },
    { what: 'has CR LF', script: 'a=1\r\nstartFunction() { :; }\r\n', reason: 'functions\\.sh:1: .*CR LF' },
    { what: 'ends while it is loaded', script: 'exit 9\n', reason: 'functions\\.sh: bash ended with code 9' },
  ].map(({ what, script, reason }) => ({
    what,
    script,
    code: 1,
    said: [new RegExp(`node1: it refused START \\d+: FAILED INIT \\S*${reason}`)],
    says: 'FAILED INIT',
  })),
];

/** What a script of these started, as far as it can be told from what the agent itself needs. */
const WORK = /sleep 7777|iperf3|^yes |urandom/;

describeOnEachBroker('node scripts', (shared) => {
  beforeAll(() => {
    broker = shared();
  });

  it.each(CASES)('a node script that $what', async ({ start, stop, script, code, said, says, options }) => {
    const lab = await createLab(broker);
    const log = await lab.listen();
    const functions = [
      `startFunction() { ${start}\n}`,
      'checkFunction() { :; }',
      stop === undefined ? '' : `stopFunction() { ${stop}\n}`,
    ];
    const agent = await lab.agent('node1', { script: script ?? functions.join('\n'), says });
    const lines = [`SEND node1 START ${await freePort()}`, 'WAITFOR node1 STARTED'];
    const run = await lab.run(lines, options);
    for (const pattern of said) expect(run.stdout).toMatch(pattern);
    expect(run.code, run.stdout).toBe(code);
    expect(run.stdout).not.toContain('\x1b');

    const stopped = log.next('node1/STATUS', 'STOPPED');
    await lab.publish('node1/COMMAND', 'STOP');
    await stopped;
    await expect.poll(() => lab.processes().filter((line) => WORK.test(line)), PATIENCE).toEqual([]);

    const checked = log.next('node1/STATUS', says === undefined ? 'CHECK-DONE' : 'FAILED CHECK');
    await lab.publish('node1/COMMAND', 'CHECK');
    await checked;
    await lab.publish('node1/COMMAND', 'TERMINATE');
    expect((await agent.ended).code).toBe(0);
    await log.heard('node1/STATUS', 'TERMINATED');
  });

  it('a node script that prints 100 MB: what is left out is said, and the agent stays small', async () => {
    const lab = await createLab(broker);
    const script = `startFunction() { echo first; yes 'a line of output' | head -c 100000000; echo; echo last; }`;
    const agent = await lab.agent('node1', { script });
    const before = memoryOf(agent.pid);
    const { code, stdout } = await lab.run(['SEND node1 START', 'WAITFOR node1 STARTED']);
    expect(code, stdout.slice(-2000)).toBe(0);
    expect(stdout).toContain('node1 │ first\n');
    expect(stdout).toContain('node1 │ last\n');
    expect(stdout).toMatch(/node1 │ \[\d{8} bytes of output left out here\]\n/);
    expect(stdout).toMatch(/warning: \d{8} bytes of its stdout were left out/);
    expect(memoryOf(agent.pid) - before).toBeLessThan(150_000_000);
  });

  it('TERMINATE ends an agent at once whose stopFunction hangs', async () => {
    const lab = await createLab(broker);
    const script = 'startFunction() { sleep 7777 & }\nstopFunction() { publish_mqtt HANGING; sleep 7777; }';
    const agent = await lab.agent('node1', { script });
    const log = await lab.listen();
    await lab.publish('node1/COMMAND', 'START', 'STOP');
    await log.heard('node1/STATUS', 'HANGING');
    await lab.publish('node1/COMMAND', 'TERMINATE');
    expect((await agent.ended).code).toBe(0);
    await expect.poll(() => lab.processes().filter((line) => WORK.test(line)), PATIENCE).toEqual([]);
  });
});
