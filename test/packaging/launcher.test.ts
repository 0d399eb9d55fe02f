import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  appendFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Checkout, createCheckout, linkPrograms, start } from './checkout.ts';

const VERSION = `${JSON.parse(readFileSync('package.json', 'utf8')).version}\n`;
const SILENT = { code: 0, stdout: VERSION, stderr: '' };
const BUILDS_ONCE = 'orchestrate: building ...\n';

/** What the launcher itself uses, beside Node.js. */
const TOOLS = ['sh', 'find', 'readlink', 'dirname', 'ln', 'mv', 'rm', 'sleep', 'ps'];

let checkout: Checkout;
const version = (options = {}) => start(checkout.launcher, ['--version'], options);
const touch = (name: string): void => {
  const soon = new Date(Date.now() + 20);
  utimesSync(join(checkout.root, name), soon, soon);
};

it('is clean for shellcheck', async () => {
  const ended = await start('shellcheck', ['orchestrate', 'scripts/apt-install.sh', '.ci/run']);
  expect(ended).toEqual({ code: 0, stdout: '', stderr: '' });
});

describe('a fresh clone', { timeout: 300_000 }, () => {
  beforeAll(() => {
    checkout = createCheckout({ isInstalled: false });
  });
  afterAll(() => checkout.remove());

  it('installs and builds once, however many start at once, with nothing of it on stdout', async () => {
    const ended = await Promise.all(Array.from({ length: 4 }, () => version()));
    expect(ended.map(({ code, stdout }) => ({ code, stdout }))).toEqual(
      Array.from({ length: 4 }, () => ({ code: 0, stdout: VERSION })),
    );
    const said = ended.map(({ stderr }) => stderr).join('');
    expect(said.match(/orchestrate: installing/g)).toHaveLength(1);
    expect(said.match(/orchestrate: building/g)).toHaveLength(1);
  });

  it('then starts at once', async () => {
    expect(await version()).toEqual(SILENT);
  });

  it('installs and builds again when the lock file has changed', async () => {
    touch('package-lock.json');
    const { code, stdout, stderr } = await version();
    expect({ code, stdout }).toEqual({ code: 0, stdout: VERSION });
    expect(stderr).toContain('orchestrate: installing');
    expect(stderr).toContain('orchestrate: building');
    expect(await version()).toEqual(SILENT);
  });
});

