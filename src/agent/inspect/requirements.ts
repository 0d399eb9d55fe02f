import { type CommandSeen, MOST_INSPECTED } from '../../protocol/index.ts';

/** A command that a node script declares, with the version that it needs, if it matters. */
export type Requirement =
  | {
      readonly kind: 'command';
      readonly text: string;
      readonly name: string;
      readonly version?: { readonly operator: NonNullable<CommandSeen['operator']>; readonly wanted: string };
    }
  | { readonly kind: 'malformed'; readonly text: string };

const ENTRY = /^([A-Za-z0-9_/][A-Za-z0-9_./+-]*)(?:\s*(>=|>|=)\s*(\d{1,9}(?:\.\d{1,9})*))?$/;
const LONGEST_TEXT = 200;

/** Reads `iperf3 >= 3.9, ncat`: entries separated by commas or line ends, each once. */
export function parseRequirements(requires: string): readonly Requirement[] {
  const texts = requires.split(/[,\n]/).map((text) => text.trim().replace(/\s+/g, ' '));
  const entries = [...new Set(texts)].filter((text) => text !== '').slice(0, MOST_INSPECTED);
  return entries.map((text) => parseEntry(text));
}

function parseEntry(text: string): Requirement {
  const [, name, operator, wanted] = (text.length <= LONGEST_TEXT && ENTRY.exec(text)) || [];
  if (name === undefined) return { kind: 'malformed', text: text.slice(0, LONGEST_TEXT) };
  if (operator === undefined || wanted === undefined) return { kind: 'command', text, name };
  return { kind: 'command', text, name, version: { operator: operator as '>=' | '>' | '=', wanted } };
}
