import fc from 'fast-check';
import { expect, test } from 'vitest';
import { REPORTER_KINDS } from '../../src/report/index.ts';
import { eventsOf, type Happening, report, runStarted, stepsOf } from './story.ts';

const [step] = stepsOf('WAITFOR node1 STARTED');

/** Everything that is shown, with this text wherever a node, a user or a script has a say. */
function storyWith(text: string): Happening[] {
  const problems = [{ node: 'node1', reason: text }];
  return [
    [0, { type: 'run-started', playbook: text, broker: text, owner: text, steps: [{ ...step, text }] }],
    [1, { type: 'nodes-resolved', expression: `@${text}`, nodes: [text, 'node1'] }],
    [2, { type: 'broker-changed', state: 'disconnected', detail: text }],
    [3, { type: 'node-changed', node: 'node1', state: 'lost', detail: text }],
    [
      4,
      {
        type: 'step-waiting',
        step: { ...step, text },
        satisfied: [text],
        missing: problems,
        waitedMs: 11_000,
        timeoutMs: 0,
      },
    ],
    [5, { type: 'output-received', node: 'node1', stream: 'stdout', lines: [text] }],
    [6, { type: 'output-received', node: 'node1', stream: 'stderr', lines: [text] }],
    [7, { type: 'update-reported', node: 'node1', commandId: 'c', text }],
    [
      8,
      {
        type: 'command-finished',
        node: text,
        commandId: 'c',
        text,
        end: 'failed',
        code: 1,
        reason: text,
        warnings: [text],
        tookMs: 1,
      },
    ],
    [9, { type: 'warning-given', node: text, message: text }],
    [
      9,
      {
        type: 'sync-measured',
        step: { ...step, text },
        plannedAt: text,
        starts: [
          { node: text, started: true, afterMs: 1, uncertaintyMs: 0.5, stampedBy: 'agent' },
          { node: 'node1', started: true, afterMs: 9, uncertaintyMs: 0.5, stampedBy: 'shell' },
          { node: text, started: false, reason: text },
        ],
        skewMs: 8,
        clocksMs: 1,
        likelyClocksMs: 0.5,
        budgetMs: 5,
        attempts: 2,
        verdict: 'failed',
      },
    ],
    [10, { type: 'step-finished', step: { ...step, text }, verdict: 'failed', problems, tookMs: 1 }],
    [11, { type: 'clean-up-started', nodes: [text] }],
    [12, { type: 'clean-up-finished', problems }],
    [13, { type: 'run-finished', verdict: 'failed', problems: [{ node: text, reason: text }], tookMs: 13 }],
  ];
}

/** Texts with plenty of what terminals act on. */
const hostile = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        '\u001b[2J',
        '\u001b]0;title\u0007',
        '\u009b31m',
        '\r',
        '\n',
        '\r\n',
        '\b',
        '\u0000',
        '\u007f',
        '\t',
        '\u202e',
        '\u2066',
        '\u2028',
        '\u200b',
        '\ufeff',
        '\ud800',
        '\udc00',
        '👩‍💻',
        '[  0.0s] ✓ ',
        'PASSED',
        '\u001b',
      ),
      fc.string({ unit: 'binary', maxLength: 5 }),
    ),
    { maxLength: 12 },
  )
  .map((parts) => parts.join(''));

const OURS = /^\[ *[\d.]+s\]/;
const linesOfOurs = (output: string) => output.split('\n').filter((line) => OURS.test(line)).length;

test.each(['plain', 'quiet'] as const)(
  '%s: no text acts on a terminal or imitates a line of ours',
  (kind) => {
    const expected = linesOfOurs(report(kind, storyWith('harmless')));
    fc.assert(
      fc.property(hostile, (text) => {
        const output = report(kind, storyWith(text));
        expect(output).not.toMatch(/(?!\n)[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
        expect(linesOfOurs(output)).toBe(expected);
        expect(output.split('\n').filter((line) => /^(PASSED|Recap|FAILED)/.test(line))).toHaveLength(2);
        expect(report(kind, storyWith(text), { unicode: false })).toMatch(/^[\n -~]*$/);
      }),
    );
  },
);

test('ndjson: a line is printable, and parses to the event', () => {
  fc.assert(
    fc.property(hostile, (text) => {
      const story = storyWith(text);
      const lines = report('ndjson', story).trimEnd().split('\n');
      for (const line of lines) expect(line).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
      expect(lines.map((line) => JSON.parse(line))).toEqual(eventsOf(story));
    }),
  );
});

test('what is replaced stays visible', () => {
  const lines = [
    '\u001b[31mred\u001b[0m\u0007',
    '10%\r20%\r30%',
    'a CRLF line\r',
    'tab\there',
    'DEL\u007f C1\u009b',
    '\u202eleft',
  ];
  const story: Happening[] = [[0, { type: 'output-received', node: 'node1', stream: 'stdout', lines }]];
  expect(report('plain', story)).toMatchInlineSnapshot(`
    "[  0.0s]   node1 │ ␛[31mred␛[0m␇
    [  0.0s]   node1 │ 10%␍20%␍30%
    [  0.0s]   node1 │ a CRLF line
    [  0.0s]   node1 │ tab    here
    [  0.0s]   node1 │ DEL␡ C1\\u{9b}
    [  0.0s]   node1 │ \\u{202e}left
    "
  `);
  expect(report('plain', story, { unicode: false })).toMatchInlineSnapshot(`
    "[  0.0s]      node1 | ^[[31mred^[[0m^G
    [  0.0s]      node1 | 10%^M20%^M30%
    [  0.0s]      node1 | a CRLF line
    [  0.0s]      node1 | tab    here
    [  0.0s]      node1 | DEL^? C1\\u{9b}
    [  0.0s]      node1 | \\u{202e}left
    "
  `);
});

test('an update of several lines stays in its place', () => {
  const story: Happening[] = [
    runStarted([]),
    [
      1000,
      { type: 'update-reported', node: 'node1', commandId: 'c', text: 'first\n[  9.9s] ✓ 9/9  all is well' },
    ],
    [2000, { type: 'run-finished', verdict: 'passed', problems: [], tookMs: 2000 }],
  ];
  expect(report('quiet', story)).toMatchInlineSnapshot(`
    "[  1.0s] → node1: first
               [  9.9s] ✓ 9/9  all is well

    Recap
      node   commands  failures  time  last update
      node1         0         0     -  first [  9.9s] ✓ 9/9  all is well

    PASSED in 2s
    "
  `);
});

test.each(REPORTER_KINDS)('%s keeps up with a megabyte of controls', (kind) => {
  const text = '\u001b[31m'.repeat(200_000);
  const output = report(kind, [[0, { type: 'output-received', node: 'n', stream: 'stdout', lines: [text] }]]);
  expect(output).not.toContain('\u001b');
});