describe('an installed checkout', { timeout: 120_000 }, () => {
  beforeAll(() => {
    checkout = createCheckout({ isInstalled: true });
  });
  afterAll(() => checkout.remove());

  it('builds once when several start at once where flock is missing', async () => {
    const path = linkPrograms(join(checkout.aside, 'no-flock'), [...TOOLS, 'node', 'npm']);
    const ended = await Promise.all(Array.from({ length: 4 }, () => version({ env: { PATH: path } })));
    expect(ended.map(({ stdout }) => stdout)).toEqual(Array.from({ length: 4 }, () => VERSION));
    expect(ended.map(({ stderr }) => stderr).join('')).toBe(BUILDS_ONCE);
    expect(lockFiles()).toEqual([]);
  });

  it('does not wait for a dead builder where flock is missing', async () => {
    const { pid } = spawn('true');
    symlinkSync(String(pid), join(checkout.root, '.build-lock.pid'));
    touch('src/cli/main.ts');
    const env = { PATH: join(checkout.aside, 'no-flock') };
    expect(await version({ env })).toEqual({ code: 0, stdout: VERSION, stderr: BUILDS_ONCE });
    expect(lockFiles()).toEqual([]);
  });

  it.each(['src/cli/main.ts', 'package.json', 'scripts/build.mjs', 'bin/orchestrate.ts'])(
    'builds again when %s has changed',
    async (name) => {
      touch(name);
      const ended = await Promise.all([version(), version()]);
      expect(ended.map(({ stderr }) => stderr).join('')).toBe(BUILDS_ONCE);
      expect(await version()).toEqual(SILENT);
      expect(readdirSync(checkout.root).filter((entry) => entry.startsWith('.dist'))).toEqual([]);
    },
  );

  it('builds again when a source was added or removed', async () => {
    const file = join(checkout.root, 'src/cli/added.ts');
    writeFileSync(file, '');
    touch('src/cli');
    expect((await version()).stderr).toBe(BUILDS_ONCE);
    rmSync(file);
    touch('src/cli');
    expect((await version()).stderr).toBe(BUILDS_ONCE);
  });

  it('works through symbolic links and from any folder', async () => {
    symlinkSync('../my checkout/orchestrate', join(checkout.aside, 'first'));
    symlinkSync('first', join(checkout.aside, 'second'));
    expect(await start(join(checkout.aside, 'second'), ['--version'], { cwd: '/' })).toEqual(SILENT);
    expect(await start('./orchestrate', ['--version'], { cwd: checkout.root })).toEqual(SILENT);
    expect(await start('sh', ['orchestrate', '--version'], { cwd: checkout.root })).toEqual(SILENT);
    const env = { ...process.env, PATH: `${checkout.aside}:${process.env.PATH}`, CDPATH: '/' };
    expect(await start('second', ['--version'], { env, cwd: '/' })).toEqual(SILENT);
  });

  it('passes words and exit codes through', async () => {
    const { code, stdout, stderr } = await start(checkout.launcher, ['-p', 'a b  $c'], { cwd: '/' });
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain('cannot read the playbook a b  $c');
  });

  it('becomes the program, so that signals reach it', async () => {
    const child = spawn(checkout.launcher, ['broker', '--port', '0'], { stdio: ['ignore', 'pipe', 'pipe'] });
    await once(child.stdout, 'data');
    expect(execFileSync('ps', ['-o', 'args=', '-p', String(child.pid)], { encoding: 'utf8' })).toMatch(
      /^node /,
    );
    child.kill('SIGTERM');
    expect(await once(child, 'close')).toEqual([0, null]);
  });

  it('shows why a build failed, keeps the old one, and is well again afterwards', async () => {
    const file = join(checkout.root, 'src/cli/main.ts');
    const before = readFileSync(file, 'utf8');
    const built = statSync(join(checkout.root, 'dist')).ino;
    appendFileSync(file, '\nthis is no TypeScript\n');
    touch('src/cli/main.ts');
    const { code, stdout, stderr } = await version();
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain('src/cli/main.ts');
    expect(stderr).toContain('The build failed');
    expect(statSync(join(checkout.root, 'dist')).ino).toBe(built);
    writeFileSync(file, before);
    touch('src/cli/main.ts');
    expect((await version()).stdout).toBe(VERSION);
  });
});

describe('a folder that cannot be written to', { timeout: 120_000 }, () => {
  /** Permissions do not stop root: it starts the launcher as `nobody`. */
  const stranger = process.getuid?.() === 0 ? { uid: 65_534 } : {};
  beforeAll(() => {
    checkout = createCheckout({ isInstalled: true });
  });
  afterAll(() => checkout.remove());
  const makeReadOnly = () => execFileSync('chmod', ['a-w', checkout.root]);

  it('that is not built says so', async () => {
    makeReadOnly();
    const { code, stdout, stderr } = await version(stranger);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain('is not built yet and cannot be written to');
  });

  it('that is built runs, and says so when the build is old', async () => {
    execFileSync('chmod', ['u+w', checkout.root]);
    await version();
    makeReadOnly();
    expect(await version(stranger)).toEqual(SILENT);
    touch('src/cli/main.ts');
    const { code, stdout, stderr } = await version(stranger);
    expect({ code, stdout }).toEqual({ code: 0, stdout: VERSION });
    expect(stderr).toMatch(/^orchestrate: the sources are newer than the build.*\n$/);
  });
});

describe('a machine without what it needs', () => {
  beforeAll(() => {
    checkout = createCheckout({ isInstalled: false });
  });
  afterAll(() => checkout.remove());

  it.each([
    ['no Node.js', undefined, 'Node.js was not found in PATH'],
    ['an old Node.js', '#!/bin/sh\n[ "$1" = -e ] && exit 1\necho v18.20.1\n', 'is v18.20.1'],
    ['no npm', '#!/bin/sh\nexit 0\n', 'npm was not found in PATH'],
  ])('%s', async (name, node, message) => {
    const path = linkPrograms(join(checkout.aside, name), [...TOOLS, 'flock']);
    if (node !== undefined) writeFileSync(join(path, 'node'), node, { mode: 0o755 });
    const { code, stdout, stderr } = await version({ env: { PATH: path } });
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(message);
    expect(existsSync(join(checkout.root, 'node_modules'))).toBe(false);
  });
});

function lockFiles(): readonly string[] {
  return readdirSync(checkout.root).filter((name) => name.startsWith('.build-lock.'));
}
