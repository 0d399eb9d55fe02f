import { existsSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { AppError } from '../../base/index.ts';
import type { NodeName } from '../../protocol/index.ts';

/**
 * The node script of a node: `node-scripts/<node>/functions.sh`, else that of its groups, else
 * `node-scripts/default/functions.sh`, in the working directory, else in the package.
 * @param groups nearest first
 * @throws AppError NODE_SCRIPT_MISSING with the paths tried
 */
export function findNodeScript(node: NodeName, groups: readonly string[], workingDirectory: string): string {
  const candidates = [workingDirectory, packageDirectory()].flatMap((folder) =>
    [node, ...groups, 'default'].map((name) => resolve(folder, 'node-scripts', name, 'functions.sh')),
  );
  const found = candidates.find((candidate) => existsSync(candidate));
  if (found !== undefined) return found;
  const tried = [...new Set(candidates)].map((path) => `  ${shortest(path, workingDirectory)}`);
  throw new AppError(
    'NODE_SCRIPT_MISSING',
    [`there is no node script for ${node}; tried`, ...tried].join('\n'),
    {
      hint: 'write one of these files, with a startFunction and a stopFunction',
    },
  );
}

/** Where package.json is: above the sources as well as above the build. */
export function packageDirectory(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'package.json')) && dirname(folder) !== folder) folder = dirname(folder);
  return folder;
}

function shortest(path: string, workingDirectory: string): string {
  const short = relative(workingDirectory, path);
  return short.startsWith('..') ? path : short;
}
