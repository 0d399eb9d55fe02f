import type { CommandSeen } from '../../protocol/index.ts';
import { findNamedVersion, findVersion } from './find-version.ts';
import type { Requirement } from './requirements.ts';
import { type BriefEnd, type BriefOptions, runBriefly } from './run-briefly.ts';

/** For the search and all attempts to make it tell its version. */
const LONGEST_MS = 5000;
/** One of these works nearly everywhere. */
const VERSION_OPTIONS = ['--version', '-v', '-V'];

/**
 * Looks whether the node script would find a command, and asks it for its version where that matters.
 * @param options with the environment that functions of the node script have
 */
export async function lookForCommand(requirement: Requirement, options: BriefOptions): Promise<CommandSeen> {
  const { text } = requirement;
  if (requirement.kind === 'malformed') return { text, state: 'malformed' };
  const { name, version } = requirement;
  const about = { text, name, ...version };
  const until = options.clock.now() + LONGEST_MS;
  const run = (file: string, args: readonly string[]): Promise<BriefEnd> =>
    runBriefly(file, args, Math.max(until - options.clock.now(), 1), options);
  const search = ['--noprofile', '--norc', '-c', 'command -v -- "$1"', 'bash', name];
  const found = await run('bash', search);
  if (found.kind !== 'exited') return { ...about, state: 'unknown', reason: describeEnd(found) };
  if (found.code !== 0) return { ...about, state: 'missing' };
  if (!version) return { ...about, state: 'found' };
  const file = found.stdout.trimEnd();
  if (!file.includes('/')) return { ...about, state: 'found', reason: 'bash itself has it' };
  return { ...about, state: 'found', ...(await askVersion((args) => run(file, args))) };
}

async function askVersion(
  run: (args: readonly string[]) => Promise<BriefEnd>,
): Promise<Pick<CommandSeen, 'version' | 'reason'>> {
  for (const option of VERSION_OPTIONS) {
    const end = await run([option]);
    if (end.kind !== 'exited') return { reason: `${option}: ${describeEnd(end)}` };
    const said = `${end.stdout}\n${end.stderr}`;
    const version = end.code === 0 ? findVersion(said) : findNamedVersion(said);
    if (version !== undefined) return { version };
  }
  return { reason: `it tells none with ${VERSION_OPTIONS.join(', ')}` };
}

function describeEnd(end: Exclude<BriefEnd, { kind: 'exited' }>): string {
  switch (end.kind) {
    case 'killed':
      return `it was ended by ${end.by}`;
    case 'timed-out':
      return `it was not over within ${LONGEST_MS / 1000} s`;
    case 'not-started':
      return `it cannot be started: ${end.reason}`;
  }
}
