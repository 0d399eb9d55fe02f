/** Where something stands in a document. */
export interface Position {
  /** From 1. */
  readonly line: number;
  /** From 1, in UTF-16 code units, as editors and the YAML parser count. */
  readonly column: number;
  /** How much of the line the caret underlines, in the same units; at least 1. */
  readonly length: number;
}

/**
 * Every kind of problem that a playbook can have. Stable: scripts may rely on them.
 * `docs/reference/playbook.md` explains each; a test ties the two together.
 */
export const PLAYBOOK_CODES = [
  'CONTROL_CHARACTER',
  'EMPTY_PLAYBOOK',
  'EMPTY_SELECTION',
  'EXTRA_WORDS',
  'FILE_REPLACED',
  'GO_WITHOUT_SYNC',
  'INVALID_DURATION',
  'INVALID_NODES',
  'INVALID_PORT',
  'INVALID_VARIABLE',
  'INVALID_VERB',
  'LETTER_CASE',
  'MAXSKEW_UNIT',
  'MISSING_PART',
  'NODE_REPEATED',
  'NOT_IN_SYNC',
  'PORT_IN_USE',
  'SEND_AFTER_TERMINATE',
  'STEP_NOT_AVAILABLE',
  'SYNC_NODE_REPEATED',
  'SYNC_WITHOUT_GO',
  'UNKNOWN_GROUP',
  'UNKNOWN_KEYWORD',
  'UNKNOWN_NODE',
  'UNSET_VARIABLE',
  'WAIT_ALWAYS_MET',
  'WAIT_NEVER_MET',
] as const;

/** The same of an inventory, and `docs/reference/inventory.md`. */
export const INVENTORY_CODES = [
  'DUPLICATE_KEY',
  'EMPTY_INVENTORY',
  'GROUP_CIRCLE',
  'INVALID_NAME',
  'INVALID_RANGE',
  'INVALID_VALUE',
  'INVALID_YAML',
  'NOT_PLAIN',
  'UNKNOWN_KEY',
  'WRONG_SHAPE',
] as const;

export type DiagnosticCode = (typeof PLAYBOOK_CODES | typeof INVENTORY_CODES)[number];

/** A problem of the user's document: located, collected, never thrown. */
export interface Diagnostic {
  /** Nothing runs with an error; a warning is said and the run goes on. */
  readonly severity: 'error' | 'warning';
  readonly code: DiagnosticCode;
  /** What is wrong, and what would be right where that is not plain. One line, without a full stop. */
  readonly message: string;
  readonly position: Position;
  /** Completes "did you mean …?". */
  readonly suggestion?: string;
}

/** What a parser found. */
export interface Parsed<T> {
  /** Absent when there is an error. */
  readonly value?: T;
  readonly diagnostics: readonly Diagnostic[];
}

export function createError(
  code: DiagnosticCode,
  position: Position,
  message: string,
  suggestion?: string,
): Diagnostic {
  return { severity: 'error', code, message, position, suggestion };
}

export function createWarning(
  code: DiagnosticCode,
  position: Position,
  message: string,
  suggestion?: string,
): Diagnostic {
  return { severity: 'warning', code, message, position, suggestion };
}

export function hasError(diagnostics: readonly Diagnostic[]): boolean {
  return diagnostics.some(({ severity }) => severity === 'error');
}

/** The user's own words inside a message: quoted, and cut where they would drown it. */
export function quote(text: string): string {
  return `"${shorten(text)}"`;
}

/** The same, where they need no quotes to be told apart. */
export function shorten(text: string): string {
  return text.length > 40 ? `${text.slice(0, 39)}…` : text;
}
