import * as z from 'zod';
import { parseDuration } from '../base/index.ts';
import { checkRootTopic } from '../protocol/index.ts';
import { parseBrokerUrl } from '../transport/index.ts';

/** The kinds of values that a key can have: each reads the text that a person wrote. */

export const text = z.string();

/** Undefined for `off`. */
export const textOrOff = readBy<string | undefined>((input) =>
  accept(input.toLowerCase() === 'off' ? undefined : input),
);

export const brokerAddress = readBy((input) => {
  const address = parseBrokerUrl(input);
  return address.kind === 'ok' ? accept(address) : refuse(address.message);
});

export const rootTopic = readBy((input) => {
  const problem = checkRootTopic(input);
  return problem === undefined ? accept(input) : refuse(`${quote(input)}: ${problem}`);
});

const BOOLEANS: ReadonlyMap<string, boolean> = new Map([
  ['true', true],
  ['yes', true],
  ['on', true],
  ['1', true],
  ['false', false],
  ['no', false],
  ['off', false],
  ['0', false],
]);

export const boolean = readBy((input) => {
  const value = BOOLEANS.get(input.toLowerCase());
  return value === undefined ? refuse(`${quote(input)} is neither true nor false`) : accept(value);
});

/** Milliseconds, 0 included. */
export const duration = readBy(readDuration);

/** Milliseconds, more than none. */
export const positiveDuration = readBy(readPositiveDuration);

/** Milliseconds, more than none; undefined for `off`. */
export const durationOrOff = readBy<number | undefined>((input) =>
  input.toLowerCase() === 'off' ? accept(undefined) : readPositiveDuration(input),
);

/** `START/GONE`, or one duration for both. */
export const brokerTimeouts = readBy((input) => {
  const [start = '', gone = start, ...more] = input.split('/');
  if (more.length > 0) return refuse(`${quote(input)} has more than two durations`);
  const connect = readPositiveDuration(start);
  const lost = readPositiveDuration(gone);
  if (connect.kind === 'error') return connect;
  if (lost.kind === 'error') return lost;
  return accept({ connectMs: connect.value, lostMs: lost.value });
});

const REPORTERS = ['plain', 'quiet', 'ndjson'] as const;

export const reporter = readBy((input) => {
  const value = REPORTERS.find((name) => name === input);
  return value === undefined ? refuse(`${quote(input)} is none of ${REPORTERS.join(', ')}`) : accept(value);
});

function readDuration(input: string): Reading<number> {
  const value = parseDuration(input);
  return value === undefined
    ? refuse(`${quote(input)} is not a duration, such as 10s, 500ms, 1m30s or 2.5 (seconds)`)
    : accept(value);
}

function readPositiveDuration(input: string): Reading<number> {
  const reading = readDuration(input);
  return reading.kind === 'ok' && reading.value === 0
    ? refuse(`${quote(input)} is no time at all; it must be more than 0`)
    : reading;
}

type Reading<T> =
  | { readonly kind: 'ok'; readonly value: T }
  | { readonly kind: 'error'; readonly message: string };

function accept<T>(value: T): Reading<T> {
  return { kind: 'ok', value };
}

function refuse(message: string): Reading<never> {
  return { kind: 'error', message };
}

/** The schema of a text that `read` understands. */
function readBy<T>(read: (input: string) => Reading<T>) {
  return z.string().transform((input, context): T => {
    const reading = read(input);
    if (reading.kind === 'ok') return reading.value;
    context.addIssue({ code: 'custom', message: reading.message });
    return z.NEVER;
  });
}

function quote(input: string): string {
  return JSON.stringify(input.length > 60 ? `${input.slice(0, 59)}…` : input);
}
