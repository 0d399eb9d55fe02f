// biome-ignore-all lint/suspicious/noTemplateCurlyInString: it is the playbook's own notation.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Diagnostic, formatDiagnostic, formatDiagnostics } from '../../src/diagnostics/index.ts';
import { parseTextPlaybook } from '../../src/playbook/index.ts';

function at(line: number, column: number, length: number): Diagnostic {
  return { severity: 'error', code: 'INVALID_NODES', message: 'wrong', position: { line, column, length } };
}

/** The quoted line and the carets below it. */
function draw(line: string, column: number, length: number): string[] {
  return formatDiagnostic(line, 'f', at(1, column, length))
    .split('\n')
    .slice(1);
}

describe('a problem as it is shown', () => {
  test('names file, line and column, shows the line, and what was probably meant', () => {
    const source = '# test\r\nWAITFRO node1 ALIVE\r\n';
    const [problem] = parseTextPlaybook(source, 'wifi.playbook').diagnostics;
    expect(problem && formatDiagnostic(source, 'wifi.playbook', problem)).toBe(
      [
        'wifi.playbook:2:1: error: unknown keyword "WAITFRO"',
        '  WAITFRO node1 ALIVE',
        '  ^^^^^^^',
        '  did you mean WAITFOR?',
      ].join('\n'),
    );
  });

  test.each([
    ['a tab', '\tSEND\tx', 7, 1, ['   SEND x', '        ^']],
    ['wide characters', 'SEND 日本,x y', 9, 1, ['  SEND 日本,x y', '            ^']],
    ['a wide place', 'SEND 日本 y', 6, 2, ['  SEND 日本 y', '       ^^^^']],
    ['an emoji of several code points', 'a👩‍💻 x', 8, 1, ['  a👩‍💻 x', '      ^']],
    ['an accent of its own', 'cafe\u0301 x', 7, 1, ['  cafe\u0301 x', '       ^']],
    ['the end of the line', 'SEND', 5, 1, ['  SEND', '      ^']],
    ['an escape sequence', '\u001B[31m x', 7, 1, ['  ␛[31m x', '        ^']],
    ['text that runs backwards', 'a\u202Eb x', 5, 1, ['  a\uFFFDb x', '      ^']],
  ])('puts the caret right with %s', (_, line, column, length, expected) => {
    expect(draw(line, column, length)).toEqual(expected);
  });

  test.each(['', '\n# nothing', ' \t\n'])('shows no line where that is blank: %j', (source) => {
    expect(formatDiagnostic(source, 'f', { ...at(1, 1, 1), suggestion: 'x' })).toBe(
      'f:1:1: error: wrong\n  did you mean x?',
    );
  });

  test.each([
    ['in the middle', 500],
    ['at the start', 1],
    ['at the end', 1000],
  ])('cuts a long line around the place %s', (_, column) => {
    const line = `${'a'.repeat(column - 1)}X${'b'.repeat(1000 - column)}`;
    const [shown = '', carets = ''] = draw(line, column, 1);
    expect(shown.length).toBeLessThanOrEqual(104);
    expect(shown[carets.indexOf('^')]).toBe('X');
  });

  test('underlines no more than is shown', () => {
    const [shown = '', carets = ''] = draw('x'.repeat(1000), 1, 1000);
    expect(carets.length).toBeLessThanOrEqual(shown.length);
  });

  test('never sends a control character to the terminal', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary' }),
        fc.nat(50),
        fc.integer({ min: 1, max: 50 }),
        (source, column, length) => {
          const text = formatDiagnostic(source, source, {
            ...at(1, column + 1, length),
            message: source,
            suggestion: source,
          });
          expect(text.replaceAll('\n', '')).not.toMatch(/\p{Cc}/u);
          const isBlank = /^\uFEFF?[ \t]*\r?(?:\n|$)/.test(source);
          expect(text.split('\n')).toHaveLength(isBlank ? 2 : 4);
        },
      ),
    );
  });
});

describe('all problems of a document', () => {
  test('come in the order of its lines', () => {
    const text = formatDiagnostics('a\nb\nc', 'f', [at(3, 1, 1), at(1, 2, 1), at(1, 1, 1)]);
    expect(text.match(/^f:\d:\d/gm)).toEqual(['f:1:1', 'f:1:2', 'f:3:1']);
    expect(text.split('\n\n')).toHaveLength(3);
  });

  test('are shown up to a hundred, the rest counted', () => {
    const source = 'nonsense\n'.repeat(100_000);
    const text = formatDiagnostics(source, 'f', parseTextPlaybook(source, 'f').diagnostics);
    expect(text.match(/^f:/gm)).toHaveLength(100);
    expect(text).toMatch(/… and 99900 more$/);
  });

  test('of none is no text', () => {
    expect(formatDiagnostics('', 'f', [])).toBe('');
  });
});
