import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseInventory, parseInventoryList } from '../../src/inventory/index.ts';

function problems(text: string): string[] {
  const { value, diagnostics } = parseInventory(text, 'lab.yaml');
  expect(value === undefined).toBe(diagnostics.length > 0);
  return diagnostics.map(({ code, position: { line, column, length }, suggestion }) =>
    [code, line, column, length, ...(suggestion === undefined ? [] : [suggestion])].join(' '),
  );
}

const first = (text: string): string | undefined => parseInventory(text, 'lab.yaml').diagnostics[0]?.message;

describe('an inventory', () => {
  test('says where each host is, who logs in, and what it belongs to', () => {
    const { value } = parseInventory(
      `
all: {vars: {ansible_user: pi, x: far}}
lab: {children: {clients: }}
clients:
  hosts:
    c[1:2]:
    c1: {ansible_host: 10.0.0.1, ansible_port: 2222, ansible_user: root, x: near}
`,
      'lab.yaml',
    );
    expect(value?.file).toBe('lab.yaml');
    expect(value && [...value.groups]).toEqual([
      ['all', ['c1', 'c2']],
      ['lab', ['c1', 'c2']],
      ['clients', ['c1', 'c2']],
    ]);
    expect(
      value &&
        [...value.hosts.values()].map(({ variables, ...host }) => ({ ...host, x: variables.get('x') })),
    ).toEqual([
      { node: 'c1', address: '10.0.0.1', user: 'root', port: 2222, groups: ['clients', 'lab'], x: 'near' },
      { node: 'c2', address: 'c2', user: 'pi', port: undefined, groups: ['clients', 'lab'], x: 'far' },
    ]);
  });

  test('may have the marks and line ends of other systems', () => {
    expect(problems('\uFEFFall:\r\n  hosts:\r\n    n1:\r\n')).toEqual([]);
    expect(problems('---\n# comment\nall: {hosts: n1}\n...\n')).toEqual([]);
  });
});

