import type { FarLine } from './far-lines.ts';
import type { FoundProgram, HostFacts, RunningAgent } from './model.ts';

/** What the lines of a look say. What is missing counts as not there. */
export function readHostFacts(lines: readonly FarLine[]): HostFacts {
  const all = (wanted: string): readonly string[] =>
    lines.filter(({ word }) => word === wanted).map(({ rest }) => rest);
  const first = (wanted: string): string => all(wanted)[0] ?? '';
  const freeKilobytes = /^\d+$/.test(first('free')) ? Number(first('free')) : undefined;
  return {
    isRoot: first('uid') === '0',
    user: first('user'),
    folder: first('dir'),
    hasFolder: all('folder').length > 0,
    platform: first('platform'),
    nodes: all('node').flatMap(toProgram),
    bash: all('bash').flatMap(toProgram)[0],
    tools: new Set(all('tool')),
    place: first('place'),
    isWritable: all('writable').length > 0,
    freeBytes: freeKilobytes === undefined ? undefined : freeKilobytes * 1024,
    files: new Map(all('file').flatMap(toSum)),
    manifest: all('manifest')
      .map((line) => `${line}\n`)
      .join(''),
    agent: toAgent(first('agent')),
    serviceManager: toManager(first('manager')),
    serviceSum: first('service') || undefined,
    log: all('log'),
  };
}

/** `<version> <path>`; the path may have blanks. */
function toProgram(rest: string): readonly FoundProgram[] {
  const [, version = '', path = ''] = /^v?(\S+) (\/.*)$/.exec(rest) ?? [];
  return path === '' ? [] : [{ version, path }];
}

/** `<sum> <file>` */
function toSum(rest: string): readonly (readonly [string, string])[] {
  const [, sum = '', file = ''] = /^([\da-f]{64}) (\S+)$/.exec(rest) ?? [];
  return file === '' ? [] : [[file, sum]];
}

/** `<pid> <session>`; a session of `-` is none. */
function toAgent(rest: string): RunningAgent | undefined {
  const [, pid, session] = /^(\d+) (\S+)$/.exec(rest) ?? [];
  if (pid === undefined) return undefined;
  return { pid: Number(pid), session: session === '-' ? undefined : session };
}

function toManager(word: string): HostFacts['serviceManager'] {
  return word === 'systemd' || word === 'procd' ? word : 'none';
}
