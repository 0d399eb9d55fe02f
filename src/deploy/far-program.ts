import common from './far/common.sh';
import end from './far/end.sh';
import look from './far/look.sh';
import put from './far/put.sh';
import start from './far/start.sh';
import { shellWord } from './quoting.ts';

const PROGRAMS = { look, put, start, end } as const;

export type FarProgram = keyof typeof PROGRAMS;

/** One `key=value` each; a key may come several times. */
export type FarValues = readonly (readonly [string, string])[];

/**
 * The command line for the host: the program is in it, and nothing that differs from host to host. It is one quoted word
 * for whatever shell the user has there, and sh takes it from that.
 */
export function farCommand(program: FarProgram): string {
  return `exec sh -c ${shellWord(`${common}\n${PROGRAMS[program]}`)}`;
}

/** What the program reads: its values, which nobody else can see, then what is to be brought. */
export function farInput(values: FarValues, more: Uint8Array = new Uint8Array()): Uint8Array {
  const text = values.map(([key, value]) => `${key}=${value}\n`).join('');
  return Buffer.concat([new TextEncoder().encode(`${text}.\n`), more]);
}
