import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { RunDocument } from '../../src/history/index.ts';
import { freePort } from '../support/free-port.ts';
import { PATIENCE } from './support/patience.ts';
import { createWorkplace, type Workplace } from './support/workplace.ts';

const SCRIPT = `
startFunction() {
  case $1 in
    fail) echo "no such server" >&2; return 3 ;;
    sleep) echo "going to sleep"; sleep 600 ;;
    *) echo "hello $1"; update "half of it" ;;
  esac
}
stopFunction() { :; }
`;
const LINES = ['WAITFOR node1,node2 ALIVE', 'SEND node1 START world', 'WAITFOR node1 STARTED'];
const PASSWORD = 'correct horse battery';

async function workplace(): Promise<Workplace> {
  const place = await createWorkplace();
  await place.write('node-scripts/default/functions.sh', SCRIPT);
  return place;
}

/** Of the runs, the latest last. */
async function foldersIn({ folder }: Workplace): Promise<string[]> {
  const names = await readdir(join(folder, 'runs')).catch(() => []);
  return names.sort().map((name) => join(folder, 'runs', name));
}

async function lastFolder(place: Workplace): Promise<string> {
  const last = (await foldersIn(place)).at(-1);
  if (last === undefined) throw new Error('no run was recorded');
  return last;
}

async function documentIn(folder: string): Promise<RunDocument> {
  return JSON.parse(await readFile(join(folder, 'run.json'), 'utf8'));
}

it('a run leaves a folder with all of it, and says where; `runs show` draws the same Recap', async () => {
  const place = await workplace();
  const { code, stdout } = await place.run(LINES, ['--local', '--var', 'seconds=5'], {
    env: { MQTT_USERNAME: 'lab', MQTT_PASSWORD: PASSWORD },
  });
  expect(code, stdout).toBe(0);
  const folder = await lastFolder(place);
  const [, recap = ''] = stdout.split('\nRecap\n');
  expect(recap).toMatch(/\nPASSED in .*\nrecorded in runs\/\d{8}T\d{6}Z-playbook-[\da-f]{8}\n$/);
  expect(folder.endsWith(recap.trimEnd().split(' ').at(-1) ?? '')).toBe(true);

  const document = await documentIn(folder);
  expect(document).toMatchObject({
    state: 'finished',
    verdict: 'passed',
    exitCode: 0,
    local: true,
    owner: expect.stringMatching(/^tester@/),
    version: expect.stringMatching(/^\d+\.\d+\.\d+/),
    variables: { seconds: '5' },
    steps: LINES.map((text, index) => ({ index, text, state: 'finished', verdict: 'passed' })),
    trouble: null,
  });
  expect(document.nodes).toMatchObject([
    {
      node: 'node1',
      commands: 1,
      version: document.version,
      lastUpdate: 'half of it',
      output: { bytes: 12 },
    },
    { node: 'node2', commands: 0, version: document.version, output: null },
  ]);
  expect(document.configuration.find(({ key }) => key === 'MQTT_PASSWORD')?.value).toBe('********');
  expect(await readFile(join(folder, 'playbook'), 'utf8')).toBe(`${LINES.join('\n')}\n`);
  expect(await readFile(join(folder, 'nodes/node1/output.log'), 'utf8')).toBe('hello world\n');
  for (const name of ['run.json', 'events.ndjson'])
    expect(await readFile(join(folder, name), 'utf8')).not.toContain(PASSWORD);

  const shown = await place.end(['runs', 'show', document.id.slice(0, 4)]);
  expect(shown.stdout).toBe(
    `playbook, run ${document.id} of ${document.owner}, ${document.startedAt}\n\nRecap\n${recap}`,
  );
  const json = await place.end(['runs', 'show', document.id, '--json']);
  expect(JSON.parse(json.stdout)).toEqual({ ...document, standing: 'finished', folder });
});

it('events are those of --reporter ndjson, whatever is shown', async () => {
  const place = await workplace();
  const { stdout, stderr } = await place.run(LINES, ['--local', '--reporter', 'ndjson']);
  expect(stderr).toBe('');
  expect(await readFile(join(await lastFolder(place), 'events.ndjson'), 'utf8')).toBe(stdout);
});

it('a failure is recorded with why, and has the same exit code', async () => {
  const place = await workplace();
  const { code } = await place.run(['SEND node1 START fail', 'WAITFOR node1 STARTED'], ['--local']);
  const document = await documentIn(await lastFolder(place));
  expect(document).toMatchObject({ verdict: 'failed', exitCode: code });
  expect(document.problems).toEqual([{ node: 'node1', reason: expect.stringContaining('no such server') }]);
});

it('a run without a broker is recorded with the error', async () => {
  const place = await workplace();
  const { code } = await place.run(LINES, ['-m', '127.0.0.1:1', '--broker-timeout', '100ms']);
  expect(code).toBe(5);
  expect(await documentIn(await lastFolder(place))).toMatchObject({
    state: 'finished',
    verdict: null,
    exitCode: 5,
    error: { code: 'BROKER_UNREACHABLE' },
  });
  const { stdout } = await place.end(['runs']);
  expect(stdout).toMatch(/ playbook +BROKER_UNREACHABLE /);
});

it.each([
  { how: '--no-record', words: ['--no-record'], config: '' },
  { how: '--runs-dir off', words: ['--runs-dir', 'off'], config: '' },
  { how: 'RUNS_DIR=off', words: [], config: 'RUNS_DIR=off\n' },
])('$how: nothing is recorded, and nothing said', async ({ words, config }) => {
  const place = await workplace();
  await place.write('global.config', config);
  const { code, stdout } = await place.run(['WAITFOR node1 ALIVE'], ['--local', ...words]);
  expect(code).toBe(0);
  expect(stdout).not.toContain('recorded');
  expect(await foldersIn(place)).toEqual([]);
});

