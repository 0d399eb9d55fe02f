import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { systemClock } from '../../src/base/index.ts';
import { type Inventory, parseInventory, parseInventoryList } from '../../src/inventory/index.ts';
import { runProgram } from '../../src/process/index.ts';

const folder = mkdtempSync(join(tmpdir(), 'inventory-'));
afterAll(() => rmSync(folder, { recursive: true }));

let files = 0;

/** What Ansible itself makes of a text. */
async function listed(text: string): Promise<Inventory> {
  files += 1;
  const path = join(folder, `${files}.yaml`);
  writeFileSync(path, text);
  const ended = await runProgram({
    file: 'ansible-inventory',
    args: ['--list', '-i', path],
    environment: { ...process.env, ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED: 'true' },
    clock: systemClock,
    signal: new AbortController().signal,
  });
  if (ended.kind !== 'exited' || ended.code !== 0) throw new Error(JSON.stringify(ended));
  const listing = parseInventoryList(ended.stdout, 'lab.yaml');
  if (listing.kind === 'wrong') throw new Error(listing.problems.join('\n'));
  return listing.inventory;
}

/** Maps are compared with their order, where that says something. */
function comparable({ hosts, groups }: Inventory) {
  return {
    order: [...hosts.keys()],
    hosts: [...hosts.values()].map((host) => ({ ...host, variables: Object.fromEntries(host.variables) })),
    groups: Object.fromEntries(groups),
  };
}

async function expectSame(text: string): Promise<void> {
  const { value, diagnostics } = parseInventory(text, 'lab.yaml');
  expect(diagnostics).toEqual([]);
  expect(value && comparable(value)).toEqual(comparable(await listed(text)));
}

const INVENTORIES: Readonly<Record<string, string>> = {
  'hosts without a group': 'all:\n  hosts:\n    b:\n    a:\n    node[08:11].lab:\n',
  'one name alone': 'servers:\n  hosts: one\n  children: other\nother:\n  hosts: {two: }\n',
  'groups on top, in another order than their names':
    'zoo:\n  hosts: {z1: , z2: }\nall:\n  hosts: {solo: }\nape:\n  hosts: {a1: , z2: }\nempty:\n',
  'children of children, defined in several places': `
all:
  children:
    west: {children: {lab: {hosts: {n1: {own: host}}}}}
    lab: {vars: {from: lab, depth: 2}}
    east: {vars: {from: east, depth: 1}, hosts: {n1: , n2: {depth: 3}}}
west: {vars: {from: west, only: west}, hosts: {n3: }}
`,
  'groups that are equally far': `
b: {vars: {x: b}, hosts: {n1: , n2: }}
a: {vars: {x: a}, hosts: {n1: , n3: }}
B: {vars: {x: B}, hosts: {n1: , n3: }}
c: {vars: {x: c, ansible_group_priority: 0}, hosts: {n1: , n2: }}
d: {vars: {x: d, ansible_group_priority: -5}, hosts: {n1: , n2: , n4: }}
`,
  'a group that several others have': `
root: {children: {left: , right: }, vars: {x: root, y: root}}
left: {children: {leaf: }, vars: {x: left}}
right: {children: {middle: {children: {leaf: }, vars: {x: middle}}}, vars: {x: right}}
leaf: {hosts: {n1: }}
`,
  'members that are named as ungrouped': `
ungrouped: {hosts: {n1: , n2: }, vars: {x: ungrouped}}
all: {hosts: {n3: , n1: }, vars: {x: all}}
some: {hosts: {n2: }}
`,
  'words that YAML 1.1 takes for something else': `
all:
  vars: {yes: yes, off: OFF, octal: 010, hex: 0x1f, binary: 0b101, long: 1_000, minutes: 12:34:56, big: 123456789012345678901}
  hosts:
    n1: {float: 1.50, whole: 1.0, exp: 1e3, exp2: 1.5e+3, nothing: , tilde: ~, null: null, date: 2001-01-01, version: 1.2.3}
    n2: {quoted: "010", single: 'yes', zero: 0, negative: -7, list: [1], map: {a: 1}, empty: ""}
    n3:
      folded: >
        some words,
        more words
      lines: |
        one
        two
`,
  'what has no text hides what has one': `
all: {vars: {x: far, y: far, z: far}}
near: {vars: {x: [1], y: , z: "{{ x }}"}, hosts: {n1: }}
`,
  'templates, secrets, and texts that are none': `
all:
  vars:
    template: "http://{{ inventory_hostname }}/"
    block: "{% if x %}1{% endif %}"
    unsafe: !unsafe "{{ this }}"
    secret: !vault |
      $ANSIBLE_VAULT;1.1;AES256
      62313365396662343061393464336163383764373764613633653634306231386433626436623361
  hosts: {n1: }
`,
  'where it is, and who logs in': `
all: {vars: {ansible_user: pi, mqtt_server: 10.0.0.1}}
routers: {vars: {ansible_port: 2222, mqtt_agent: shell}, hosts: {"r[1:2]x[3:4]": , r1x3: {ansible_host: fe80::1, ansible_port: "22"}}}
`,
};

describe('an inventory that is read here is the one that Ansible reads', () => {
  test.each(Object.entries(INVENTORIES))('%s', (_, text) => expectSame(text));

  test('the sample', async () => {
    await expectSame(readFileSync(new URL('../../playbooks/inventory.sample.yaml', import.meta.url), 'utf8'));
  });

  test('whatever belongs to whom', async () => {
    await fc.assert(
      fc.asyncProperty(anyGroups(), (groups) => expectSame(JSON.stringify(groups))),
      {
        numRuns: 6,
      },
    );
  });
});

/** Groups of which each may have those behind it as children, so that there is no circle. */
function anyGroups() {
  const names = ['all', 'g5', 'a4', 'g3', 'b2', 'g1'];
  const variables = fc.dictionary(
    fc.constantFrom('x', 'y', 'z'),
    fc.constantFrom('1', 'two', 3, true, null, [4]),
  );
  const host = fc.constantFrom('n1', 'n2', 'n3', 'n[4:6]');
  const group = (index: number) =>
    fc.record({
      vars: variables,
      hosts: fc.dictionary(host, variables),
      children: fc
        .subarray(names.slice(index + 1))
        .map((children) => Object.fromEntries(children.map((name) => [name, null]))),
    });
  const groups = fc.tuple(...names.map((_, index) => group(index)));
  return groups.map((all) => ({
    ...Object.fromEntries(all.map((content, index) => [names[index], content])),
    last: { hosts: { n9: null } },
  }));
}
