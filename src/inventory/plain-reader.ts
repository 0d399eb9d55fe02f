import { isMap, isScalar, type Node, type Pair, type Scalar } from 'yaml';
import { suggest } from '../base/index.ts';
import { createError, type Diagnostic, quote } from '../diagnostics/index.ts';
import { isGroupName, isNodeName, type NodeName } from '../protocol/index.ts';
import type { VariableText } from './create-inventory.ts';
import type { DraftGroup, InventoryDraft } from './draft.ts';
import { expandRange } from './host-range.ts';
import { checkKnownVariable, KNOWN_VARIABLES } from './known-variables.ts';
import type { Places } from './places.ts';
import { isTemplate, readPlainScalar } from './scalar-text.ts';

const SECTIONS = ['hosts', 'children', 'vars'] as const;
const NAME_RULE = 'letters, digits, "_", "." and "-", beginning with a letter or a digit';

type Key = Scalar<string>;

/** Takes groups, hosts and variables out of a YAML document, and notes all that is wrong with it. */
export class PlainReader {
  readonly diagnostics: Diagnostic[] = [];
  readonly draft: InventoryDraft = { groups: new Map(), hosts: new Map() };
  readonly #places: Places;

  constructor(places: Places) {
    this.#places = places;
  }

  readTop(contents: unknown): void {
    if (isNothing(contents)) return;
    const shape = 'an inventory begins with a group, such as all:, and below it hosts:';
    for (const [key, value] of this.#entries(contents, shape)) {
      if (SECTIONS.some((section) => section === key.value)) {
        const message = `"${key.value}" belongs to a group: write all: above it, and indent what follows`;
        this.#reject('WRONG_SHAPE', key, message);
      } else {
        this.#readGroup(key, value);
      }
    }
  }

  /** @param parent the group that has it as a child */
  #readGroup(key: Key, value: unknown, parent?: string): void {
    if (!this.#isName(key, isGroupName, 'group')) return;
    const group = this.#group(key.value);
    if (parent !== undefined) this.#addChild(parent, key.value, key);
    if (isNothing(value)) return;
    const shape = `a group has ${SECTIONS.join(', ')}`;
    for (const [section, content] of this.#entries(value, shape, key)) {
      this.#readSection(key.value, group, section, content);
    }
  }

  #readSection(name: string, group: DraftGroup, section: Key, content: unknown): void {
    switch (section.value) {
      case 'hosts':
        for (const [key, value] of this.#names(content, section)) this.#readHost(group, key, value);
        return;
      case 'children':
        for (const [key, value] of this.#names(content, section)) this.#readGroup(key, value, name);
        return;
      case 'vars':
        this.#readVariables(content, section, group.variables, group);
        return;
      default: {
        const message = `unknown key ${quote(section.value)}: a group has ${SECTIONS.join(', ')}`;
        this.#reject('UNKNOWN_KEY', section, message, suggest(section.value, SECTIONS));
      }
    }
  }

  #readHost(group: DraftGroup, key: Key, value: unknown): void {
    const names = this.#hostNames(key);
    const variables = new Map<string, VariableText>();
    this.#readVariables(value, key, variables);
    for (const name of names) {
      group.hosts.add(name);
      const own = this.draft.hosts.get(name) ?? new Map<string, VariableText>();
      this.draft.hosts.set(name, own);
      for (const [variable, text] of variables) own.set(variable, text);
    }
  }

  #hostNames(key: Key): readonly NodeName[] {
    if (this.#isForAnsible(key)) return [];
    const expanded = expandRange(key.value);
    if (expanded.kind === 'wrong') {
      const { message, suggestion } = expanded;
      this.#reject('INVALID_RANGE', key, `${quote(key.value)}: ${message}`, suggestion);
      return [];
    }
    const wrong = expanded.names.find((name) => !isNodeName(name));
    if (wrong === undefined && isText(key)) return expanded.names.filter(isNodeName);
    this.#isName(key, () => false, 'node');
    return [];
  }

