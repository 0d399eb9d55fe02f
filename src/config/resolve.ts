import type { Assignment } from './config-file.ts';
import type { Origin } from './origin.ts';
import { SETTING_KEYS, type SettingKey, settingAbout, settingDefault } from './schema.ts';

/** A key with the text that counts, and where that text stands. */
export interface ResolvedEntry {
  readonly key: SettingKey;
  /** Undefined: nobody set it, and it has no default. */
  readonly text: string | undefined;
  readonly origin: Origin;
}

interface Sources {
  readonly flags: Readonly<Partial<Record<SettingKey, string>>>;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly file: { readonly name: string; readonly assignments: readonly Assignment[] };
}

/**
 * Flags win over the environment, that over the file, that over the defaults. An empty text in the environment or the
 * file sets nothing. The last assignment of a file wins, as in a shell.
 */
export function resolveEntries(sources: Sources): readonly ResolvedEntry[] {
  return SETTING_KEYS.map((key) => resolveEntry(key, sources));
}

function resolveEntry(key: SettingKey, { flags, environment, file }: Sources): ResolvedEntry {
  const about = settingAbout(key);
  if (flags[key] !== undefined) {
    return { key, text: flags[key], origin: { kind: 'flag', flag: about.flag ?? key } };
  }
  if (environment[about.environment]) {
    return {
      key,
      text: environment[about.environment],
      origin: { kind: 'environment', name: about.environment },
    };
  }
  const assignment = file.assignments.findLast((candidate) => candidate.key === key);
  if (assignment && assignment.value !== '') {
    const { value, line, column } = assignment;
    return { key, text: value, origin: { kind: 'file', file: file.name, line, column } };
  }
  return { key, text: settingDefault(key), origin: { kind: 'default' } };
}
