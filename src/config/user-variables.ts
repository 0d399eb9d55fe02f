import { suggest } from '../base/index.ts';
import type { Assignment } from './config-file.ts';
import type { ConfigProblem } from './problem.ts';
import { isSettingKey, SETTING_KEYS, type SettingKey, settingAbout } from './schema.ts';

interface UserVariables {
  readonly variables: ReadonlyMap<string, string>;
  readonly problems: readonly ConfigProblem[];
}

/**
 * Keys that are not ours: users of the original keep variables of their node scripts in the same file. They are handed
 * on, but said, since a misspelt key of ours looks the same. One that may be a misspelt password is not handed on.
 */
export function collectUserVariables(file: string, assignments: readonly Assignment[]): UserVariables {
  const variables = new Map<string, string>();
  const problems: ConfigProblem[] = [];
  for (const { key, value, line, column } of assignments) {
    if (isSettingKey(key)) continue;
    const suggestion = SETTING_KEYS.find((known) => known === suggest(key, SETTING_KEYS));
    const isWithheld = mayBeOurSecret(key, suggestion);
    if (!isWithheld) variables.set(key, value);
    problems.push({
      severity: 'warning',
      origin: { kind: 'file', file, line, column: column - key.length - 1 },
      message: isWithheld
        ? `${key} is no key of ours; it may be a misspelt password, so it is not given to node scripts`
        : `${key} is no key of ours; it is given to node scripts as a variable`,
      ...(suggestion !== undefined && { suggestion }),
    });
  }
  return { variables, problems };
}

/** Whether a key was probably meant for our password: then it must not travel to the nodes. */
function mayBeOurSecret(key: string, suggestion: SettingKey | undefined): boolean {
  const isMisspelt = suggestion !== undefined && settingAbout(suggestion).isSecret === true;
  return isMisspelt || /^MQTT.*(PASS|PW|SECRET|TOKEN)/i.test(key);
}