  /** Ansible reads more than we do: `node[a:f]`, `node[1:9:2]`, and a port behind the name. */
  #isForAnsible(key: Key): boolean {
    const isLetters = /\[(?:[A-Za-z]:[A-Za-z](?::\d+)?|\d*:\d+:\d+|:\d+)\]/.test(key.value);
    const hasPort = /^[A-Za-z0-9][\w.[\]:-]*:\d+$/.test(key.value);
    if (!isLetters && !hasPort) return false;
    const message = hasPort
      ? 'a port stands behind the name (write it as ansible_port)'
      : 'this range is not one of two numbers, such as [1:20]';
    this.#reject('NOT_PLAIN', key, message);
    return true;
  }

  #readVariables(content: unknown, owner: Key, into: Map<string, VariableText>, group?: DraftGroup): void {
    if (isNothing(content)) return;
    const shape = `variables are written one below the other, each as name: value`;
    for (const [key, value] of this.#entries(content, shape, owner)) {
      if (key.value === '<<' && key.type === 'PLAIN') {
        this.#reject('NOT_PLAIN', key, 'this takes over variables of another place (<<)');
      } else if (key.value === 'ansible_group_priority' && group) {
        this.#readPriority(key, value, group);
      } else {
        this.#readVariable(key, value, into);
      }
    }
  }

  #readVariable(key: Key, value: unknown, into: Map<string, VariableText>): void {
    const text = this.#textOf(key, value);
    into.set(textOfKey(key), text);
    const place = isScalar(value) && text !== undefined ? value : key;
    const problem = checkKnownVariable(key.value, text);
    if (problem !== undefined) this.#reject('INVALID_VALUE', place, problem);
    const meant = key.value.startsWith('mqtt_') ? suggest(key.value, KNOWN_VARIABLES) : undefined;
    if (meant !== undefined && meant !== key.value && meant.startsWith('mqtt_')) {
      this.#reject('UNKNOWN_KEY', key, `${quote(key.value)} is no variable of ours`, meant);
    }
  }

  #readPriority(key: Key, value: unknown, group: DraftGroup): void {
    const text = this.#textOf(key, value) ?? '';
    if (/^[-+]?\d+$/.test(text)) group.priority = Number(text);
    else this.#reject('INVALID_VALUE', key, 'ansible_group_priority is a whole number');
  }

  #textOf(key: Key, value: unknown): VariableText {
    if (!isScalar<string>(value)) return undefined;
    const { tag = '', type, source = '' } = value;
    if (SECRET_TAGS.has(tag)) return undefined;
    if (tag !== '' && !TEXT_TAGS.has(tag)) {
      this.#reject('NOT_PLAIN', key, `the value has the tag ${tag}`);
      return undefined;
    }
    const plain = type === 'PLAIN' && tag === '' ? readPlainScalar(source) : { text: value.value };
    const text = 'text' in plain ? plain.text : undefined;
    return text !== undefined && (tag === '!unsafe' || !isTemplate(text)) ? text : undefined;
  }

  #addChild(parent: string, child: string, key: Key): void {
    const way = this.#wayDown(child, parent);
    if (child !== 'all' && way === undefined) {
      this.#group(parent).children.add(child);
      return;
    }
    const circle = way === undefined ? 'every group is below all' : [parent, ...way].join(' > ');
    this.#reject(
      'GROUP_CIRCLE',
      key,
      `the group ${quote(child)} cannot be below ${quote(parent)}: ${circle}`,
    );
  }

  /** The groups from one down to another, both included. */
  #wayDown(from: string, to: string): readonly string[] | undefined {
    const before = new Map<string, string | undefined>([[from, undefined]]);
    for (const name of before.keys()) {
      if (name === to) {
        const way: string[] = [];
        for (let at: string | undefined = to; at !== undefined; at = before.get(at)) way.unshift(at);
        return way;
      }
      for (const child of this.draft.groups.get(name)?.children ?? []) {
        if (!before.has(child)) before.set(child, name);
      }
    }
    return undefined;
  }

  #group(name: string): DraftGroup {
    const known = this.draft.groups.get(name);
    if (known) return known;
    const group = {
      hosts: new Set<NodeName>(),
      children: new Set<string>(),
      variables: new Map(),
      priority: 1,
    };
    this.draft.groups.set(name, group);
    return group;
  }

  #isName(key: Key, isRight: (text: string) => boolean, what: string): boolean {
    if (!isText(key)) {
      const message = `${quote(key.value)} is read as a number, yes, no or nothing: write it in quotes`;
      this.#reject('INVALID_NAME', key, message, `"${key.value}"`);
      return false;
    }
    if (isRight(key.value)) return true;
    this.#reject('INVALID_NAME', key, `${quote(key.value)} is no name of a ${what}: ${NAME_RULE}`);
    return false;
  }

  /** Of `hosts` and `children`, which may be one name alone. */
  #names(content: unknown, section: Key): readonly (readonly [Key, unknown])[] {
    if (isNothing(content)) return [];
    if (isKey(content)) return [[content, undefined]];
    const shape = `${section.value} are written one below the other, each as name: with a colon`;
    return this.#entries(content, shape, section);
  }

  /** The pairs of a map; each key is a text, and stands there once. */
  #entries(content: unknown, shape: string, owner?: Key): readonly (readonly [Key, unknown])[] {
    if (!isMap(content)) {
      this.#reject('WRONG_SHAPE', owner ?? (content as Node), shape);
      return [];
    }
    const seen = new Map<string, Key>();
    return content.items.flatMap(({ key, value }: Pair): (readonly [Key, unknown])[] => {
      if (!isKey(key)) {
        this.#reject('WRONG_SHAPE', (key as Node | null) ?? content, 'a list or a map is no name');
        return [];
      }
      const before = seen.get(key.value);
      seen.set(key.value, key);
      if (!before) return [[key, value]];
      const line = this.#places.of(before).line;
      const message = `${quote(key.value)} stands in line ${line} already: Ansible would forget what it says there`;
      this.#reject('DUPLICATE_KEY', key, message);
      return [];
    });
  }

  #reject(code: Diagnostic['code'], node: Pick<Node, 'range'>, message: string, suggestion?: string): void {
    this.diagnostics.push(createError(code, this.#places.of(node), message, suggestion));
  }
}

const SECRET_TAGS: ReadonlySet<string> = new Set(['!vault', '!vault-encrypted']);
const TEXT_TAGS: ReadonlySet<string> = new Set(['!unsafe', '!!str', 'tag:yaml.org,2002:str']);

function isKey(node: unknown): node is Key {
  return isScalar(node) && typeof node.value === 'string';
}

function isText({ type, source = '' }: Key): boolean {
  return type !== 'PLAIN' || readPlainScalar(source).kind === 'text';
}

function textOfKey(key: Key): string {
  const plain = key.type === 'PLAIN' ? readPlainScalar(key.source ?? '') : undefined;
  return plain?.kind === 'other' ? plain.text : key.value;
}

function isNothing(node: unknown): boolean {
  if (node === null || node === undefined) return true;
  if (!isScalar(node)) return false;
  return (
    node.type === 'PLAIN' && node.tag === undefined && readPlainScalar(node.source ?? '').kind === 'nothing'
  );
}
