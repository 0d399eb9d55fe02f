import type * as z from 'zod';

export type Decoded<T> =
  | { readonly ok: true; readonly value: T }
  /** `problem` completes "the message is refused: …". */
  | { readonly ok: false; readonly problem: string };

/** No message of ours comes near this; brokers and small agents suffer long before. */
const MOST_BYTES = 1_048_576;

/**
 * The longest list in a message. A megabyte of wrong elements would otherwise become half a million problems in
 * memory; a list that is too long is one problem.
 */
export const MOST_ELEMENTS = 20_000;

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** The text of a payload: UTF-8, at most 1 MiB. */
export function decodeText(payload: Uint8Array): Decoded<string> {
  if (payload.byteLength > MOST_BYTES) {
    return { ok: false, problem: `it has ${payload.byteLength} bytes, at most ${MOST_BYTES} are read` };
  }
  try {
    return { ok: true, value: utf8.decode(payload) };
  } catch {
    return { ok: false, problem: 'it is not UTF-8 text' };
  }
}

/** A JSON text that fits the schema. Never throws, whatever the text: too deep, too long, not JSON. */
export function decodeJson<T>(schema: z.ZodType<T>, text: string): Decoded<T> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return { ok: false, problem: 'it is not JSON' };
  }
  const parsed = schema.safeParse(json);
  if (parsed.success) return { ok: true, value: parsed.data };
  const [issue] = parsed.error.issues;
  return {
    ok: false,
    problem: issue ? `${issue.path.join('.') || 'message'}: ${issue.message}` : 'it does not fit',
  };
}

/** `decodeText`, then `decodeJson`. */
export function decodePayload<T>(schema: z.ZodType<T>, payload: Uint8Array): Decoded<T> {
  const text = decodeText(payload);
  return text.ok ? decodeJson(schema, text.value) : text;
}

export function mapDecoded<T, U>(decoded: Decoded<T>, map: (value: T) => U): Decoded<U> {
  return decoded.ok ? { ok: true, value: map(decoded.value) } : decoded;
}