describe('what is wrong', () => {
  test.each([
    ['no host', 'all: {hosts: }\n', ['EMPTY_INVENTORY 1 1 1']],
    ['nothing', '', ['EMPTY_INVENTORY 1 1 1']],
    ['a list', '- hosts: all\n', ['WRONG_SHAPE 1 1 12']],
    ['no group on top', 'hosts:\n  n1:\n', ['WRONG_SHAPE 1 1 5']],
    ['a group that is a word', 'all: n1\n', ['WRONG_SHAPE 1 1 3']],
    ['hosts as a list', 'all:\n  hosts:\n    - n1\n', ['WRONG_SHAPE 2 3 5']],
    ['children as a list', 'all:\n  children: [a]\n', ['WRONG_SHAPE 2 3 8']],
    ['variables as a list', 'all: {hosts: n1, vars: [a]}', ['WRONG_SHAPE 1 18 4']],
    ['a host that is a word', 'all: {hosts: {n1: 10.0.0.1}}', ['WRONG_SHAPE 1 15 2']],
    ['a key that is a list', '? [a]\n: 1\nall: {hosts: n1}', ['WRONG_SHAPE 1 3 3']],
    ['a misspelt key', 'all:\n  host:\n    n1:\n', ['UNKNOWN_KEY 2 3 4 hosts']],
    [
      'a misspelt variable of ours',
      'all: {hosts: n1, vars: {mqtt_sever: x}}',
      ['UNKNOWN_KEY 1 25 10 mqtt_server'],
    ],
    ['a repeated host', 'all:\n  hosts:\n    n1:\n    n1: {a: 1}\n', ['DUPLICATE_KEY 4 5 2']],
    ['a repeated group', 'a: {hosts: n1}\na: {hosts: n2}\n', ['DUPLICATE_KEY 2 1 1']],
    ['a repeated variable', 'a: {hosts: n1, vars: {x: 1, x: 2}}\n', ['DUPLICATE_KEY 1 29 1']],
    [
      'a host that is no node',
      'all: {hosts: {_n: , "a b": }}',
      ['INVALID_NAME 1 15 2', 'INVALID_NAME 1 21 5'],
    ],
    ['a host that is a number', 'all: {hosts: {17: }}', ['INVALID_NAME 1 15 2 "17"']],
    ['a group that is none', '_g: {hosts: n1}', ['INVALID_NAME 1 1 2']],
    ['a child that is none', 'all: {children: {"g h": }}', ['INVALID_NAME 1 18 5']],
    ['a range backwards', 'all: {hosts: {"n[3:1]": }}', ['INVALID_RANGE 1 15 8 [1:3]']],
    ['a range of many', 'all: {hosts: {"n[1:99999]": }}', ['INVALID_RANGE 1 15 12']],
    ['a port', 'all: {hosts: {n1: {ansible_port: 65536}}}', ['INVALID_VALUE 1 34 5']],
    ['an agent', 'all: {hosts: n1, vars: {mqtt_agent: bash}}', ['INVALID_VALUE 1 37 4']],
    ['an address', 'all: {hosts: {n1: {ansible_host: "-oProxyCommand=x"}}}', ['INVALID_VALUE 1 34 18']],
    ['a user', 'all: {hosts: {n1: {ansible_user: "-l"}}}', ['INVALID_VALUE 1 34 4']],
    ['no address', 'all: {hosts: {n1: {ansible_host: }}}', ['INVALID_VALUE 1 20 12']],
    ['a template', 'all: {hosts: n1, vars: {ansible_host: "{{ x }}.lan"}}', ['INVALID_VALUE 1 25 12']],
    ['a priority', 'g: {hosts: n1, vars: {ansible_group_priority: high}}', ['INVALID_VALUE 1 23 22']],
    ['a circle', 'a: {children: {b: {children: {c: {children: {a: }}}}}}', ['GROUP_CIRCLE 1 46 1']],
    ['a group in itself', 'a: {children: a}', ['GROUP_CIRCLE 1 15 1']],
    ['all below something', 'a: {children: all}', ['GROUP_CIRCLE 1 15 3']],
    ['no YAML', 'all:\n  hosts: {n1: \n', ['INVALID_YAML 2 15 1']],
    ['a tab', 'all:\n\thosts:\n', ['INVALID_YAML 2 1 1']],
    ['two documents', 'a: {hosts: n1}\n---\nb: {hosts: n2}\n', ['INVALID_YAML 2 1 3']],
    ['a vast depth', `a: ${'['.repeat(20_000)}`, ['INVALID_YAML 1 104 1']],
    ['a vast depth of lists', `a:\n${'- '.repeat(20_000)}`, ['INVALID_YAML 2 1 1']],
    ['a vast depth of keys', `a:\n${'? '.repeat(20_000)}`, ['INVALID_YAML 2 1 1']],
    [
      'a vast depth of lines',
      Array.from({ length: 3000 }, (_, index) => `${' '.repeat(index)}a:`).join('\n'),
      ['INVALID_YAML 301 1 1'],
    ],
  ])('%s', (_, text, expected) => {
    expect(problems(text)).toEqual(expected);
  });

  test('is told all at once', () => {
    const text =
      'all:\n  hosst: {n1: }\n  vars: {mqtt_agent: x}\ng:\n  hosts: {n1: {ansible_port: x}, _n: }\n';
    expect(problems(text).map((problem) => problem.split(' ')[0])).toEqual([
      'UNKNOWN_KEY',
      'INVALID_VALUE',
      'INVALID_VALUE',
      'INVALID_NAME',
    ]);
  });

  test('is told by a circle that shows its way', () => {
    expect(first('a: {children: {b: {children: {c: {children: {a: }}}}}}')).toBe(
      'the group "a" cannot be below "c": c > a > b > c',
    );
  });
});

