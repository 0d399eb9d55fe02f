import fc from 'fast-check';
import { expect, test } from 'vitest';
import { LineSplitter, LONGEST_LINE_BYTES } from '../../../src/agent/shell/line-splitter.ts';

function split(...chunks: readonly (string | Uint8Array)[]): string[] {
  const splitter = new LineSplitter();
  return [...chunks.flatMap((chunk) => splitter.push(Buffer.from(chunk))), ...splitter.finish()];
}

test.each([
  ['', []],
  ['a', ['a']],
  ['a\n', ['a']],
  ['a\nb', ['a', 'b']],
  ['\n\n', ['', '']],
  ['a\r\nb\r\n', ['a', 'b']],
  ['10%\r20%\r\n', ['10%\r20%']],
  ['é€😀\n', ['é€😀']],
])('%j', (text, lines) => {
  expect(split(text)).toEqual(lines);
});

test('it does not matter where the bytes are cut', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.array(fc.nat(200)), (text, cuts) => {
      const bytes = Buffer.from(text);
      const points = [
        0,
        ...cuts.map((cut) => Math.min(cut, bytes.length)).toSorted((a, b) => a - b),
        bytes.length,
      ];
      const chunks = points.slice(1).map((end, index) => bytes.subarray(points[index], end));
      expect(split(...chunks)).toEqual(split(text));
    }),
  );
});

test('an overlong line comes in pieces of bounded size, whole characters each', () => {
  fc.assert(
    fc.property(
      fc.constantFrom('x', 'é', '€', '😀'),
      fc.nat(3),
      fc.integer({ min: 9000, max: 40_000 }),
      (unit, shift, length) => {
        const line = 'a'.repeat(shift) + unit.repeat(length);
        const lines = split(`${line}\nnext`);
        expect(lines.slice(0, -1).join('')).toBe(line);
        expect(lines.at(-1)).toBe('next');
        for (const piece of lines) expect(Buffer.byteLength(piece)).toBeLessThanOrEqual(LONGEST_LINE_BYTES);
      },
    ),
    { numRuns: 30 },
  );
});

test('bytes that are no UTF-8 at all', () => {
  expect(split(Buffer.alloc(20_000, 0x80)).join('').length).toBe(20_000);
});
