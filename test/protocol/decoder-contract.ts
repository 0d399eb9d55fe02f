import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Decoded } from '../../src/protocol/index.ts';

const MEBIBYTE = 1_048_576;
const DEEP = 200_000;

/** Payloads that no decoder takes, and that none may fall over. */
const REFUSED: readonly (readonly [what: string, payload: Uint8Array])[] = [
  ['nothing', bytesOf('')],
  ['half a message', bytesOf('{"v":1,')],
  ['null', bytesOf('null')],
  ['a list', bytesOf('[]')],
  ['an empty object', bytesOf('{}')],
  ['a key named __proto__', bytesOf('{"__proto__":{"v":1,"session":"s"}}')],
  ['a kind named __proto__', bytesOf('{"v":1,"kind":"__proto__"}')],
  ['a kind named constructor', bytesOf('{"v":1,"kind":"constructor"}')],
  ['what is not UTF-8', Uint8Array.of(0x7b, 0xff, 0x7d)],
  ['half a character', Uint8Array.of(0x7b, 0xe2, 0x82)],
  ['UTF-16', Buffer.from('{"v":1}', 'utf16le')],
  ['lists 200,000 deep', bytesOf(`{"args":${'['.repeat(DEEP)}${']'.repeat(DEEP)}}`)],
  ['objects 150,000 deep', bytesOf(`${'{"a":'.repeat(150_000)}1${'}'.repeat(150_000)}`)],
  ['200,000 levels never closed', bytesOf(`{"a":${'['.repeat(DEEP)}`)],
  ['5 MB', bytesOf(`{"text":"${'x'.repeat(5_000_000)}"}`)],
  ['a byte more than 1 MiB', bytesOf('{'.padEnd(MEBIBYTE + 1, 'x'))],
  ['a million digits', bytesOf(`{"v":${'9'.repeat(1_000_000)}}`)],
];

interface DecoderContract<T> {
  readonly decode: (payload: Uint8Array) => Decoded<T>;
  /** Every message that the decoder takes, as it is sent. */
  readonly messages: fc.Arbitrary<T & object>;
}

/** What holds for every decoder of JSON messages, whoever sent them. */
export function describeDecoder<T>(name: string, { decode, messages }: DecoderContract<T>): void {
  describe(name, () => {
    test('reads what was sent', () => {
      fc.assert(
        fc.property(messages, (message) => {
          expect(decode(encode(message))).toEqual({ ok: true, value: message });
        }),
      );
    });

    test('leaves out what it does not know, so that a newer sender is understood', () => {
      fc.assert(
        fc.property(messages, fc.jsonValue(), (message, value) => {
          const extended = { ...message, later: value, ['__proto__']: value, constructor: value };
          expect(decode(encode(extended))).toEqual({ ok: true, value: message });
          expect(Object.keys(Object.prototype)).toEqual([]);
        }),
      );
    });

    test('refuses a message without a key that it needs, and names the key', () => {
      fc.assert(
        fc.property(messages, fc.nat(), (message, place) => {
          const keys = Object.keys(message);
          const key = keys[place % keys.length] ?? '';
          const { [key]: _, ...rest } = message as Record<string, unknown>;
          const decoded = decode(encode(rest));
          if (decoded.ok) expect(decoded.value).toEqual(rest);
          else expect(decoded.problem).toContain(`${key}: `);
        }),
      );
    });

    test('never throws, never repeats what it refuses, whatever stands in place of a value', () => {
      const secret = 'hunter2';
      const value = fc.oneof(fc.jsonValue(), fc.constant({ [secret]: secret }), fc.constant([secret]));
      fc.assert(
        fc.property(messages, fc.nat(), value, (message, place, wrong) => {
          const keys = Object.keys(message);
          const decoded = decode(encode({ ...message, [keys[place % keys.length] ?? '']: wrong }));
          if (!decoded.ok) expectShortProblem(decoded.problem, secret);
        }),
      );
    });

    test.each(REFUSED)('refuses %s, in a few words', (_what, payload) => {
      const decoded = decode(payload);
      if (decoded.ok) expect.unreachable('it was taken');
      else expectShortProblem(decoded.problem);
    });

    test('never throws on random bytes and random JSON', () => {
      const payload = fc.oneof(fc.uint8Array(), fc.json().map(bytesOf), fc.string().map(bytesOf));
      fc.assert(
        fc.property(payload, (bytes) => {
          const decoded = decode(bytes);
          if (!decoded.ok) expectShortProblem(decoded.problem);
        }),
      );
    });

    test('what it refused leaves no trace in what it reads next', () => {
      const [sample] = fc.sample(messages, 1);
      if (sample === undefined) return expect.unreachable('there is always a message');
      for (const [, payload] of REFUSED) {
        decode(payload);
        expect(decode(encode(sample))).toEqual({ ok: true, value: sample });
      }
    });
  });
}

export function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

export const encode = (message: object): Uint8Array => bytesOf(JSON.stringify(message));

function expectShortProblem(problem: string, secret?: string): void {
  expect(problem).toMatch(/^.{5,160}$/);
  if (secret !== undefined) expect(problem).not.toContain(secret);
}
