import { quote } from '../diagnostics/index.ts';
import type { VariableText } from './create-inventory.ts';

/** Variables that we act upon, and what each may say. */
const CHECKS: Readonly<Record<string, (text: string) => string | undefined>> = {
  ansible_host: (text) => (/^[^\s-]\S*$/.test(text) ? undefined : 'is no address or name of a machine'),
  ansible_user: (text) => (/^[^\s-]\S*$/.test(text) ? undefined : 'is no name of a user'),
  ansible_port: (text) =>
    /^\d{1,5}$/.test(text) && Number(text) >= 1 && Number(text) <= 65_535
      ? undefined
      : 'is no port: a number from 1 to 65535',
  mqtt_server: (text) => (/^\S+$/.test(text) ? undefined : 'is no address of a broker'),
  mqtt_agent: (text) => (/^(?:node|shell)$/.test(text) ? undefined : 'is neither node nor shell'),
};

export const KNOWN_VARIABLES: readonly string[] = Object.keys(CHECKS);

/** What is wrong with the value of one of these variables; nothing is wrong with anybody's own. */
export function checkKnownVariable(name: string, text: VariableText): string | undefined {
  const check = Object.hasOwn(CHECKS, name) ? CHECKS[name] : undefined;
  if (!check) return undefined;
  if (text === undefined) {
    return `${name} has to be written out: a list, a map, nothing, a secret or a template of Ansible's is no text`;
  }
  const problem = check(text);
  return problem === undefined ? undefined : `${name}: ${quote(text)} ${problem}`;
}
