import { suggest } from '../base/index.ts';
import {
  CONTROL_CHARACTER,
  createError,
  createWarning,
  type Diagnostic,
  nameCharacter,
  type Position,
  quote,
  trimBlanks,
} from '../diagnostics/index.ts';
import { LATER_KEYWORDS } from './steps/later-keywords.ts';
import { TEXT_FORM_OF_KEYWORD } from './steps/registry.ts';
import { type LineContent, StepLine } from './steps/step-line.ts';

interface LineContext {
  readonly lineNumber: number;
  readonly stepIndex: number;
  readonly lenient: boolean;
  readonly report: (problem: Diagnostic) => void;
}

/** A line that is neither blank nor a comment, as far as it can be read. */
export interface ReadLine {
  /** Where its keyword stands; the whole line, when that is unknown. */
  readonly position: Position;
  /** Undefined when it is none of the language's: that has been reported. */
  readonly keyword: string | undefined;
  /** Undefined when a part is missing: that has been reported. */
  readonly content: LineContent | undefined;
}

/** @returns undefined for a line that means nothing: blank, a comment, or one that is ignored with a warning. */
export function readLine(line: string, context: LineContext): ReadLine | undefined {
  const { lineNumber, stepIndex: index, lenient, report } = context;
  const text = trimBlanks(line);
  if (text === '' || text.startsWith('#')) return undefined;
  const column = line.indexOf(text) + 1;
  const position = { line: lineNumber, column, length: text.length };

  const control = findControlCharacter(text, position);
  if (control) {
    report(control);
    return { position, keyword: undefined, content: undefined };
  }
  const keyword = /^[^ \t]+/.exec(text)?.[0] ?? '';
  const place = { ...position, length: keyword.length };
  const form = TEXT_FORM_OF_KEYWORD.get(keyword);
  if (!form) {
    const problem = rejectKeyword(keyword, place, lenient);
    report(problem);
    return problem.severity === 'warning' ? undefined : { position, keyword: undefined, content: undefined };
  }
  const content = form.parse(new StepLine({ form, base: { index, position, text }, lenient, report }));
  return { position: place, keyword, content };
}

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
