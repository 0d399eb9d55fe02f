import * as z from 'zod';
import { quote } from '../diagnostics/index.ts';
import { isGroupName, isNodeName, type NodeName } from '../protocol/index.ts';
import { createInventory, type VariableText } from './create-inventory.ts';
import { GroupTree } from './group-tree.ts';
import { checkKnownVariable } from './known-variables.ts';
import type { Inventory } from './model.ts';
import { isTemplate } from './scalar-text.ts';

/** Nobody reads more of them. */
const MOST_PROBLEMS = 20;

const Group = z.object({
  hosts: z.array(z.string()).default([]),
  children: z.array(z.string()).default([]),
});
const Listed = z
  .object({ _meta: z.object({ hostvars: z.record(z.string(), z.record(z.string(), z.unknown())) }) })
  .catchall(z.unknown());

export type InventoryListing =
  | { readonly kind: 'ok'; readonly inventory: Inventory }
  /** Sentences without a full stop. */
  | { readonly kind: 'wrong'; readonly problems: readonly string[] };

/**
 * Reads what `ansible-inventory --list` says: the same inventory as `parseInventory` makes of a plain file.
 * @param file as the user named it, for messages only
 */
export function parseInventoryList(json: string, file: string): InventoryListing {
  const listed = Listed.safeParse(parseJson(json));
  if (!listed.success) return wrong(['it is not what ansible-inventory --list prints']);
  const { _meta, ...rest } = listed.data;
  const problems: string[] = [];
  const groups = readGroups(rest, problems);
  const tree = new GroupTree(groups);
  const variables = new Map(
    tree.hosts.map((host) => [host, readVariables(host, _meta.hostvars[host] ?? {}, problems)] as const),
  );
  if (problems.length > 0) return wrong(problems);
  if (tree.hosts.length === 0) return wrong(['it has no host']);
  return {
    kind: 'ok',
    inventory: createInventory(file, tree, (host) => variables.get(host) ?? new Map()),
  };
}

function wrong(problems: readonly string[]): InventoryListing {
  const left = problems.length - MOST_PROBLEMS;
  const more = left > 0 ? [`and ${left} more`] : [];
  return { kind: 'wrong', problems: [...problems.slice(0, MOST_PROBLEMS), ...more] };
}

const TEXT_OR_NUMBER = /"(?:[^"\\]|\\.)*"|-?(?:\d[\d.eE+-]*|Infinity)|NaN/g;

/** Numbers stay as they are written: 1.0 is no 1, and a serial number may have more digits than a number here. */
function parseJson(json: string): unknown {
  const quoted = json.replace(TEXT_OR_NUMBER, (word) => (word.startsWith('"') ? word : `"${word}"`));
  try {
    return JSON.parse(quoted);
  } catch {
    return undefined;
  }
}

function readGroups(listed: Readonly<Record<string, unknown>>, problems: string[]) {
  const groups = new Map<string, { hosts: readonly NodeName[]; children: readonly string[] }>();
  for (const [name, content] of Object.entries(listed)) {
    const group = Group.safeParse(content);
    if (!group.success) {
      problems.push(`the group ${quote(name)} has no list of hosts and children`);
      continue;
    }
    const { hosts, children } = group.data;
    for (const child of [name, ...children]) {
      if (!isGroupName(child)) problems.push(`${quote(child)} is no name of a group`);
    }
    for (const host of hosts) if (!isNodeName(host)) problems.push(`${quote(host)} is no name of a node`);
    groups.set(name, { hosts: hosts.filter(isNodeName), children: children.filter(isGroupName) });
  }
  return groups;
}

function readVariables(host: NodeName, values: Readonly<Record<string, unknown>>, problems: string[]) {
  const variables = new Map<string, VariableText>();
  for (const [name, value] of Object.entries(values)) {
    const text = textOf(value);
    variables.set(name, text);
    const problem = checkKnownVariable(name, text);
    if (problem !== undefined) problems.push(`${host}: ${problem}`);
  }
  return variables;
}

function textOf(value: unknown): VariableText {
  if (typeof value === 'boolean') return String(value);
  if (typeof value === 'string') return isTemplate(value) ? undefined : value;
  const unsafe = Unsafe.safeParse(value);
  return unsafe.success ? unsafe.data.__ansible_unsafe : undefined;
}

/** How a text is written that Ansible is not to look into. */
const Unsafe = z.object({ __ansible_unsafe: z.string() });
