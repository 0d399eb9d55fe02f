import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatDiagnostics } from '../../src/diagnostics/index.ts';
import { parseNodeExpression } from '../../src/inventory/index.ts';
import { anyExpression } from './any-expression.ts';

const at = (text: string) => ({ line: 3, column: 6, length: text.length });
const parse = (text: string) => parseNodeExpression(text, at(text));

/** What it is made of: `node1`, `@group`, `*`, with `!` and `&`. */
function meaning(text: string): string[] | undefined {
  return parse(text).value?.parts.map(({ isExcluded, terms }) => {
    const words = terms.map((term) => (term.kind === 'nodes' ? term.names.join('+') : term.text));
    return (isExcluded ? '!' : '') + words.join('&');
  });
}

describe('an expression for nodes', () => {
  test.each([
    ['node1', ['node1']],
    ['*', ['*']],
    ['@clients', ['@clients']],
    ['node1,@clients,node-2.lab_3', ['node1', '@clients', 'node-2.lab_3']],
    ['node1,node1,@a', ['node1', 'node1', '@a']],
    ['node[1:3]', ['node1+node2+node3']],
    ['node[08:11]', ['node08+node09+node10+node11']],
    ['node[0:1]', ['node0+node1']],
    ['node[9:10].lab', ['node9.lab+node10.lab']],
    ['r[1:2]p[1:2]', ['r1p1+r1p2+r2p1+r2p2']],
    ['[1:2]', ['1+2']],
    ['node[7:7]', ['node7']],
    ['!node1', ['!node1']],
    ['*,!@old,!node[1:2]', ['*', '!@old', '!node1+node2']],
    ['@a&@b', ['@a&@b']],
    ['!@a&@b&node[1:2]', ['!@a&@b&node1+node2']],
    ['@a&*,node1', ['@a&*', 'node1']],
  ])('%s', (text, parts) => {
    expect(meaning(text)).toEqual(parts);
  });

  test('knows where each of its parts stands', () => {
    const { value } = parse('node1,!@a&node[1:3]');
    expect(
      value?.parts.map(({ offset, terms }) => [offset, ...terms.map((term) => [term.offset, term.text])]),
    ).toEqual([
      [0, [0, 'node1']],
      [6, [7, '@a'], [10, 'node[1:3]']],
    ]);
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
    ['node1,!', [13, 1]],
    ['!!node1', [7, 6]],
    ['@a&', [9, 1]],
    ['&@a', [6, 1]],
    ['@a&&@b', [9, 1]],
    ['@a&!@b', [9, 3]],
    ['@a,node[3:1]', [13, 5]],
    ['node[1:10001]', [10, 9]],
    ['n[1:200]m[1:200]', [15, 7]],
    ['node[01:100]', [10, 8]],
    ['node[1-3]', [10, 5]],
    ['node[1,3]', [10, 5]],
    ['node[a:c]', [10, 5]],
    ['node[1:9:2]', [10, 7]],
    ['node[1:3', [6, 8]],
    ['node1:3]', [6, 8]],
    ['node[[1:3]]', [6, 11]],
    ['-[1:2]', [6, 6]],
    ['node[99999999999999999990:99999999999999999999]', [10, 43]],
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

  test.each([
    ['node[1-3]', 'node[1:3]'],
    ['x,node[1..3].lab', 'node[1:3].lab'],
    ['node[3:1]', 'node[1:3]'],
    ['node[1:012]', undefined],
    ['node[01:100]', 'node[001:100]'],
    ['@a&!@b', '@a,!@b'],
    ['@a&&@b', '@a&@b'],
    ['!', undefined],
    ['node[a:c]', undefined],
  ])('%s: did you mean %s?', (text, suggestion) => {
    expect(parse(text).diagnostics[0]?.suggestion).toBe(suggestion);
  });

  test.each([['node1,!node1'], ['*,!*'], ['!*'], ['node[1:2],!node[1:3]'], ['node1&node2'], ['@a,!*']])(
    '%s leaves nobody, whoever there is',
    (text) => {
      expect(parse(text).diagnostics).toMatchObject([
        { code: 'INVALID_NODES', message: expect.stringContaining('leaves nobody'), position: at(text) },
      ]);
    },
  );

  test.each([['node1,!@a'], ['node1&@a'], ['node1&*'], ['@a,!@a'], ['!node1'], ['node1,!@a&node1']])(
    '%s may be somebody',
    (text) => expect(parse(text).diagnostics).toEqual([]),
  );

  test('tells all that is wrong, each in its place', () => {
    const text = 'node[1-3],no/de';
    expect(formatDiagnostics(`\n\nSEND ${text} X`, 'p', parse(text).diagnostics)).toBe(
      [
        'p:3:10: error: a range has two numbers and a colon, both ends included: [1:20]',
        `  SEND ${text} X`,
        '           ^^^^^',
        '  did you mean node[1:3]?',
        '',
        'p:3:16: error: "no/de" is no node name: letters, digits, "_", "." and "-", beginning with a letter or a digit',
        `  SEND ${text} X`,
        '                 ^^^^^',
      ].join('\n'),
    );
  });

  test('that came from a variable is located as a whole', () => {
    const position = { line: 3, column: 6, length: 8 };
    expect(parseNodeExpression('node1,-,node2', position).diagnostics[0]?.position).toEqual(position);
  });

  test('has at most 10,000 names', () => {
    expect(parse('node[1:5000],m[1:5000]').diagnostics).toEqual([]);
    expect(parse('node[1:5000],m[1:5000],one').diagnostics).toMatchObject([
      { message: 'these are more than 10000 names', position: { column: 29, length: 3 } },
    ]);
  });

  test('is made of what it says: put together again it is the same', () => {
    fc.assert(
      fc.property(anyExpression(), (text) => {
        const { value } = parse(text);
        if (!value) return;
        const again = value.parts.map(({ isExcluded, terms }) => {
          const words = terms.map((term) => {
            expect(text.startsWith(term.text, term.offset)).toBe(true);
            return term.text;
          });
          return (isExcluded ? '!' : '') + words.join('&');
        });
        expect(again.join(',')).toBe(text);
        expect(parse(again.join(','))).toEqual({ value, diagnostics: [] });
      }),
    );
  });

  test('never fails to be judged, whatever it is', () => {
    const pieces = fc.constantFrom(...'node1[]:,&!@*-._ 0', 'node[1:3]');
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 30 }), (words) => {
        const text = words.join('');
        const { value, diagnostics } = parse(text);
        expect(value === undefined).toBe(diagnostics.length > 0);
        for (const { position } of diagnostics) {
          expect(position.column).toBeGreaterThanOrEqual(6);
          expect(position.column + position.length).toBeLessThanOrEqual(6 + Math.max(text.length + 1, 1));
        }
      }),
      { numRuns: 2000 },
    );
  });
});
