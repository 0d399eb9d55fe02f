// biome-ignore-all lint/suspicious/noTemplateCurlyInString: it is the playbook's own notation.

import { describe, expect, test } from 'vitest';
import { parseInventory, selectNodes } from '../../src/inventory/index.ts';
import { parseTextPlaybook } from '../../src/playbook/index.ts';
import { describeWay, needsOf, questionOf } from '../../src/preflight/needs.ts';
import { satisfies } from '../../src/preflight/version.ts';
import { waysIn } from '../../src/preflight/ways-in.ts';
import { type NodeName, splitWords } from '../../src/protocol/index.ts';

const CLIENTS = ['client1', 'client2'] as NodeName[];
const { value: INVENTORY } = parseInventory(
  'all:\n  hosts:\n    lab.example:\n    node1: {server: 10.0.0.7, port: 5201}\n    node2: {server: 10.0.0.8, port: 5202}\n',
  'inventory.yaml',
);
const KNOWN = { hosts: new Set(CLIENTS), groups: new Map([['clients', CLIENTS]]) };

function needs(...lines: readonly string[]) {
  const { value: playbook } = parseTextPlaybook(lines.join('\n'), 'test.playbook');
  if (!playbook) throw new Error('no playbook');
  return needsOf(playbook, {
    variables: new Map([['port', '5201']]),
    nodesOf: (expression) => selectNodes(expression, KNOWN),
    inventory: INVENTORY,
  });
}

/** Of one node, as plain lists. */
function needsOfNode(node: string, ...lines: readonly string[]) {
  const found = needs(...lines).nodes.get(node as NodeName);
  return found && { verbs: [...found.verbs], ports: [...found.ports], ways: [...found.ways.keys()] };
}

describe('what a playbook needs of a node', () => {
  test('with the variables that it has in the inventory', () => {
    const line = 'SEND node1,node2 MEASURE ${node.server} ${node.port}';
    expect(needsOfNode('node1', line)?.ways).toEqual([expect.stringContaining('10.0.0.7')]);
    expect(needsOfNode('node2', line)?.ways).toEqual([expect.stringContaining('10.0.0.8')]);
  });

  test('functions for what it is sent, not for what its agent does by itself', () => {
    const lines = ['START a', 'MEASURE b', 'STOP', 'SENDFILE f 10.0.0.9 6000', 'TERMINATE', 'MEASURE c'];
    expect(needsOfNode('node1', ...lines.map((line) => `SEND node1 ${line}`))?.verbs).toEqual([
      'START',
      'MEASURE',
    ]);
  });

  test('through groups, and inside a SYNC', () => {
    const lines = ['SYNC', 'SEND @clients START 10.0.0.1', 'SEND node1 FOO', 'GO MAXSKEW 5ms'];
    expect(needsOfNode('client2', ...lines)).toEqual({ verbs: ['START'], ports: [], ways: ['10.0.0.1'] });
    expect(needsOfNode('node1', ...lines)?.verbs).toEqual(['FOO']);
    expect(needs(...lines).syncs).toEqual([{ line: 1, nodes: [...CLIENTS, 'node1'], maxSkewMs: 5 }]);
  });

  test('ports that are probed, once the run can have started something there', () => {
    const lines = ['PROBE node1 tcp:22', 'SEND node1 START', `PROBE node1 tcp:\${port}`];
    expect(needsOfNode('node1', ...lines)?.ports).toEqual([5201]);
    expect(needsOfNode('node1', 'PROBE node1 tcp:22', 'SEND node2 START')).toBeUndefined();
  });

  test('the control machine listens for each RECEIVE', () => {
    expect(needs('RECEIVE 6000 a', 'RECEIVE 6001 b', 'RECEIVE 6000 c').receivePorts).toEqual([6000, 6001]);
  });

  test('each once, and no more than a question may have', () => {
    const many = Array.from({ length: 300 }, (_, i) => `SEND node1 V${i} 10.0.0.${i % 200} 80`);
    const found = needs(...many, ...many).nodes.get('node1' as NodeName);
    expect(found?.verbs.size).toBe(300);
    expect(found?.ways.size).toBe(200);
    const question = questionOf(found);
    expect([question.verbs.length, question.ports.length, question.ways.length]).toEqual([100, 0, 100]);
  });
});

test.each([
  ['CLIENT 10.0.0.1 5201 10', ['10.0.0.1:5201']],
  ['CLIENT 10.0.0.1 10s', ['10.0.0.1']],
  ['10.0.0.1 70000', ['10.0.0.1']],
  ['10.0.0.1:80 x', ['10.0.0.1:80']],
  ['fd00::1 5201', ['[fd00::1]:5201']],
  ['[fd00::1]:80', ['[fd00::1]:80']],
  ['fd00::1', ['fd00::1']],
  ['lab.example 22 other.example 22', ['lab.example:22']],
  ['lab.example:22', ['lab.example:22']],
  ['0.0.0.0 5201', []],
  ['224.0.0.1 255.255.255.255 :: ff02::1', []],
  ['1.2.3 1.2.3.4.5 300.1.1.1 5201', []],
])('in "%s" the machines are %j', (message, expected) => {
  expect(waysIn(splitWords(message), new Set(['lab.example'])).map(describeWay)).toEqual(expected);
});

test.each([
  ['3.12', '>=', '3.9', true],
  ['3.9', '>=', '3.9', true],
  ['3.9', '>', '3.9', false],
  ['3.9.1', '>', '3.9', true],
  ['3.9.0', '=', '3.9', true],
  ['3.9.1', '=', '3.9', false],
  ['2.99', '>=', '3', false],
  ['10', '>', '9.9', true],
] as const)('%s %s %s: %s', (version, operator, wanted, expected) => {
  expect(satisfies(version, operator, wanted)).toBe(expected);
});
