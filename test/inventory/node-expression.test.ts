import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseNodeExpression } from '../../src/inventory/index.ts';

const at = (text: string) => ({ line: 3, column: 6, length: text.length });
const parse = (text: string) => parseNodeExpression(text, at(text));
const NAME_CHARACTERS = [...'abcXYZ0189'];
const NAME = fc.string({ unit: fc.constantFrom(...NAME_CHARACTERS), minLength: 1, maxLength: 12 });

describe('an expression for nodes', () => {
  test.each([
    ['node1', [{ kind: 'node', name: 'node1' }]],
    ['*', [{ kind: 'all' }]],
    ['@clients', [{ kind: 'group', name: 'clients' }]],
    [
      'node1,@clients,node-2.lab_3',
      [
        { kind: 'node', name: 'node1' },
        { kind: 'group', name: 'clients' },
        { kind: 'node', name: 'node-2.lab_3' },
      ],
    ],
    [
      'node1,node1,@a,node1,@a',
      [
        { kind: 'node', name: 'node1' },
        { kind: 'group', name: 'a' },
      ],
    ],
  ])('%s', (text, terms) => {
    expect(parse(text)).toEqual({ value: { text, terms }, diagnostics: [] });
  });

  test.each([
    ['', [6, 1]],
    [',node1', [6, 1]],
    ['node1,', [12, 1]],
    ['node1,,node2', [12, 1]],
    ['node1,no/de,node3', [12, 5]],
    ['_all', [6, 4]],
    ['node1,@', [12, 1]],
    ['@@a', [6, 3]],
    ['node*', [6, 5]],
    ['node1 node2', [6, 11]],
    ['n'.repeat(129), [6, 129]],
  ])('%j is located where it is wrong', (text, [column, length]) => {
    const { value, diagnostics } = parse(text);
    expect(value).toBeUndefined();
    expect(diagnostics).toHaveLength(1);
    expect(diagnostics[0]).toMatchObject({
      severity: 'error',
      code: 'INVALID_NODES',
      position: { line: 3, column, length },
    });
  });

  test('that came from a variable is located as a whole', () => {
    const position = { line: 3, column: 6, length: 8 };
    expect(parseNodeExpression('node1,-,node2', position).diagnostics[0]?.position).toEqual(position);
  });

  test('keeps every name once, in the order written', () => {
    fc.assert(
      fc.property(fc.array(NAME, { minLength: 1 }), (names) => {
        const terms = parse(names.join(',')).value?.terms ?? [];
        expect(terms.map((term) => term.kind === 'node' && term.name)).toEqual([...new Set(names)]);
      }),
    );
  });
});