it('--runs-dir: elsewhere; where that cannot be, a warning and the same outcome', async () => {
  const place = await workplace();
  const there = await place.run(['WAITFOR node1 ALIVE'], ['--local', '--runs-dir', 'a/b']);
  expect(there.stdout).toMatch(/\nrecorded in a\/b\/\S+\n$/);
  const nowhere = await place.run(['WAITFOR node1 ALIVE'], ['--local', '--runs-dir', 'playbook/x']);
  expect(nowhere.code).toBe(0);
  expect(nowhere.stderr).toMatch(/^warning: no record in playbook\/x: .*; the run goes on\n$/);
  expect(nowhere.stdout).toMatch(/\nPASSED in .*\n$/);
});

it('a received file is where the playbook wants it, and in the record', async () => {
  const place = await workplace();
  await place.write(
    'node-scripts/default/functions.sh',
    'startFunction() { echo figures > "$1"; }\nstopFunction() { :; }',
  );
  await place.write('got/.keep', '');
  const file = join(place.folder, 'sent.log');
  const port = await freePort();
  const { code, stdout } = await place.run(
    [
      `SEND node1 START ${file}`,
      'WAITFOR node1 STARTED',
      `RECEIVE ${port} got/here.log`,
      `SEND node1 SENDFILE ${file} 127.0.0.1 ${port}`,
      'WAITFOR node1 SENT FILE',
    ],
    ['--local'],
  );
  expect(code, stdout).toBe(0);
  const folder = await lastFolder(place);
  expect(await readFile(join(place.folder, 'got/here.log'), 'utf8')).toBe('figures\n');
  expect(await readFile(join(folder, 'files/here.log'), 'utf8')).toBe('figures\n');
  expect((await documentIn(folder)).files).toMatchObject([{ file: 'got/here.log', copy: 'files/here.log' }]);
});

it('a control machine that is killed leaves whole events; the run is RUNNING, then INCOMPLETE', async () => {
  const place = await workplace();
  const run = await place.startRun(['SEND node1 START sleep', 'WAITFOR node1 STARTED'], ['--local']);
  await run.printed(/going to sleep/);
  expect((await place.end(['runs'])).stdout).toMatch(/ playbook +RUNNING /);
  expect((await place.end(['runs', 'prune', '--keep', '0'])).stdout).toBe('one run is in runs\n');
  run.signal('SIGKILL');
  await run.ended;
  const folder = await lastFolder(place);
  await expect
    .poll(async () => (await place.end(['runs'])).stdout, PATIENCE)
    .toMatch(/ playbook +INCOMPLETE /);
  const events = (await readFile(join(folder, 'events.ndjson'), 'utf8')).trimEnd().split('\n');
  expect(events.map((line) => JSON.parse(line).seq)).toEqual(events.map((_, index) => index + 1));
  expect(await readFile(join(folder, 'nodes/node1/output.log'), 'utf8')).toBe('going to sleep\n');
  expect(await documentIn(folder)).toMatchObject({ state: 'running', verdict: null });
  const shown = await place.end(['runs', 'show', '2']);
  expect(shown.stdout).toMatch(/\nRecap\n.*\n {2}node1 +1 +0 [\s\S]*\nINCOMPLETE after /);
});

it('runs: lists and prunes what is a run, and names what is none', async () => {
  const place = await workplace();
  expect(await place.end(['runs'])).toEqual({ code: 0, stdout: '', stderr: 'no run in runs\n' });
  for (const file of ['one', 'two']) {
    await place.write(file, 'WAITFOR node1 ALIVE\n');
    expect((await place.end(['run', '-p', file, '--local'])).code).toBe(0);
  }
  await writeFile(join(place.folder, 'runs/notes.txt'), 'mine');
  const listed = await place.end(['runs', 'list']);
  expect(listed.stdout).toMatch(
    /^began \(UTC\) +name +verdict +time +nodes +id\n\S+ \S+ +one +passed +\S+ +1 +[\da-f]{8}\n\S+ \S+ +two +passed .*\n$/,
  );
  expect(listed.stderr).toBe('not a run: runs/notes.txt: it is no run folder\n');
  const json = JSON.parse((await place.end(['runs', '--json'])).stdout);
  expect(json).toMatchObject([
    { playbook: 'one', standing: 'finished', verdict: 'passed', exitCode: 0, nodes: 1 },
    { playbook: 'two' },
  ]);

  const dry = await place.end(['runs', 'prune', '--keep', '1', '--dry-run']);
  expect(dry.stdout).toMatch(/^would delete runs\/\S+-one-[\da-f]{8}\n2 runs are in runs\n$/);
  const pruned = await place.end(['runs', 'prune', '--keep', '1']);
  expect(pruned.stdout).toMatch(/^deleted runs\/\S+-one-[\da-f]{8}\none run is in runs\n$/);
  expect(pruned.stderr).toBe('left alone: runs/notes.txt: it is no run folder\n');
  expect((await place.end(['runs', 'prune', '--older-than', '1d'])).stdout).toBe('one run is in runs\n');
  expect(await readdir(join(place.folder, 'runs'))).toEqual([expect.stringMatching(/-two-/), 'notes.txt']);
});

it('runs: an id that is none, or not enough of one', async () => {
  const place = await workplace();
  const none = await place.end(['runs', 'show', 'x']);
  expect(none).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/^error: no run in runs has an id that begins with "x"\n/),
  });
  for (const words of [
    ['prune'],
    ['prune', '--keep', '1', '--older-than', '1h'],
    ['prune', '--keep', '-1'],
    ['show'],
  ]) {
    expect((await place.end(['runs', ...words])).code, words.join(' ')).toBe(2);
  }
});
