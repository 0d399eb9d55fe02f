export {
  createError,
  createWarning,
  DIAGNOSTIC_CODES,
  type Diagnostic,
  type DiagnosticCode,
  hasError,
  type Parsed,
  type Position,
  quote,
  shorten,
} from './diagnostic.ts';
export { formatDiagnostic, formatDiagnostics } from './format-diagnostic.ts';
export { CONTROL_CHARACTER, nameCharacter, splitLines, trimBlanks } from './source-lines.ts';
