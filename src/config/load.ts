import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { errorMessage } from '../base/index.ts';
import { formatBrokerUrl } from '../transport/index.ts';
import { readCaFile } from './ca-file.ts';
import { parseConfigFile } from './config-file.ts';
import type { Origin } from './origin.ts';
import type { ConfigProblem } from './problem.ts';
import { type ResolvedEntry, resolveEntries } from './resolve.ts';
import { type SettingKey, settingAbout, settingsSchema } from './schema.ts';
import { createSettings, type Settings } from './settings.ts';
import { collectUserVariables } from './user-variables.ts';

const DEFAULT_FILE = 'global.config';

export interface ConfigurationSources {
  /** Undefined: `global.config` in the working directory, if it is there. */
  readonly configFile: string | undefined;
  readonly flags: Readonly<Partial<Record<SettingKey, string>>>;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Relative paths start here. */
  readonly workingDirectory: string;
}

/** A key as it may be shown to anybody. */
export interface ShownEntry {
  readonly key: SettingKey;
  /** Without passwords; undefined: nobody set the key, and it has no default. */
  readonly shown: string | undefined;
  readonly origin: Origin;
}

export interface Configuration {
  readonly settings: Settings;
  /** Every key, in the schema's order. */
  readonly entries: readonly ShownEntry[];
  /** Keys of the file that are not ours: variables for the node's shell. */
  readonly userVariables: ReadonlyMap<string, string>;
}

/** The configuration of this call, or every reason why there is none. A value there is has no problem that is an error. */
export function loadConfiguration(sources: ConfigurationSources): {
  readonly value?: Configuration;
  readonly problems: readonly ConfigProblem[];
} {
  const file = readConfigFile(sources);
  const entries = resolveEntries({ ...sources, file });
  const user = collectUserVariables(file.name, file.assignments);
  const read = readSettings(entries, sources.workingDirectory);
  const problems = [...file.problems, ...user.problems, ...read.problems];
  if (read.settings === undefined || problems.some(({ severity }) => severity === 'error'))
    return { problems };
  const { settings } = read;
  const shownEntries = entries.map((entry) => showEntry(entry, settings));
  return { value: { settings, entries: shownEntries, userVariables: user.variables }, problems };
}

function readConfigFile({ configFile, workingDirectory }: ConfigurationSources) {
  const name = configFile ?? DEFAULT_FILE;
  let source = '';
  const problems: ConfigProblem[] = [];
  try {
    source = readFileSync(resolve(workingDirectory, name), 'utf8');
  } catch (thrown) {
    const isAbsent = (thrown as NodeJS.ErrnoException).code === 'ENOENT';
    if (configFile !== undefined || !isAbsent) {
      const message = isAbsent ? 'there is no such file' : `the file cannot be read: ${errorMessage(thrown)}`;
      problems.push({ severity: 'error', origin: { kind: 'file', file: name, line: 1, column: 1 }, message });
    }
  }
  const parsed = parseConfigFile(source);
  for (const { message, ...place } of parsed.problems) {
    problems.push({ severity: 'error', origin: { kind: 'file', file: name, ...place }, message });
  }
  return { name, assignments: parsed.assignments, problems };
}

function readSettings(entries: readonly ResolvedEntry[], workingDirectory: string) {
  const problems: ConfigProblem[] = [];
  const report = (key: PropertyKey | undefined, message: string): void => {
    const entry = entries.find((candidate) => candidate.key === key);
    problems.push({
      severity: 'error',
      origin: entry?.origin ?? { kind: 'default' },
      message: `${String(key)}: ${message}`,
    });
  };
  const texts = Object.fromEntries(entries.map(({ key, text }) => [key, text]));
  const caFile =
    texts.MQTT_CAFILE === undefined ? undefined : readCaFile(resolve(workingDirectory, texts.MQTT_CAFILE));
  if (caFile?.kind === 'error') report('MQTT_CAFILE', `${texts.MQTT_CAFILE}: ${caFile.message}`);
  const result = settingsSchema.safeParse(texts);
  if (!result.success) {
    for (const issue of result.error.issues) report(issue.path[0], issue.message);
    return { problems };
  }
  const settings = createSettings(result.data, caFile?.kind === 'ok' ? caFile.pem : undefined);
  if (settings.password !== undefined && settings.username === undefined) {
    report('MQTT_PASSWORD', 'a password needs a user: set MQTT_USERNAME too [MQTT-3.1.2-22]');
  }
  return { settings, problems };
}

function showEntry({ key, text, origin }: ResolvedEntry, settings: Settings): ShownEntry {
  if (text === undefined) return { key, shown: undefined, origin };
  if (settingAbout(key).isSecret) return { key, shown: '********', origin };
  // An address may have been written with user and password.
  return { key, shown: key === 'MQTT_SERVER' ? formatBrokerUrl(settings.broker) : text, origin };
}
