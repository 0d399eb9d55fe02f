export {
  createError,
  createWarning,
  type Diagnostic,
  type DiagnosticCode,
  hasError,
  INVENTORY_CODES,
  type Parsed,
  PLAYBOOK_CODES,
  type Position,
  quote,
  shorten,
} from './diagnostic.ts';
export { formatDiagnostic, formatDiagnostics } from './format-diagnostic.ts';
export { CONTROL_CHARACTER, nameCharacter, splitLines, trimBlanks } from './source-lines.ts';
