import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { agentBundle } from '../../scripts/agent-bundle.mjs';
import { runInProcess } from '../cli/run-in-process.ts';
import { findOldestNode } from '../support/oldest-node.ts';
import { start } from './checkout.ts';

const ROOT = new URL('../../', import.meta.url).pathname;
const SURFACE = new URL('api-surface.cjs', import.meta.url).pathname;

let folder: string;
let file: string;
let inputs: readonly string[];
let warnings: readonly unknown[];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'agent-file-'));
  file = join(folder, 'agent.cjs');
  const built = await build({ ...agentBundle(ROOT, '1.2.3'), outfile: file, metafile: true });
  const [output] = Object.values(built.metafile?.outputs ?? {});
  // Of some that were looked at, nothing is left.
  inputs = Object.entries(output?.inputs ?? {}).flatMap(([name, { bytesInOutput }]) =>
    bytesInOutput > 0 ? [name] : [],
  );
  warnings = built.warnings;
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('the agent in one file', () => {
  it('has nothing of the control side in it', () => {
    expect(inputs).toContain('src/agent/agent.ts');
    const foreign =
      /^src\/(broker|deploy|events|inventory|playbook|preflight|probe|run|sync)\/|node_modules\/(aedes|execa|yaml)\//;
    expect(inputs.filter((input) => foreign.test(input))).toEqual([]);
    expect(warnings).toEqual([]);
  });

  it('takes what `orchestrate agent` takes, and says its version', async () => {
    const shown = (text: string): readonly string[] =>
      [...text.matchAll(/^ {2}(-.*?) {2,}/gm)].map(([, flags = '']) => flags).sort();
    const { stdout } = await runInProcess(['agent', '--help']);
    const help = await start(process.execPath, [file, '--help']);
    expect(shown(help.stdout)).toEqual(['-V, --version', ...shown(stdout)].sort());
    expect(await start(process.execPath, [file, '--version'])).toEqual({
      code: 0,
      stdout: '1.2.3\n',
      stderr: '',
    });
  });

  it('says what is wrong with its command line', async () => {
    expect(await start(process.execPath, [file, '--name', 'x', '--gruop', 'y'])).toEqual({
      code: 2,
      stdout: '',
      stderr: "error: unknown option '--gruop'\nhint: did you mean --group?\n",
    });
    writeFileSync(join(folder, 'functions.sh'), ':');
    const ended = await start(process.execPath, [file, '--name', 'a/b'], { cwd: folder });
    expect(ended.stderr).toMatch(/^error: "a\/b" cannot be the name of a node\nhint: /);
    expect(ended.code).toBe(2);
  });
});

describe('on the oldest Node.js', () => {
  it('starts', async () => {
    const oldest = findOldestNode();
    expect(await start(oldest, ['--version'])).toMatchObject({ stdout: 'v18.0.0\n' });
    expect(await start(oldest, [file, '--version'])).toEqual({ code: 0, stdout: '1.2.3\n', stderr: '' });
  });

  it('finds everything that our own code uses', async () => {
    const missing = withoutThoseOf(namesOf(process.execPath), namesOf(findOldestNode()));
    expect(missing).toEqual(expect.arrayContaining(['Array#toSorted', 'AbortSignal.any', 'URL.canParse']));
    const options = {
      ...agentBundle(ROOT, ''),
      outfile: file,
      minify: false,
      keepNames: false,
      write: false,
    };
    const [bundle] = (await build(options)).outputFiles ?? [];
    const ours = ownCode(bundle?.text ?? '');
    expect(ours).toContain('functions.sh');
    expect(missing.filter((name) => useOf(name).test(ours))).toEqual([]);
  });
});

function namesOf(node: string): readonly string[] {
  return execFileSync(node, ['--no-warnings', SURFACE], { encoding: 'utf8' }).trim().split('\n');
}

function withoutThoseOf(names: readonly string[], others: readonly string[]): readonly string[] {
  const known = new Set(others);
  return names.filter((name) => !known.has(name));
}

/** The bundler names the file of each module in a comment before it. */
function ownCode(bundle: string): string {
  const modules = bundle.split(/^ *\/\/ (?=(?:src|node_modules|bin|scripts)\/)/m);
  return modules.filter((text) => text.startsWith('src/')).join('');
}

/** How code looks that uses a name of `api-surface.cjs`. */
function useOf(name: string): RegExp {
  const [, module, exported] = /^node:([^.]+)\.(.*)$/.exec(name) ?? [];
  if (module !== undefined && exported !== undefined) {
    return new RegExp(`\\bimport_node_${module.replace('/', '_')}\\d*\\.${exported}\\b`);
  }
  if (name.startsWith('node:')) return new RegExp(`["']${name}["']`);
  const [, owner = '', inner] = /^(\w+)[#.](.*)$/.exec(name) ?? [];
  // Methods of what everybody has: those of other classes have names that everything has.
  if (name.includes('#')) {
    return /^(Array|String|Set|Map|URLSearchParams)$/.test(owner) ? new RegExp(`\\.${inner}\\(`) : /$^/;
  }
  if (inner !== undefined) return new RegExp(`\\b${owner}\\.${inner}\\b`);
  return new RegExp(`\\bglobalThis\\.${name}\\b|(?<![.\\w$_:])${name}\\.`);
}
