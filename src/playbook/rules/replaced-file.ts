import { createWarning, quote } from '../../diagnostics/index.ts';
import type { CreateRule } from './rule.ts';

/** Two RECEIVEs into one file: of the first nothing is left. */
export const createReplacedFileRule: CreateRule = () => {
  const lineOfFile = new Map<string, number>();
  return (step, resolved) => {
    if (step.kind !== 'receive' || resolved.kind !== 'receive') return [];
    const line = lineOfFile.get(resolved.file);
    lineOfFile.set(resolved.file, step.position.line);
    if (line === undefined) return [];
    const message = `this replaces ${quote(resolved.file)} of line ${line}: give each RECEIVE a file of its own`;
    return [createWarning('FILE_REPLACED', step.file.position, message)];
  };
};
