import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { systemClock } from '../../src/base/index.ts';
import type { FarLine, FarSaid } from '../../src/deploy/far-lines.ts';
import { farCommand } from '../../src/deploy/far-program.ts';
import { readHostFacts } from '../../src/deploy/host-facts.ts';
import { type LaidFile, layOut, sumOf } from '../../src/deploy/layout.ts';
import type { HostFacts } from '../../src/deploy/model.ts';
import { createTar } from '../../src/deploy/tar.ts';
import { runProgram } from '../../src/process/index.ts';
import { createFarHost, FAR_SHELLS, type FarHost } from './far-shells.ts';
import { PLAIN_CONFIG } from './plain-config.ts';

const PATIENCE = { timeout: 20_000, interval: 20 };

/** Stands for an agent: says its session, ends well by SIGTERM unless it is told to be stubborn. */
const AGENT = `
session=s-$$
echo "here I am"
case $FAR_AGENT in mute) exec sleep 600 ;; dead) echo "no broker" >&2; exit 7 ;; esac
echo "$$ $session" >session
if [ "$FAR_AGENT" = stubborn ]; then trap '' TERM; else trap 'rm -f session; exit 0' TERM; fi
while :; do sleep 0.1; done
`;

function files(script = 'startFunction() { :; }', agent = 'good'): readonly LaidFile[] {
  return layOut({
    node: 'node1',
    groups: ['g'],
    kind: 'shell',
    interpreter: 'sh',
    program: Buffer.from(`FAR_AGENT=${agent}\n${AGENT}`),
    script: Buffer.from(script),
    config: PLAIN_CONFIG,
  });
}

async function put(
  host: FarHost,
  laid: readonly LaidFile[],
  obsolete: readonly string[] = [],
): Promise<FarSaid> {
  const values = [
    ['node', 'node1'] as const,
    ...laid.map(({ name, mode, contents }) => ['file', `${mode} ${sumOf(contents)} ${name}`] as const),
    ...obsolete.map((name) => ['obsolete', name] as const),
  ];
  return host.run('put', values, createTar(laid, Date.now()));
}

const NODE1 = ['node', 'node1'] as const;

async function look(host: FarHost, how = 'all'): Promise<HostFacts> {
  return readHostFacts(linesOf(await host.run('look', [NODE1, ['how', how]])));
}

function linesOf(said: FarSaid): readonly FarLine[] {
  if (said.kind !== 'complete') throw new Error(JSON.stringify(said));
  return said.lines;
}

/** Its session; the agent is ended with the test, whatever becomes of it. */
async function start(host: FarHost): Promise<{ readonly pid: number; readonly session: string }> {
  const lines = linesOf(await host.run('start', [NODE1]));
  const [pid = '', session = ''] = lines.find(({ word }) => word === 'session')?.rest.split(' ') ?? [];
  if (session === '') throw new Error(JSON.stringify(lines));
  onTestFinished(() => endByPid(Number(pid)));
  return { pid: Number(pid), session };
}

