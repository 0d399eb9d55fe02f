import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { publint } from 'publint';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Checkout, createCheckout, start } from './checkout.ts';

const VERSION = `${JSON.parse(readFileSync('package.json', 'utf8')).version}\n`;

let checkout: Checkout;
let tarball: string;
let prefix: string;

beforeAll(async () => {
  checkout = createCheckout({ isInstalled: true });
  const packed = await start('npm', ['pack', '--pack-destination', checkout.aside], { cwd: checkout.root });
  expect(packed.code, packed.stderr).toBe(0);
  tarball = join(checkout.aside, readdirSync(checkout.aside).find((name) => name.endsWith('.tgz')) ?? '');
  prefix = join(checkout.aside, 'prefix');
  const installed = await start('npm', ['install', '-g', '--offline', '--prefix', prefix, tarball]);
  expect(installed.code, installed.stderr).toBe(0);
}, 120_000);
afterAll(() => checkout.remove());

const installed = (): string => join(prefix, 'lib/node_modules/mqtt-orchestrate');

describe('the package, installed elsewhere', () => {
  it('runs', async () => {
    const program = join(prefix, 'bin/mqtt-orchestrate');
    expect(await start(program, ['--version'])).toEqual({ code: 0, stdout: VERSION, stderr: '' });
    expect((await start(program, ['--help'])).stdout).toContain('Usage: orchestrate');
    expect(await start(program, ['config'], { cwd: checkout.aside })).toMatchObject({ code: 0, stderr: '' });
  });

  it('runs with npx', async () => {
    const cwd = join(checkout.aside, 'npx');
    mkdirSync(cwd);
    const words = ['exec', '--yes', '--offline', '--package', tarball, '--', 'mqtt-orchestrate', '--version'];
    expect(await start('npm', words, { cwd })).toMatchObject({ code: 0, stdout: VERSION });
  });

  it('runs by its own launcher, which has nothing to build', async () => {
    const launcher = join(installed(), 'orchestrate');
    expect(await start(launcher, ['--version'])).toEqual({ code: 0, stdout: VERSION, stderr: '' });
  });

  it('has the agent in one file, which runs anywhere else', async () => {
    const copy = join(checkout.aside, 'agent.cjs');
    copyFileSync(join(installed(), 'dist/agent.cjs'), copy);
    expect(await start(process.execPath, [copy, '--version'])).toEqual({
      code: 0,
      stdout: VERSION,
      stderr: '',
    });
  });

  it('has playbooks, node scripts and the sample, and needs no other package', () => {
    for (const name of [
      'playbooks/quickstart.playbook',
      'node-scripts/default/functions.sh',
      'global.config.sample',
      'README.md',
      'LICENSE',
    ]) {
      expect(existsSync(join(installed(), name)), name).toBe(true);
    }
    expect(existsSync(join(installed(), 'node_modules'))).toBe(false);
    expect(existsSync(join(installed(), 'src'))).toBe(false);
    expect(JSON.parse(readFileSync(join(installed(), 'package.json'), 'utf8')).dependencies).toBeUndefined();
  });

  it('has a playbook that its own check passes', async () => {
    const program = join(prefix, 'bin/mqtt-orchestrate');
    const playbook = join(installed(), 'playbooks/quickstart.playbook');
    expect(await start(program, ['check', playbook])).toMatchObject({ code: 0, stderr: '' });
  });

  it('is clean for publint', async () => {
    const { messages } = await publint({ pkgDir: installed(), strict: true });
    expect(messages).toEqual([]);
  });
});

describe('what a start loads', () => {
  it('--version, --help and a missing playbook load no package but commander', () => {
    const loaded = [...closure('orchestrate.js'), ...closure(chunkOf('run-action'))];
    const packages = new Set(loaded.flatMap((chunk) => packagesIn(chunk)));
    expect([...packages]).toEqual(['commander']);
  });

  it('config does not load the MQTT client', () => {
    const packages = new Set(closure(chunkOf('config-action')).flatMap((chunk) => packagesIn(chunk)));
    expect([...packages]).toEqual(['zod']);
  });
});

function readChunk(chunk: string): string {
  return readFileSync(join(installed(), 'dist', chunk), 'utf8');
}

function chunkOf(name: string): string {
  const file = readdirSync(join(installed(), 'dist/chunks')).find((entry) => entry.startsWith(`${name}-`));
  if (file === undefined) throw new Error(`no chunk of ${name}`);
  return `chunks/${file}`;
}

/** The chunk and all that it imports before it runs; what it imports later (`import(…)`) is not among them. */
function closure(chunk: string, seen = new Set<string>()): readonly string[] {
  if (seen.has(chunk)) return [];
  seen.add(chunk);
  const imports = readChunk(chunk).matchAll(
    /^(?:import |\} from |import .* from )?"\.\/(?:chunks\/)?([^"]+\.js)";$/gm,
  );
  for (const [, name] of imports) closure(name === 'orchestrate.js' ? name : `chunks/${name}`, seen);
  return [...seen];
}

/** The bundler names the file of each module in a comment before it. */
function packagesIn(chunk: string): readonly string[] {
  return [...readChunk(chunk).matchAll(/^(?: {2})?\/\/ node_modules\/([^/\n]+)/gm)].map(
    ([, name = '']) => name,
  );
}
