import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, copyFileSync, cpSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** What a fresh clone has, as far as the launcher, the build and the package look at it. */
const SOURCES = [
  'bin',
  'src',
  'scripts',
  'playbooks',
  'node-scripts',
  'orchestrate',
  'package.json',
  'package-lock.json',
  'tsconfig.json',
  'global.config.sample',
  'README.md',
  'LICENSE',
];

export interface Checkout {
  /** Its path has a blank, as people's folders do. */
  readonly root: string;
  readonly launcher: string;
  /** A folder beside it for whatever a test needs. */
  readonly aside: string;
  remove(): void;
}

/** A copy of this checkout in a temporary folder, with what is installed here or with nothing installed; not built. */
export function createCheckout({ isInstalled }: { readonly isInstalled: boolean }): Checkout {
  const folder = mkdtempSync(join(tmpdir(), 'checkout-'));
  chmodSync(folder, 0o755);
  const root = join(folder, 'my checkout');
  const aside = join(folder, 'aside');
  mkdirSync(root);
  mkdirSync(aside);
  for (const name of SOURCES) {
    cpSync(join(ROOT, name), join(root, name), { recursive: true, preserveTimestamps: true });
  }
  if (isInstalled) copyInstalled(join(ROOT, 'node_modules'), join(root, 'node_modules'));
  return {
    root,
    aside,
    launcher: join(root, 'orchestrate'),
    remove() {
      execFileSync('chmod', ['-R', 'u+w', folder]);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Never a link to the folder itself: an `npm ci` in the copy would empty the original. */
function copyInstalled(from: string, to: string): void {
  try {
    execFileSync('cp', ['-al', from, to], { stdio: 'ignore' });
  } catch {
    rmSync(to, { recursive: true, force: true });
    execFileSync('cp', ['-a', from, to]);
  }
  // As if it had been installed just now, whatever the ages in the original are.
  const mark = join(to, '.package-lock.json');
  rmSync(mark);
  copyFileSync(join(from, '.package-lock.json'), mark);
}

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

interface StartOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** Only root can ask for another user. */
  readonly uid?: number;
}

export function start(file: string, args: readonly string[], options: StartOptions = {}): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (piece: string) => {
      stdout += piece;
    });
    child.stderr.setEncoding('utf8').on('data', (piece: string) => {
      stderr += piece;
    });
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });
}

/** A PATH folder with only these programs of the present PATH. */
export function linkPrograms(folder: string, names: readonly string[]): string {
  mkdirSync(folder);
  for (const name of names) {
    const found = (process.env.PATH ?? '').split(':').find((place) => existsSync(join(place, name)));
    if (found === undefined) throw new Error(`${name} is not in PATH`);
    execFileSync('ln', ['-s', join(found, name), join(folder, name)]);
  }
  return folder;
}
