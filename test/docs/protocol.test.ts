import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { MOST_LEFT_MS } from '../../src/agent/machine/sync-desk.ts';
import { LATEST_MS } from '../../src/agent/shell/timed-beginning.ts';
import {
  AGENT_TOPICS,
  CONFIRM_BEFORE_MS,
  type Decoded,
  decodeCommand,
  decodeHeartbeat,
  decodeInfo,
  decodeOutput,
  decodeReply,
  LEAST_LEFT_MS,
} from '../../src/protocol/index.ts';

const page = readFileSync(new URL('../../docs/reference/protocol.md', import.meta.url), 'utf8');

/** Blocks are marked with the topic: ```json REPLY; each of their lines is one message. */
const examples = [...page.matchAll(/^```json([^\n]*)\n(.*?)^```$/gms)].flatMap(([, topic = '', block = '']) =>
  block
    .trimEnd()
    .split('\n')
    .map((line) => ({ topic: topic.trim(), line })),
);

const DECODERS: Readonly<Record<string, (payload: Uint8Array) => Decoded<unknown>>> = {
  COMMAND: (payload) => {
    const command = decodeCommand(payload);
    if (!command.ok) return command;
    return { ok: true, value: command.value.kind === 'envelope' ? command.value.envelope : command.value };
  },
  REPLY: decodeReply,
  INFO: decodeInfo,
  OUTPUT: decodeOutput,
  HEARTBEAT: decodeHeartbeat,
};

describe('the page of the protocol', () => {
  test('has examples of every kind of JSON message, and of every kind of reply', () => {
    expect(new Set(examples.map(({ topic }) => topic))).toEqual(new Set(Object.keys(DECODERS)));
    const replies = examples
      .filter(({ topic }) => topic === 'REPLY')
      .map(({ line }) => JSON.parse(line).kind);
    expect(new Set(replies)).toEqual(
      new Set([
        'ack',
        'update',
        'status',
        'fired',
        'result',
        'report',
        'pong',
        'strays',
        'probed',
        'inspected',
      ]),
    );
  });

  test.each(examples)('$topic $line', ({ topic, line }) => {
    const decoded = DECODERS[topic]?.(new TextEncoder().encode(line));
    expect(decoded).toEqual({ ok: true, value: JSON.parse(line) });
  });

  test('lists every topic of an agent', () => {
    const listed = [...page.matchAll(/^\| `<root>\/<node>\/([A-Z]+)` \|/gm)].map(([, kind]) => kind);
    expect(listed).toEqual(['COMMAND', ...AGENT_TOPICS]);
  });

  test('tells the times of a synchronous start as they are', () => {
    const [, behind = ''] = page.split('\n## Synchronous start\n');
    const [section = ''] = behind.split(/^## /m);
    expect(section).toContain(`with less than ${LEAST_LEFT_MS} ms left`);
    expect(section).toContain(`${CONFIRM_BEFORE_MS} ms before its instant`);
    expect(section).toContain(`more than ${LATEST_MS} ms after the instant`);
    expect(section).toContain(`more than ${MOST_LEFT_MS / 60_000} minutes ahead`);
  });

  test('lists every refusal and every outcome', () => {
    const ack = {
      v: 1,
      session: 's',
      seq: 1,
      kind: 'ack',
      id: 'c',
      accepted: false,
      refusal: '',
      reason: '',
    };
    expect(wordsBelow('### Refusals')).toEqual(choices(ack));
    const result = { v: 1, session: 's', seq: 1, kind: 'result', id: 'c', outcome: '' };
    expect(wordsBelow('### Outcomes')).toEqual(choices(result));
  });
});

/** The first column of the table below a title. */
function wordsBelow(title: string): (string | undefined)[] {
  const [, behind = ''] = page.split(`\n${title}\n`);
  const [section = ''] = behind.split(/^#/m);
  return [...section.matchAll(/^\| `([a-z-]+)` \|/gm)].map(([, word]) => word);
}

/** What the decoder would have taken instead, as it says itself when the word is wrong. */
function choices(reply: object): (string | undefined)[] {
  const decoded = decodeReply(new TextEncoder().encode(JSON.stringify(reply)));
  const problem = decoded.ok ? '' : decoded.problem;
  return [...problem.matchAll(/"([a-z-]+)"/g)].map(([, word]) => word);
}
