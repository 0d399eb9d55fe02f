import { suggest } from '../base/index.ts';
import {
  createError,
  createWarning,
  type Diagnostic,
  hasError,
  type Parsed,
  type Position,
  quote,
} from './diagnostic.ts';
import type { Playbook, Step } from './model.ts';
import { resolveStep } from './resolve.ts';
import { CONTROL_CHARACTER, nameCharacter, splitLines, trimBlanks } from './source-lines.ts';
import { LATER_KEYWORDS } from './steps/later-keywords.ts';
import { TEXT_FORM_OF_KEYWORD } from './steps/registry.ts';
import { StepLine } from './steps/step-line.ts';

interface TextOptions {
  /** Lines with an unknown keyword and words too many are skipped with a warning, as the original does. */
  readonly lenient?: boolean;
}

/**
 * Reads the text form: a step a line, `#` lines and blank lines skipped. Reports everything at once that a line shows
 * by itself; what needs variables or other lines is `checkPlaybook`'s.
 * @param file as the user named it, for messages only
 */
export function parseTextPlaybook(source: string, file: string, options: TextOptions = {}): Parsed<Playbook> {
  const diagnostics: Diagnostic[] = [];
  const steps: Step[] = [];
  splitLines(source).forEach((line, index) => {
    const step = parseLine(line, index + 1, {
      stepIndex: steps.length,
      lenient: options.lenient ?? false,
      report: (problem) => diagnostics.push(problem),
    });
    if (step) steps.push(step);
  });
  return hasError(diagnostics) ? { diagnostics } : { value: { file, steps }, diagnostics };
}

interface LineContext {
  readonly stepIndex: number;
  readonly lenient: boolean;
  readonly report: (problem: Diagnostic) => void;
}

function parseLine(line: string, lineNumber: number, context: LineContext): Step | undefined {
  const { stepIndex: index, lenient, report } = context;
  const text = trimBlanks(line);
  if (text === '' || text.startsWith('#')) return undefined;
  const column = line.indexOf(text) + 1;
  const position = { line: lineNumber, column, length: text.length };

  const control = findControlCharacter(text, position);
  if (control) {
    report(control);
    return undefined;
  }
  const keyword = /^[^ \t]+/.exec(text)?.[0] ?? '';
  const form = TEXT_FORM_OF_KEYWORD.get(keyword);
  if (!form) {
    report(rejectKeyword(keyword, { ...position, length: keyword.length }, lenient));
    return undefined;
  }
  const step = form.parse(new StepLine({ form, base: { index, position, text }, lenient, report }));
  if (step) resolveStep(step, new Map()).diagnostics.filter(isCertain).forEach(report);
  return step;
}

/** A variable may get its value later; every other problem of a part is one whatever the variables are. */
const isCertain = ({ code }: Diagnostic): boolean => code !== 'UNSET_VARIABLE';

const ADVICE_ON_CHARACTER: ReadonlyMap<string, string> = new Map([
  ['\0', ' (is the file UTF-16? save it as UTF-8)'],
  ['\r', ' (a line ends with LF or CR LF)'],
]);

function findControlCharacter(text: string, position: Position): Diagnostic | undefined {
  const found = CONTROL_CHARACTER.exec(text);
  if (!found) return undefined;
  const place = { ...position, column: position.column + found.index, length: 1 };
  const advice = ADVICE_ON_CHARACTER.get(found[0]) ?? '';
  return createError(
    'CONTROL_CHARACTER',
    place,
    `the control character ${nameCharacter(found[0])} is not allowed here${advice}`,
  );
}

/** What a text copied from a web page or a word processor may have instead of a blank, or beside one. */
const LOOKS_LIKE_A_BLANK = /[\u00A0\u2000-\u200D\u202F\u205F\u2060\u3000\uFEFF]/;

function rejectKeyword(keyword: string, position: Position, lenient: boolean): Diagnostic {
  if (LATER_KEYWORDS.has(keyword)) {
    return createError('STEP_NOT_AVAILABLE', position, `${keyword} is not available in this version`);
  }
  const suggestion = suggest(keyword, [...TEXT_FORM_OF_KEYWORD.keys(), ...LATER_KEYWORDS]);
  const message = `unknown keyword ${quote(keyword)}${explainKeyword(keyword, suggestion)}`;
  return lenient
    ? createWarning('UNKNOWN_KEYWORD', position, `line ignored: ${message}`, suggestion)
    : createError('UNKNOWN_KEYWORD', position, message, suggestion);
}

function explainKeyword(keyword: string, suggestion: string | undefined): string {
  const unseen = LOOKS_LIKE_A_BLANK.exec(keyword);
  if (unseen) return ` (it has ${nameCharacter(unseen[0])}, which only looks like a blank)`;
  return suggestion === keyword.toUpperCase() ? ' (keywords are written in upper case)' : '';
}
