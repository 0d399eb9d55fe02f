// biome-ignore-all lint/suspicious/noTemplateCurlyInString: it is the playbook's own notation.

import { cp, mkdir, readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, inject, it } from 'vitest';
import { PATIENCE } from './support/patience.ts';
import type { Program } from './support/program.ts';
import { createWorkplace, type Workplace } from './support/workplace.ts';

const SCRIPT = `
startFunction() {
  case $1 in
    fail) return 3 ;;
    background) sleep 600 & echo busy ;;
    sleep) (setsid sleep 600 &); echo busy; sleep 600 ;;
  esac
}
stopFunction() { :; }
`;
const SLEEPING = ['SEND node1 START background', 'SEND node2 START sleep', 'WAITFOR node2 STARTED'] as const;

/** What a run leaves behind is looked for there. */
async function createLocalWorkplace(): Promise<Workplace & { readonly temporary: string }> {
  const workplace = await createWorkplace();
  await workplace.write('node-scripts/default/functions.sh', SCRIPT);
  const temporary = join(workplace.folder, 'temporary');
  await mkdir(temporary);
  return { ...workplace, temporary };
}

async function untilBusy(run: Program): Promise<void> {
  for (const node of ['node1', 'node2']) await run.printed(new RegExp(`${node} │ busy`));
}

it.each([
  { end: 'passed', code: 0, lines: ['SEND node1 START background', 'WAITFOR node1 STARTED'], words: [] },
  { end: 'failed', code: 1, lines: ['SEND node1 START background', 'SEND node2 START fail'], words: [] },
  { end: 'timed out', code: 3, lines: SLEEPING, words: ['--timeout', '500ms'] },
] as const)('nothing is left of a run that $end', async ({ code, lines, words }) => {
  const { run, processes, temporary } = await createLocalWorkplace();
  const ended = await run(lines, ['--local', ...words], { env: { TMPDIR: temporary } });
  expect(ended.stdout).toContain('Recap');
  expect(ended.code).toBe(code);
  await expect.poll(processes, PATIENCE).toEqual([]);
  await expect.poll(() => readdir(temporary), PATIENCE).toEqual([]);
});

it.each(['SIGINT', 'SIGTERM'] as const)('nothing is left after %s', async (signal) => {
  const { startRun, processes, temporary } = await createLocalWorkplace();
  const run = await startRun(SLEEPING, ['--local'], { env: { TMPDIR: temporary } });
  await untilBusy(run);
  run.signal(signal);
  const { code, stdout } = await run.ended;
  expect(stdout).toMatch(/\nRecap\n[\s\S]*\nINTERRUPTED /);
  expect(code, stdout).toBe(130);
  await expect.poll(processes, PATIENCE).toEqual([]);
  await expect.poll(() => readdir(temporary), PATIENCE).toEqual([]);
});

it.each([
  ['killed', ['SIGKILL']],
  ['interrupted twice', ['SIGINT', 'SIGINT']],
] as const)('nothing is left for long of a run that was %s', async (_, signals) => {
  const { startRun, write, processes, temporary } = await createLocalWorkplace();
  await write(
    'node-scripts/node2/functions.sh',
    'startFunction() { echo busy; sleep 600; }\nstopFunction() { sleep 600; }',
  );
  const run = await startRun(SLEEPING, ['--local'], { env: { TMPDIR: temporary } });
  await untilBusy(run);
  for (const signal of signals) {
    run.signal(signal);
    if (signal === 'SIGINT') await run.printed(/cleaning up/);
  }
  const { stdout } = await run.ended;
  expect(stdout).not.toContain('Recap');
  await expect.poll(processes, PATIENCE).toEqual([]);
  await expect.poll(() => readdir(temporary), PATIENCE).toEqual([]);
});

it('--lenient skips what the original would have skipped, and says so', async () => {
  const { run } = await createLocalWorkplace();
  const lines = ['PLEASE start', 'SEND node1 START background', 'FINISH'];
  const { code, stdout, stderr } = await run(lines, ['--local', '--lenient']);
  expect(stderr).toContain('playbook:1:1: warning: line ignored: unknown keyword "PLEASE"');
  expect(stderr).toContain('playbook:3:1: warning: line ignored: unknown keyword "FINISH"');
  expect(stdout).toMatch(/✓ 1\/1 {2}SEND node1 START background/);
  expect(code, stdout).toBe(0);
});

it("prefers a node's own script, and the ones of the working directory", async () => {
  const { run, write } = await createLocalWorkplace();
  await write(
    'node-scripts/node1/functions.sh',
    'startFunction() { echo "I am $MY_TOPIC"; }\nstopFunction() { :; }',
  );
  const { code, stdout } = await run(['SEND node1,node2 START background'], ['--local']);
  expect(stdout).toContain('node1 │ I am node1');
  expect(stdout).toContain('node2 │ busy');
  expect(stdout).not.toContain('I am node2');
  expect(code, stdout).toBe(0);
});

