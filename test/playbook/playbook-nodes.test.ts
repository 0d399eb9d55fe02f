// biome-ignore-all lint/suspicious/noTemplateCurlyInString: it is the playbook's own notation.

import { expect, test } from 'vitest';
import { parseTextPlaybook, playbookNodes } from '../../src/playbook/index.ts';

function nodesOf(source: string, given: Record<string, string> = {}): string[] {
  const { value } = parseTextPlaybook(source, 'test');
  if (!value) throw new Error('not a playbook');
  return playbookNodes(value, new Map(Object.entries(given))).map(({ text }) => text);
}

test('the nodes of a playbook are all that its steps speak of, once each, in order', () => {
  const sync = 'SYNC\nSEND a,c START\nSEND @y START\nGO';
  expect(
    nodesOf(
      `WAITFOR b,@clients ALIVE\nSEND a,b START\nWAIT 1\n${sync}\nPROBE d tcp:1\nSEND @y STOP\nSEND *,!b STOP`,
    ),
  ).toEqual(['b,@clients', 'a,b', 'a,c', '@y', 'd', '*,!b']);
});

test('names may come from variables', () => {
  expect(nodesOf('SET n=a,b\nSEND ${n},${m} STOP\nSEND ${unset} STOP', { m: 'c' })).toEqual(['a,b,c']);
});
