import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const RELEASES = fileURLToPath(new URL('node-releases', import.meta.url));
const CACHE = fileURLToPath(new URL('../../node_modules/.cache', import.meta.url));

/**
 * The program of the oldest Node.js that agent.cjs promises to run on, installed on first use from the registry, as
 * `npm ci` installs what the tests need otherwise.
 * @throws Error where that cannot be done
 */
export function findOldestNode(): string {
  const folder = join(CACHE, 'node-releases');
  const program = join(folder, PROGRAM);
  if (!existsSync(program) || !isSame(folder)) install(folder);
  return program;
}

const PROGRAM = `node_modules/oldest-on-${process.arch}/bin/node`;
const LOCK = 'package-lock.json';

function isSame(folder: string): boolean {
  const installed = join(folder, LOCK);
  return (
    existsSync(installed) && readFileSync(installed, 'utf8') === readFileSync(join(RELEASES, LOCK), 'utf8')
  );
}

/** Beside its place first: others may be looking for it. */
function install(folder: string): void {
  mkdirSync(CACHE, { recursive: true });
  const fresh = mkdtempSync(join(CACHE, 'node-releases-'));
  for (const name of ['package.json', LOCK]) copyFileSync(join(RELEASES, name), join(fresh, name));
  execFileSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: fresh, stdio: 'pipe' });
  // What is optional may be missing, and npm says nothing.
  if (!existsSync(join(fresh, PROGRAM))) {
    rmSync(fresh, { recursive: true });
    throw new Error(
      `npm cannot install the oldest Node.js for ${process.arch}: see ${RELEASES}/package.json`,
    );
  }
  try {
    renameSync(fresh, folder);
  } catch {
    // Somebody else was quicker, or an older one is in its place.
    if (!isSame(folder)) {
      rmSync(folder, { recursive: true, force: true });
      renameSync(fresh, folder);
    }
    rmSync(fresh, { recursive: true, force: true });
  }
}
