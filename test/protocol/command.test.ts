import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type CommandEnvelope,
  type Decoded,
  decodeCommand,
  encodeCommand,
} from '../../src/protocol/index.ts';
import { bytesOf, describeDecoder, encode } from './decoder-contract.ts';
import { anyText, commandEnvelope } from './messages.ts';

function decodeEnvelope(payload: Uint8Array): Decoded<CommandEnvelope> {
  const decoded = decodeCommand(payload);
  if (!decoded.ok) return decoded;
  return decoded.value.kind === 'envelope'
    ? { ok: true, value: decoded.value.envelope }
    : { ok: false, problem: 'it is plain text' };
}

describeDecoder('decodeCommand, of an envelope', { decode: decodeEnvelope, messages: commandEnvelope });

const ENVELOPE: CommandEnvelope = {
  v: 1,
  id: 'c1',
  verb: 'START',
  args: ['SERVER', '5201'],
  clock: 'k1',
  sent: 12.5,
  ttlMs: 30_000,
};

describe('an envelope', () => {
  test('arrives as it was encoded', () => {
    fc.assert(
      fc.property(commandEnvelope, (envelope) => {
        expect(decodeCommand(bytesOf(encodeCommand(envelope)))).toEqual({
          ok: true,
          value: { kind: 'envelope', envelope },
        });
      }),
    );
  });

  test('keeps every argument, whatever its content', () => {
    const args = [
      '',
      ' ',
      'a b',
      "it's",
      '"',
      '\\',
      '$(reboot)',
      '`x`',
      '*',
      '--help',
      'ü',
      '😀',
      '\ud800',
      '\n',
    ];
    expect(decodeEnvelope(bytesOf(encodeCommand({ ...ENVELOPE, args })))).toEqual({
      ok: true,
      value: { ...ENVELOPE, args },
    });
  });

  test.each<[string, object, string]>([
    ['of another version', { v: 2 }, 'v: '],
    ['with a version that is text', { v: '1' }, 'v: '],
    ['without an id', { id: undefined }, 'id: '],
    ['with an empty id', { id: '' }, 'id: '],
    ['with an endless id', { id: 'x'.repeat(65) }, 'id: '],
    ['with a NUL in an argument', { args: ['ok', 'a\0b'] }, 'args.1: has a NUL character'],
    ['with an argument that is a number', { args: [5201] }, 'args.0: '],
    ['with half a million arguments', { args: Array.from({ length: 500_000 }, () => 1) }, 'args: '],
    ['that lives no time', { ttlMs: 0 }, 'ttlMs: '],
    ['that lives for more than a day', { ttlMs: 86_400_001 }, 'ttlMs: '],
    ['that lives for half a millisecond', { ttlMs: 0.5 }, 'ttlMs: '],
  ])('%s is refused', (_what, change, problem) => {
    expect(decodeCommand(encode({ ...ENVELOPE, ...change }))).toEqual({
      ok: false,
      problem: expect.stringContaining(problem),
    });
  });

  test('sent at no time is refused', () => {
    const text = encodeCommand(ENVELOPE).replace('12.5', '1e999');
    expect(decodeCommand(bytesOf(text))).toEqual({ ok: false, problem: expect.stringContaining('sent: ') });
  });

  test.each([['__proto__'], ['constructor'], ['start'], ['_foo'], ['1START'], ['X'.repeat(33)]])(
    'with the verb %j is taken, so that the agent can say that it does not know it',
    (verb) => {
      const envelope = { ...ENVELOPE, verb };
      expect(decodeCommand(encode(envelope))).toEqual({ ok: true, value: { kind: 'envelope', envelope } });
    },
  );

  test('without a verb is refused', () => {
    expect(decodeCommand(encode({ ...ENVELOPE, verb: '' }))).toEqual({
      ok: false,
      problem: expect.stringContaining('verb: '),
    });
  });

  test('is known by its first byte: a blank before it makes it plain text', () => {
    const decoded = decodeCommand(bytesOf(` ${encodeCommand(ENVELOPE)}`));
    expect(decoded.ok && decoded.value.kind).toBe('text');
  });
});

describe('plain text', () => {
  test.each([
    ['STOP', 'STOP', []],
    ['START SERVER 5201', 'START', ['SERVER', '5201']],
    [' \tSTART\n', 'START', []],
    ['START "a b" \'c d\' ""', 'START', ['a b', 'c d', '']],
    ['__proto__ x', '__proto__', ['x']],
    ['"not a verb" x', 'not a verb', ['x']],
  ])('%j', (text, verb, args) => {
    expect(decodeCommand(bytesOf(text))).toEqual({ ok: true, value: { kind: 'text', verb, args } });
  });

  test.each([
    ['', 'it is empty'],
    [' \n\t', 'it is empty'],
    ['START a\0b', 'it has a NUL character'],
  ])('%j is refused', (text, problem) => {
    expect(decodeCommand(bytesOf(text))).toEqual({ ok: false, problem });
  });

  test('has at most 10,000 words, like an envelope', () => {
    expect(decodeCommand(bytesOf(`START${' x'.repeat(10_000)}`)).ok).toBe(true);
    expect(decodeCommand(bytesOf(`START${' x'.repeat(10_001)}`))).toEqual({
      ok: false,
      problem: 'it has 10001 words, at most 10000 are taken',
    });
  });

  test('is never an envelope and never throws, whatever it says', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const decoded = decodeCommand(bytesOf(text));
        if (decoded.ok) expect(decoded.value.kind).toBe('text');
      }),
    );
  });
});