describe('what only Ansible reads', () => {
  test.each([
    ['[servers]\nn1\n', 'this is an inventory in the INI form'],
    ['; comment\n\n[all:vars]\nx=1\n', 'this is an inventory in the INI form'],
    ['n1 ansible_host=10.0.0.1\n', 'this is an inventory in the INI form'],
    ['n1\nn2\n', 'this is an inventory in the INI form'],
    ['#!/bin/sh\necho {}\n', 'this is a script, which Ansible runs for its inventory'],
    ['plugin: community.general.nmap\n', 'this is the configuration of an inventory plug-in (plugin:)'],
    ['# c\nstrict: false\nplugin: x\n', 'this is the configuration of an inventory plug-in (plugin:)'],
    ['$ANSIBLE_VAULT;1.1;AES256\n6231\n', 'this file is encrypted by ansible-vault'],
    ['a: {hosts: &h {n1: }}\nb: {hosts: *h}\n', 'this repeats something by its anchor'],
    ['a: {hosts: n1, vars: {x: !binary aGk=}}', 'the value has the tag !binary'],
    ['a: {hosts: n1, vars: {<<: {x: 1}}}', 'this takes over variables of another place (<<)'],
    ['a: {hosts: {"n[a:c]": }}', 'this range is not one of two numbers, such as [1:20]'],
    ['a: {hosts: {"n[1:9:2]": }}', 'this range is not one of two numbers, such as [1:20]'],
    ['a: {hosts: {"n1:2222": }}', 'a port stands behind the name (write it as ansible_port)'],
  ])('%j', (text, message) => {
    expect(parseInventory(text, 'lab').diagnostics).toMatchObject([{ code: 'NOT_PLAIN', message }]);
  });

  test('is told beside what is wrong', () => {
    expect(problems('a: {hosts: {"n[a:c]": }, host: }').map((problem) => problem.split(' ')[0])).toEqual([
      'NOT_PLAIN',
      'UNKNOWN_KEY',
    ]);
  });
});

describe('what ansible-inventory says', () => {
  const wrong = (json: string): readonly string[] => {
    const listing = parseInventoryList(json, 'lab');
    return listing.kind === 'wrong' ? listing.problems : [];
  };

  test.each([
    ['', ['it is not what ansible-inventory --list prints']],
    ['[]', ['it is not what ansible-inventory --list prints']],
    ['{"all":{"hosts":["n1"]}}', ['it is not what ansible-inventory --list prints']],
    ['{"_meta":{"hostvars":{}}}', ['it has no host']],
    [
      '{"_meta":{"hostvars":{}},"g":{"hosts":["_n","n1"],"children":["a b"]}}',
      ['"a b" is no name of a group', '"_n" is no name of a node'],
    ],
    [
      '{"_meta":{"hostvars":{"n1":{"ansible_port":"x"}}},"g":{"hosts":["n1"]}}',
      ['n1: ansible_port: "x" is no port: a number from 1 to 65535'],
    ],
    ['{"_meta":{"hostvars":{}},"g":["n1"]}', ['the group "g" has no list of hosts and children']],
  ])('%s', (json, expected) => {
    expect(wrong(json).slice(0, 2)).toEqual(expected.slice(0, 2));
  });

  test('is cut where nobody would read on', () => {
    const hosts = Array.from({ length: 100 }, (_, index) => `_n${index}`);
    const found = wrong(JSON.stringify({ _meta: { hostvars: {} }, g: { hosts } }));
    expect(found.length).toBe(21);
    expect(found.at(-1)).toBe('and 80 more');
  });
});

const WORDS = [
  'all',
  'hosts',
  'children',
  'vars',
  ':',
  ' ',
  '\n',
  '  ',
  '{',
  '}',
  '[',
  ']',
  'n[1:3]',
  '"',
  '&a',
  '*a',
  '-',
  '|',
  '!x',
  '\t',
  '#',
  '{{',
];

test('whatever stands in a file, it is read or judged, each problem in its place', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...WORDS), { maxLength: 40 }), (words) => {
      const text = words.join('');
      const lines = text.split('\n');
      const { value, diagnostics } = parseInventory(text, 'lab');
      expect(value === undefined).toBe(diagnostics.length > 0);
      for (const { position } of diagnostics) {
        expect(position.line).toBeLessThanOrEqual(lines.length + 1);
        expect(position.column).toBeGreaterThanOrEqual(1);
        expect(position.length).toBeGreaterThanOrEqual(1);
      }
    }),
    { numRuns: 3000 },
  );
});

test('5000 hosts in 50 groups are read', () => {
  const groups = Array.from(
    { length: 50 },
    (_, index) => `g${index}: {hosts: {"g${index}n[1:100]": {a: 1}}, vars: {x: ${index}}}`,
  );
  const { value } = parseInventory(groups.join('\n'), 'lab');
  expect(value?.hosts.size).toBe(5000);
});
