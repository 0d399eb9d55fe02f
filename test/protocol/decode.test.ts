import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeText } from '../../src/protocol/index.ts';
import { bytesOf } from './decoder-contract.ts';

const MEBIBYTE = 1_048_576;

test('the text that was encoded', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      fc.pre(!text.startsWith('\ufeff'));
      expect(decodeText(bytesOf(text))).toEqual({ ok: true, value: text });
    }),
  );
});

test('a byte order mark is no part of the text', () => {
  expect(decodeText(bytesOf('\ufeffSTARTED'))).toEqual({ ok: true, value: 'STARTED' });
});

test('1 MiB is read, a byte more is not, and the problem says how much it was', () => {
  expect(decodeText(new Uint8Array(MEBIBYTE).fill(0x78)).ok).toBe(true);
  expect(decodeText(new Uint8Array(MEBIBYTE + 1).fill(0x78))).toEqual({
    ok: false,
    problem: 'it has 1048577 bytes, at most 1048576 are read',
  });
});

test('half a character is refused, and is not kept for the next text', () => {
  expect(decodeText(Uint8Array.of(0xe2, 0x82))).toEqual({ ok: false, problem: 'it is not UTF-8 text' });
  expect(decodeText(bytesOf('A'))).toEqual({ ok: true, value: 'A' });
  expect(decodeText(Uint8Array.of(0xac)).ok).toBe(false);
});

test('no bytes make it throw', () => {
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => {
      const decoded = decodeText(bytes);
      if (decoded.ok) expect(typeof decoded.value).toBe('string');
      else expect(decoded.problem).toBe('it is not UTF-8 text');
    }),
  );
});