it('2: there is no script for a node, with all the places', async () => {
  const { folder, write, program } = await createWorkplace();
  await cp(dirname(inject('program')), join(folder, 'package/dist'), { recursive: true });
  await write('package/package.json', '{"type": "module"}');
  await write('playbook', 'SEND node7 START\n');
  const { code, stdout, stderr } = await program(process.execPath, ['package/dist/orchestrate.js', '--local'])
    .ended;
  expect(stdout).toBe('');
  expect(stderr).toBe(
    [
      'error: there is no node script for node7; tried',
      '  node-scripts/node7/functions.sh',
      '  node-scripts/default/functions.sh',
      '  package/node-scripts/node7/functions.sh',
      '  package/node-scripts/default/functions.sh',
      'hint: write one of these files, with a startFunction and a stopFunction\n',
    ].join('\n'),
  );
  expect(code, stdout).toBe(2);
});

it.each([
  { why: 'only *', line: 'SEND * START', words: [] },
  { why: 'only a group', line: 'SEND @clients START', words: [] },
  { why: 'no node', line: 'WAIT 0', words: [] },
  { why: '-m', line: 'SEND node1 START', words: ['-m', 'broker.lan'] },
])('2: $why beside --local', async ({ line, words }) => {
  const { run, processes } = await createLocalWorkplace();
  const { code, stdout, stderr } = await run([line], ['--local', ...words]);
  expect(stdout).toBe('');
  expect(stderr).toMatch(/^error: .*--local.*\nhint: /);
  expect(code, stdout).toBe(2);
  await expect.poll(processes, PATIENCE).toEqual([]);
});

describe('with an inventory', () => {
  const INVENTORY = `
lab: {children: {clients: , servers: }}
servers: {hosts: {s: }}
clients: {hosts: {"c[1:2]": , c1: {port: 5201}, c2: {port: 5202}}}
`;
  const say = (what: string): string =>
    `startFunction() { echo "${what} $MY_TOPIC $*"; }\nstopFunction() { :; }\n`;

  async function createInventoryWorkplace(): Promise<Workplace> {
    const workplace = await createLocalWorkplace();
    await workplace.write('lab.yaml', INVENTORY);
    return workplace;
  }

  it('starts agents for * and groups, each with the script nearest to it, and its groups', async () => {
    const { run, write, processes } = await createInventoryWorkplace();
    await write('node-scripts/lab/functions.sh', say('lab'));
    await write('node-scripts/clients/functions.sh', say('clients'));
    await write('node-scripts/c2/functions.sh', say('own'));
    const lines = ['WAITFOR * ALIVE', 'SEND * START', 'WAITFOR @clients,s STARTED'];
    const { code, stdout } = await run(lines, ['--local', '--inventory', 'lab.yaml']);
    expect(stdout).toContain('* is c1, c2, s (3 nodes)');
    for (const said of ['s │ lab s', 'c1 │ clients c1', 'c2 │ own c2']) expect(stdout).toContain(said);
    expect(code, stdout).toBe(0);
    await expect.poll(processes, PATIENCE).toEqual([]);
  });

  it('gives each node its own message', async () => {
    const { run, write } = await createInventoryWorkplace();
    await write('node-scripts/default/functions.sh', say('hears'));
    const lines = ['SEND @clients START ${node.port} for ${node.name}', 'WAITFOR @clients STARTED'];
    const { code, stdout } = await run(lines, ['--local', '--inventory', 'lab.yaml']);
    for (const [node, port] of [
      ['c1', 5201],
      ['c2', 5202],
    ]) {
      expect(stdout).toContain(`${node} │ hears ${node} ${port} for ${node}`);
      expect(stdout).toContain(`${node}: START ${port} for ${node}`);
    }
    expect(stdout).toMatch(/✓ 1\/2 {2}SEND @clients START \$\{node\.port\} for \$\{node\.name\}/);
    expect(code, stdout).toBe(0);
  });

  it('2: a name that it does not have', async () => {
    const { run, processes } = await createInventoryWorkplace();
    const { code, stdout, stderr } = await run(['SEND c[1:3] START'], ['--local', '--inventory', 'lab.yaml']);
    expect(stdout).toBe('');
    expect(stderr).toContain('playbook:1:6: error: the inventory has no node "c3"');
    expect(code, stdout).toBe(2);
    await expect.poll(processes, PATIENCE).toEqual([]);
  });
});