function endByPid(pid: number): void {
  if (isRunning(pid)) process.kill(pid, 'SIGKILL');
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

describe.each(FAR_SHELLS)('in %s', (shell) => {
  test('a host without anything: what it has is found, and nothing is changed', async () => {
    const host = createFarHost(shell);
    const facts = await look(host);
    expect(facts).toMatchObject({
      isRoot: process.getuid?.() === 0,
      folder: host.folder('node1'),
      hasFolder: false,
      place: host.home,
      isWritable: true,
      manifest: '',
      agent: undefined,
      serviceSum: undefined,
      bash: { path: expect.stringMatching(/\/bash$/), version: expect.stringMatching(/^5\.\d/) },
    });
    expect(facts.platform).toMatch(/^Linux /);
    expect(facts.nodes.map(({ version }) => version)).toContain(process.versions.node);
    expect(facts.freeBytes).toBeGreaterThan(1_000_000);
    expect([...facts.tools].toSorted()).toEqual(expect.arrayContaining(['setsid', 'sha256sum', 'tar']));
    expect(readdirSync(host.home)).toEqual([]);
  });

  test('Node.js of nvm is found, whatever its path has in it', async () => {
    const host = createFarHost(shell);
    const bin = join(host.home, '.nvm/versions/node/v18 odd/bin');
    mkdirSync(bin, { recursive: true });
    writeFileSync(join(bin, 'node'), '#!/bin/sh\necho v18.1.2\n', { mode: 0o755 });
    expect((await look(host)).nodes).toContainEqual({ version: '18.1.2', path: join(bin, 'node') });
  });

  test('files are brought as they are, with their modes, and looked up again', async () => {
    const host = createFarHost(shell);
    const laid = files('odd \u0000 bytes \u00ff');
    expect(await put(host, laid)).toEqual({ kind: 'complete', lines: [] });
    const folder = host.folder('node1');
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    for (const { name, mode, contents } of laid) {
      expect(readFileSync(join(folder, name)), name).toEqual(Buffer.from(contents));
      expect((statSync(join(folder, name)).mode & 0o777).toString(8), name).toBe(mode);
    }
    expect(readdirSync(folder).toSorted()).toEqual(laid.map(({ name }) => name).toSorted());
    const facts = await look(host);
    expect(facts.hasFolder).toBe(true);
    expect([...facts.files.keys()].toSorted()).toEqual(['agent.sh', 'functions.sh', 'global.config', 'run']);
    for (const { name, contents } of laid.filter((file) => file.name !== 'manifest'))
      expect(facts.files.get(name)).toBe(sumOf(contents));
    expect(facts.manifest).toBe(readFileSync(join(folder, 'manifest'), 'utf8'));
  });

  test('what has no place any more is taken away, and what an interrupted deployment left', async () => {
    const host = createFarHost(shell);
    await put(host, files());
    const folder = host.folder('node1');
    writeFileSync(join(folder, 'agent.cjs'), '');
    mkdirSync(join(folder, '.new.123'));
    await put(host, files('changed').slice(1), ['agent.cjs', 'ca.pem']);
    expect(readdirSync(folder).toSorted()).toEqual([
      'agent.sh',
      'functions.sh',
      'global.config',
      'manifest',
      'run',
    ]);
  });

  test('a file that arrives as something else leaves everything as it was', async () => {
    const host = createFarHost(shell);
    await put(host, files('before'));
    const laid = files('after');
    const values = laid.map(
      ({ name, mode, contents }) => ['file', `${mode} ${sumOf(contents)} ${name}`] as const,
    );
    const others = laid.map((file) => (file.name === 'run' ? { ...file, contents: Buffer.from('x') } : file));
    const said = await host.run('put', [NODE1, ...values], createTar(others, 0));
    expect(said).toMatchObject({ kind: 'failed', reason: 'checksum', detail: 'run is not what was sent' });
    expect(readFileSync(join(host.folder('node1'), 'functions.sh'), 'utf8')).toBe('before');
    expect(readdirSync(host.folder('node1')).filter((name) => name.startsWith('.'))).toEqual([]);
  });

  test('an archive that breaks off is no file', async () => {
    const host = createFarHost(shell);
    const laid = files('x'.repeat(100_000));
    const values = laid.map(
      ({ name, mode, contents }) => ['file', `${mode} ${sumOf(contents)} ${name}`] as const,
    );
    const said = await host.run('put', [NODE1, ...values], createTar(laid, 0).slice(0, 60_000));
    expect(said.kind).toBe('failed');
    expect(readdirSync(host.folder('node1'))).toEqual([]);
  });

  test('a folder that is a file is said with the words of the system', async () => {
    const host = createFarHost(shell);
    mkdirSync(dirname(dirname(host.folder('node1'))), { recursive: true });
    writeFileSync(dirname(host.folder('node1')), '');
    expect((await look(host)).isWritable).toBe(false);
    expect(await put(host, files())).toMatchObject({ kind: 'failed', reason: 'write' });
  });

  test('an agent is started detached, seen, restarted and stopped', async () => {
    const host = createFarHost(shell);
    await put(host, files());
    const first = await start(host);
    expect((await look(host, 'agent')).agent).toEqual(first);
    expect(statSync(join(host.folder('node1'), 'agent.log')).mode & 0o777).toBe(0o600);
    const second = await start(host);
    await expect.poll(() => isRunning(first.pid), PATIENCE).toBe(false);
    expect((await look(host, 'agent')).agent).toEqual(second);
    const said = await host.run('look', [NODE1, ['how', 'agent'], ['lines', '5']]);
    expect(readHostFacts(linesOf(said)).log).toEqual(['here I am', 'here I am']);
    expect(linesOf(await host.run('end', [NODE1, ['how', 'stop']]))).toEqual([
      { word: 'stopped', rest: second.session },
    ]);
    await expect.poll(() => isRunning(second.pid), PATIENCE).toBe(false);
    expect((await look(host, 'agent')).agent).toBeUndefined();
    expect(linesOf(await host.run('end', [NODE1, ['how', 'stop']]))).toEqual([]);
  });

  test('an agent whose session file is lost is found all the same', async () => {
    const host = createFarHost(shell);
    await put(host, files());
    const { pid } = await start(host);
    writeFileSync(join(host.folder('node1'), 'session'), `${process.pid} of-another\n`);
    expect((await look(host, 'agent')).agent).toEqual({ pid, session: undefined });
    expect(linesOf(await host.run('end', [NODE1, ['how', 'stop']]))).toEqual([
      { word: 'stopped', rest: '-' },
    ]);
    await expect.poll(() => isRunning(pid), PATIENCE).toBe(false);
  });

  test('an agent that ends at once is told with its exit code and its last words', async () => {
    const host = createFarHost(shell);
    await put(host, files('', 'dead'));
    expect(linesOf(await host.run('start', [NODE1]))).toEqual([
      { word: 'exited', rest: '7' },
      { word: 'log', rest: 'here I am' },
      { word: 'log', rest: 'no broker' },
    ]);
  });

  test('all of it is removed, and the folder above when it was the last node there', async () => {
    const host = createFarHost(shell);
    await put(host, files());
    const other = join(dirname(host.folder('node1')), 'node2');
    mkdirSync(other);
    const { pid, session } = await start(host);
    expect(linesOf(await host.run('end', [NODE1, ['how', 'remove']]))).toEqual([
      { word: 'stopped', rest: session },
      { word: 'removed', rest: '' },
    ]);
    await expect.poll(() => isRunning(pid), PATIENCE).toBe(false);
    expect(existsSync(host.folder('node1'))).toBe(false);
    await host.run('end', [
      ['node', 'node2'],
      ['how', 'remove'],
    ]);
    expect(readdirSync(join(host.home, '.local/share'))).toEqual([]);
  });

  test('a folder that its owner may not write is no place', async ({ skip }) => {
    skip(process.getuid?.() === 0, 'root may write everywhere');
    const host = createFarHost(shell);
    chmodSync(host.home, 0o500);
    expect((await look(host)).isWritable).toBe(false);
    expect(await put(host, files())).toMatchObject({ kind: 'failed', reason: 'write' });
  });
});

test('an agent that does not end by itself is killed, and that is said', async () => {
  const host = createFarHost('bash');
  await put(host, files('', 'stubborn'));
  const { pid, session } = await start(host);
  expect(linesOf(await host.run('end', [NODE1, ['how', 'stop']]))).toEqual([
    { word: 'killed', rest: session },
    { word: 'stopped', rest: session },
  ]);
  await expect.poll(() => isRunning(pid), PATIENCE).toBe(false);
}, 60_000);

test('an agent that says no session is told as silent', async () => {
  const host = createFarHost('dash');
  await put(host, files('', 'mute'));
  const lines = linesOf(await host.run('start', [NODE1]));
  expect(lines.map(({ word }) => word)).toEqual(['silent', 'log']);
}, 60_000);

test.each(['look', 'put', 'start', 'end'] as const)('%s is clean for shellcheck', async (program) => {
  const [, text = ''] = /^exec sh -c '(.*)'$/s.exec(farCommand(program)) ?? [];
  const ended = await runProgram({
    file: 'shellcheck',
    args: ['--shell=sh', '-'],
    input: text.replaceAll(`'\\''`, "'"),
    clock: systemClock,
    signal: new AbortController().signal,
  });
  expect(ended).toMatchObject({ code: 0, stdout: '' });
});

test('no far program has a doubled backslash, of which fish would make one', () => {
  for (const program of ['look', 'put', 'start', 'end'] as const)
    expect(farCommand(program)).not.toContain('\\\\');
});
