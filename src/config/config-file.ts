/** One `KEY=value` of a configuration file. Lines and columns count from 1. */
export interface Assignment {
  readonly key: string;
  readonly value: string;
  readonly line: number;
  /** Of the value. */
  readonly column: number;
}

export interface ConfigFileProblem {
  readonly line: number;
  readonly column: number;
  readonly message: string;
}

interface ParsedConfigFile {
  readonly assignments: readonly Assignment[];
  readonly problems: readonly ConfigFileProblem[];
}

/**
 * Reads a file that a shell can source too: one `KEY=value` a line, `export` before it, comments, quotes. It is read,
 * never run, and means here what it would mean there: what a shell would expand or execute is a problem, not a guess.
 */
export function parseConfigFile(source: string): ParsedConfigFile {
  const assignments: Assignment[] = [];
  const problems: ConfigFileProblem[] = [];
  const lines = source.replace(/^\uFEFF/, '').split('\n');
  for (const [index, text] of lines.entries()) {
    const line = index + 1;
    const result = parseLine(text.replace(/\r$/, ''));
    if (result?.kind === 'assignment') {
      assignments.push({ key: result.key, value: result.value, line, column: result.column });
    } else if (result) {
      problems.push({ line, column: result.column, message: result.message });
    }
  }
  return { assignments, problems };
}

type LineResult =
  | { readonly kind: 'assignment'; readonly key: string; readonly value: string; readonly column: number }
  | { readonly kind: 'problem'; readonly column: number; readonly message: string };

const ASSIGNMENT = /^([ \t]*(?:export[ \t]+)?)([A-Za-z_][A-Za-z0-9_]*)=/;

function parseLine(text: string): LineResult | undefined {
  if (/^[ \t]*(#|$)/.test(text)) return undefined;
  const control = [...text].findIndex((character) => character < ' ' && character !== '\t');
  if (control >= 0) return problem(control, 'a control character; the file is text');
  const [head, , key] = ASSIGNMENT.exec(text) ?? [];
  if (head === undefined || key === undefined) {
    return problem(text.search(/[^ \t]/), 'not of the form KEY=value, without blanks around the =');
  }
  return parseValue(text, head.length, key);
}

/** What the next characters are: bare, or inside quotes. */
type Mode = 'bare' | 'single' | 'double';

/** One word in shell terms: pieces, quoted or not, side by side; then nothing but a comment. */
function parseValue(text: string, start: number, key: string): LineResult {
  let value = '';
  let mode: Mode = 'bare';
  let opened = start;
  for (let at = start; at < text.length; at += 1) {
    const character = text.charAt(at);
    const next = text.charAt(at + 1);
    if (mode === 'single') {
      if (character === "'") mode = 'bare';
      else value += character;
    } else if (character === '\\') {
      if (next === '') return problem(at, 'a value ends on its line; a \\ at the end continues nothing here');
      if (mode === 'double' && !'"\\$`'.includes(next)) value += character;
      value += next;
      at += 1;
    } else if (character === '"') {
      mode = mode === 'double' ? 'bare' : 'double';
      opened = at;
    } else if (
      expands(character, next, mode) ||
      (character === '~' && mode === 'bare' && /[=:]$/.test(text.slice(0, at)))
    ) {
      return problem(at, needsExpansion(character));
    } else if (mode === 'double') {
      value += character;
    } else if (character === "'") {
      mode = 'single';
      opened = at;
    } else if (character === ' ' || character === '\t') {
      const rest = text.slice(at);
      if (/^[ \t]*$|^[ \t]+#/.test(rest)) break;
      return problem(
        at + rest.search(/[^ \t]/),
        'more text behind the value; a value with blanks needs quotes',
      );
    } else if (';&|<>()'.includes(character)) {
      return problem(at, `a bare ${character} means something to a shell; put the value in quotes`);
    } else {
      value += character;
    }
  }
  if (mode !== 'bare') return problem(opened, 'this quote is never closed on its line');
  return { kind: 'assignment', key, value, column: start + 1 };
}

/** A `$` that nothing can follow stands for itself; in double quotes, one before a quote too. */
function expands(character: string, next: string, mode: Mode): boolean {
  if (character === '`') return true;
  return character === '$' && (/[A-Za-z0-9_{([@*#?$!-]/.test(next) || (mode === 'bare' && /['"]/.test(next)));
}

function needsExpansion(character: string): string {
  return character === '~'
    ? 'a shell would put the home directory for the ~; write it out, since this file is read and never run'
    : `a shell would expand this ${character}; the file is read and never run: put the value in single quotes, or write \\${character}`;
}

function problem(index: number, message: string): LineResult {
  return { kind: 'problem', column: index + 1, message };
}
