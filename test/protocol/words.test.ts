import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { joinWords, splitWords } from '../../src/protocol/index.ts';
import { anyText } from './messages.ts';

/** Few characters, so that quotes and backslashes meet. */
const quoteSalad = fc
  .array(fc.constantFrom('"', "'", '\\', ' ', '\n', 'a', 'ü'), { maxLength: 24 })
  .map((pieces) => pieces.join(''));
const text = fc.oneof(quoteSalad, anyText);

describe('splitWords', () => {
  test.each([
    ['', []],
    [' \t\r\n ', []],
    ['START', ['START']],
    ['START SERVER 5201', ['START', 'SERVER', '5201']],
    ['  a \t b\r\nc\n', ['a', 'b', 'c']],
    ["'a b' c", ['a b', 'c']],
    ['"a b" c', ['a b', 'c']],
    ['\'\' ""', ['', '']],
    ['a"b c"d', ['ab cd']],
    ['a\'b c\'"d e"', ['ab cd e']],
    [`'say "hi"'`, ['say "hi"']],
    [`"it's"`, ["it's"]],
    ['"a\\"b"', ['a"b']],
    ['"a\\\\"', ['a\\']],
    ['"a\\nb"', ['a\\nb']],
    ["'a\\'b", ['a\\b']],
    ['a\\ b', ['a\\', 'b']],
    ['C:\\temp', ['C:\\temp']],
    ['\\"a b\\"', ['\\"a', 'b\\"']],
    ["it's", ["it's"]],
    ["it's a dog's life", ['its a dogs', 'life']],
    ['5" disk', ['5"', 'disk']],
    ['a "b c', ['a', '"b', 'c']],
    ['a "b\\" c', ['a', '"b\\"', 'c']],
    [`"a 'b c'`, ['"a', 'b c']],
    ['$HOME `id` $(id) *.txt ~ a;b|c&d >e', ['$HOME', '`id`', '$(id)', '*.txt', '~', 'a;b|c&d', '>e']],
    ['a\u00a0b', ['a\u00a0b']],
    ['a\u2028b', ['a\u2028b']],
  ])('%j', (line, words) => {
    expect(splitWords(line)).toEqual(words);
  });

  test('says the same as its grammar', () => {
    fc.assert(
      fc.property(text, (line) => {
        expect(splitWords(line)).toEqual(splitByGrammar(line));
      }),
      { numRuns: 2000 },
    );
  });

  test('only quotes and backslashes are taken away, and only blanks between words', () => {
    fc.assert(
      fc.property(text, (line) => {
        const bare = (part: string) => part.replaceAll(/["'\\ \t\r\n]/g, '');
        expect(bare(splitWords(line).join(''))).toBe(bare(line));
      }),
    );
  });

  test.each([
    ['quotes that are never closed', '\\"'],
    ['quotes in quotes that are never closed', "'\\\"'"],
    ['single quotes', "'"],
    ['double quotes', '"'],
    ['backslashes', '\\'],
    ['blanks', ' '],
    ['words', 'a '],
  ])('a megabyte of %s is split before anybody loses patience', (_what, pattern) => {
    const line = `"${pattern.repeat(1_048_576 / pattern.length)}`;
    expect(splitWords(line).length).toBeGreaterThan(0);
  });
});

describe('joinWords', () => {
  test.each([
    [[], ''],
    [['START', 'SERVER', '5201'], 'START SERVER 5201'],
    [[''], "''"],
    [['a b'], "'a b'"],
    [["it's"], `"it's"`],
    [['say "hi"'], `'say "hi"'`],
    [[`it's "x" \\`], `"it's \\"x\\" \\\\"`],
    [['C:\\temp'], 'C:\\temp'],
  ])('%j', (words, line) => {
    expect(joinWords(words)).toBe(line);
  });

  test('splitWords gives the same words again, whatever they are', () => {
    fc.assert(
      fc.property(fc.array(text), (words) => {
        expect(splitWords(joinWords(words))).toEqual(words);
      }),
      { numRuns: 1000 },
    );
  });

  test('what was split once is split the same after joining', () => {
    fc.assert(
      fc.property(text, (line) => {
        const words = splitWords(line);
        expect(splitWords(joinWords(words))).toEqual(words);
      }),
    );
  });
});

const QUOTED = /'([^']*)'|"((?:\\["\\]|\\(?!["\\])|[^"\\])*)"/;
const WORD = new RegExp(`(?:${QUOTED.source}|[^ \\t\\r\\n])+`, 'g');

/** The docstring as a regular expression: right by its look, but too slow for long texts. */
function splitByGrammar(line: string): string[] {
  return [...line.matchAll(WORD)].map(([word]) =>
    word.replace(new RegExp(QUOTED, 'g'), (_all, single?: string, double?: string) =>
      single !== undefined ? single : (double ?? '').replace(/\\(["\\])/g, '$1'),
    ),
  );
}
