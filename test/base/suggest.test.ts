import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { suggest } from '../../src/base/index.ts';

const KEYWORDS = ['SEND', 'WAITFOR', 'WAIT', 'RECEIVE', 'SET', 'SYNC', 'GO', 'PROBE', 'FETCH', 'EXPECT'];

describe('suggest', () => {
  test.each([
    ['WAITFRO', 'WAITFOR', 'two neighbours swapped'],
    ['WAITFR', 'WAITFOR', 'a letter left out'],
    ['WAITTFOR', 'WAITFOR', 'a letter too many'],
    ['waitfor', 'WAITFOR', 'the other case'],
    ['recieve', 'RECEIVE', 'the other case and a swap'],
    ['SNED', 'SEND', 'a swap counts once'],
    ['WAI', 'WAIT', 'one letter of a short word'],
    ['OG', 'GO', 'a swap in a word of two letters'],
    ['SYN', 'SYNC', 'the closest, not the first'],
  ])('%s: did you mean %s? (%s)', (word, meant) => {
    expect(suggest(word, KEYWORDS)).toBe(meant);
  });

  test.each([
    ['RESTART', 'nothing is near'],
    ['', 'an empty word'],
    ['X', 'a single other letter'],
    ['WAITFORSOMETHING', 'much longer'],
  ])('%j: no suggestion (%s)', (word) => {
    expect(suggest(word, KEYWORDS)).toBeUndefined();
  });

  test('one letter for another is no suggestion, the same one in the other case is', () => {
    expect(suggest('a', ['b', 'c'])).toBeUndefined();
    expect(suggest('a', ['b', 'A'])).toBe('A');
    expect(suggest('', ['b'])).toBeUndefined();
  });

  test('of two that are equally near, the first', () => {
    expect(suggest('SENT', ['SEND', 'SENS'])).toBe('SEND');
    expect(suggest('SENT', ['SENS', 'SEND'])).toBe('SENS');
  });

  test('without candidates there is nothing to suggest', () => {
    expect(suggest('SEND', [])).toBeUndefined();
  });

  const word = fc.stringMatching(/^[a-z]{3,12}$/);

  test('a word that is a candidate is suggested itself', () => {
    fc.assert(
      fc.property(word, fc.array(word), (meant, others) => {
        expect(suggest(meant, [...others, meant])).toBe(meant);
      }),
    );
  });

  test('one wrong letter is always forgiven', () => {
    fc.assert(
      fc.property(word, fc.nat(), fc.constantFrom('drop', 'double', 'replace'), (meant, place, mistake) => {
        const at = place % meant.length;
        const letter = { drop: '', double: meant.charAt(at).repeat(2), replace: '_' }[mistake];
        expect(suggest(meant.slice(0, at) + letter + meant.slice(at + 1), [meant])).toBe(meant);
      }),
    );
  });

  test('a suggestion is one of the candidates, whatever the word', () => {
    const anyText = fc.string({ unit: 'binary' });
    fc.assert(
      fc.property(anyText, fc.array(anyText), (text, candidates) => {
        const meant = suggest(text, candidates);
        expect(meant === undefined || candidates.includes(meant)).toBe(true);
      }),
    );
  });
});
