import { formatOrigin, type Origin } from './origin.ts';

/** Something that the person should change, or at least know. Collected, so that all are told at once. */
export interface ConfigProblem {
  /** Nothing is done with an error; a warning is said and the work goes on. */
  readonly severity: 'error' | 'warning';
  readonly origin: Origin;
  /** One line without a full stop; never holds a password. */
  readonly message: string;
  /** Completes "did you mean …?". */
  readonly suggestion?: string;
}

/** `global.config:3:13: error: MQTT_SERVER: …`; with the flag's or variable's name where there is no file. */
export function formatProblem({ severity, origin, message, suggestion }: ConfigProblem): string {
  const where =
    origin.kind === 'file' ? `${origin.file}:${origin.line}:${origin.column}` : formatOrigin(origin);
  return `${where}: ${severity}: ${message}${suggestion === undefined ? '' : `; did you mean ${suggestion}?`}`;
}
