import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  checkSelection,
  type KnownNodes,
  mentionedIn,
  parseInventory,
  parseNodeExpression,
  selectNodes,
  soleTerm,
} from '../../src/inventory/index.ts';
import type { NodeName } from '../../src/protocol/index.ts';
import { anyExpression } from './any-expression.ts';

const { value: LAB } = parseInventory(
  `
servers: {hosts: {s1: , s2: , both: }}
clients: {hosts: {"c[1:3]": , both: }}
fast: {hosts: {c2: , s2: }}
empty:
all: {hosts: lone}
`,
  'lab.yaml',
);
if (!LAB) throw new Error('no inventory');
const lab = LAB;

const at = (text: string) => ({ line: 1, column: 1, length: text.length });

function parse(text: string) {
  const { value } = parseNodeExpression(text, at(text));
  if (!value) throw new Error(`${text} is no expression`);
  return value;
}

const select = (text: string): string => selectNodes(parse(text), lab).join(' ');

describe('who is meant', () => {
  test.each([
    ['*', 'lone s1 s2 both c1 c2 c3'],
    ['@clients', 'c1 c2 c3 both'],
    ['@all', 'lone s1 s2 both c1 c2 c3'],
    ['@ungrouped', 'lone'],
    ['c2,@servers,c2', 'c2 s1 s2 both'],
    ['c[3:3],c[1:2]', 'c3 c1 c2'],
    ['@clients,!c2', 'c1 c3 both'],
    ['!c2,@clients', 'c1 c3 both'],
    ['!@clients', 'lone s1 s2'],
    ['!@clients,!@servers', 'lone'],
    ['@clients&@servers', 'both'],
    ['@clients&@fast,s1', 'c2 s1'],
    ['*,!@clients&@servers', 'lone s1 s2 c1 c2 c3'],
    ['*&@fast', 'c2 s2'],
    ['c[1:3]&@fast', 'c2'],
    ['@empty', ''],
    ['@empty,c1', 'c1'],
    ['c1,!@clients', ''],
    ['@servers,!@fast,s2', 's1 both'],
    ['stranger', 'stranger'],
  ])('%s', (text, nodes) => {
    expect(select(text)).toBe(nodes);
  });

  test('is as sets would have it', () => {
    const names = ['a', 'b', 'c', 'n1', 'n2', 'n3', 'n4'];
    const members = fc.subarray(names);
    fc.assert(
      fc.property(anyExpression(), members, members, members, (text, hosts, g, h) => {
        const { value } = parseNodeExpression(text, at(text));
        const groups = {
          '@g': g.filter((name) => hosts.includes(name)),
          '@h': h.filter((name) => hosts.includes(name)),
        };
        const expected = naive(text, hosts, groups);
        // Nobody is left by what excludes everybody, whoever is named beside it.
        if (!value) expect(/!\*(&\*)*(,|$)/.test(text) || expected.length === 0).toBe(true);
        else expect(selectNodes(value, knownOf(hosts, groups)).toSorted()).toEqual(expected);
      }),
      { numRuns: 3000 },
    );
  });
});

function knownOf(hosts: readonly string[], groups: Readonly<Record<string, readonly string[]>>): KnownNodes {
  const named = (names: readonly string[]) => names as readonly NodeName[];
  return {
    hosts: new Map(named(hosts).map((name) => [name, undefined])),
    groups: new Map(Object.entries(groups).map(([name, list]) => [name.slice(1), named(list)])),
  };
}

/** Asks of each name alone whether it is meant. */
function naive(
  text: string,
  hosts: readonly string[],
  groups: Readonly<Record<string, readonly string[]>>,
): string[] {
  const RANGES: Readonly<Record<string, readonly string[]>> = {
    'n[1:2]': ['n1', 'n2'],
    'n[1:4]': ['n1', 'n2', 'n3', 'n4'],
    'n[3:4]': ['n3', 'n4'],
  };
  const isTerm = (term: string, name: string): boolean =>
    term === '*' ? hosts.includes(name) : (groups[term] ?? RANGES[term] ?? [term]).includes(name);
  const isPart = (part: string, name: string): boolean => {
    const terms = part.replace('!', '').split('&');
    const narrowing = terms.filter((term) => term !== '*');
    return (narrowing.length > 0 ? narrowing : terms).every((term) => isTerm(term, name));
  };
  const parts = text.split(',');
  const included = parts.filter((part) => !part.startsWith('!'));
  const excluded = parts.filter((part) => part.startsWith('!'));
  const all = ['a', 'b', 'c', 'n1', 'n2', 'n3', 'n4'];
  return all.filter((name) => {
    const isIn = included.length === 0 ? hosts.includes(name) : included.some((part) => isPart(part, name));
    return isIn && !excluded.some((part) => isPart(part, name));
  });
}

describe('whom expressions speak of', () => {
  test.each([
    ['b,a,@g,b', { nodes: ['b', 'a'], groups: ['g'], all: false }],
    ['*', { nodes: [], groups: [], all: true }],
    ['!a', { nodes: [], groups: [], all: true }],
    ['!@g', { nodes: [], groups: ['g'], all: true }],
    ['a[1:3],!a2', { nodes: ['a1', 'a3'], groups: [], all: false }],
    ['a,b&@g,!@h', { nodes: ['a'], groups: ['g', 'h'], all: false }],
    ['a&*', { nodes: ['a'], groups: [], all: true }],
  ])('%s', (text, mentioned) => {
    expect(mentionedIn([parse(text)])).toEqual(mentioned);
  });

  test.each([
    ['@g', '@g'],
    ['*', '*'],
    ['!@g', undefined],
    ['@g,@g', undefined],
    ['@g&@h', undefined],
  ])('%s: the only term is %s', (text, term) => {
    expect(soleTerm(parse(text))?.text).toBe(term);
  });
});

describe('with an inventory', () => {
  const check = (text: string): string[] =>
    checkSelection(parse(text), lab, at(text)).map(({ code, message, position, suggestion }) =>
      [
        code,
        position.column,
        position.length,
        message,
        ...(suggestion === undefined ? [] : [suggestion]),
      ].join(' | '),
    );

  test.each([
    ['c1,@clients,!s1,c[1:2]&@fast', []],
    ['c1,s3', ['UNKNOWN_NODE | 4 | 2 | the inventory has no node "s3" | s1']],
    ['c[1:9]', ['UNKNOWN_NODE | 1 | 6 | the inventory has no nodes c4, c5, c6 and 3 more']],
    ['*,!c[3:4]', ['UNKNOWN_NODE | 4 | 6 | the inventory has no node "c4"']],
    ['@clients,!@fats', ['UNKNOWN_GROUP | 11 | 5 | the inventory has no group "fats" | fast']],
    ['@clients&@x', ['UNKNOWN_GROUP | 10 | 2 | the inventory has no group "x"']],
    ['@empty', ['EMPTY_SELECTION | 1 | 6 | "@empty" is nobody of the inventory']],
    ['@clients,!@all', ['EMPTY_SELECTION | 1 | 14 | "@clients,!@all" is nobody of the inventory']],
  ])('%s', (text, problems) => {
    expect(check(text)).toEqual(problems);
  });
});
