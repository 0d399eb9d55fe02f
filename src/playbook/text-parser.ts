import { type Diagnostic, hasError, type Parsed, splitLines } from '../diagnostics/index.ts';
import { BlockReader } from './block-reader.ts';
import { readLine } from './line-reader.ts';
import type { Playbook } from './model.ts';
import { resolveStep } from './resolve.ts';

interface TextOptions {
  /** Lines with an unknown keyword and words too many are skipped with a warning, as the original does. */
  readonly lenient?: boolean;
}

/**
 * Reads the text form: a step a line, but for a SYNC, which ends with its GO; `#` lines and blank lines skipped. Reports
 * everything at once that the text shows by itself; what needs variables or other steps is `checkPlaybook`'s.
 * @param file as the user named it, for messages only
 */
export function parseTextPlaybook(source: string, file: string, options: TextOptions = {}): Parsed<Playbook> {
  const found: Diagnostic[] = [];
  const report = (problem: Diagnostic): void => {
    found.push(problem);
  };
  const blocks = new BlockReader(report);
  splitLines(source).forEach((line, index) => {
    const context = {
      lineNumber: index + 1,
      stepIndex: blocks.steps.length,
      lenient: options.lenient ?? false,
      report,
    };
    const read = readLine(line, context);
    if (read) blocks.add(read);
  });
  const steps = blocks.end();
  for (const step of steps) resolveStep(step, new Map()).diagnostics.filter(isCertain).forEach(report);
  const diagnostics = found.toSorted((a, b) => a.position.line - b.position.line);
  return hasError(diagnostics) ? { diagnostics } : { value: { file, steps }, diagnostics };
}

/** A variable may get its value later; every other problem of a part is one whatever the variables are. */
const isCertain = ({ code }: Diagnostic): boolean => code !== 'UNSET_VARIABLE';
