// biome-ignore-all lint/suspicious/noTemplateCurlyInString: it is the playbook's own notation.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type Diagnostic,
  hasError,
  type Parsed,
  type Playbook,
  parseTextPlaybook,
} from '../../src/playbook/index.ts';

const parse = (source: string, lenient = false): Parsed<Playbook> =>
  parseTextPlaybook(source, 'test.playbook', { lenient });
const brief = ({ severity, code, position, suggestion }: Diagnostic) => {
  const place = `${position.line}:${position.column}+${position.length}`;
  return [severity, code, place, ...(suggestion === undefined ? [] : [suggestion])].join(' ');
};
const problems = (source: string, lenient = false): string[] => parse(source, lenient).diagnostics.map(brief);

describe('a playbook in the text form', () => {
  test('is its steps in order, with comments, blank lines, indentation, CRLF and a BOM passed over', () => {
    const { value, diagnostics } = parse(
      '\uFEFF# a comment\r\n\r\n  \t\r\n\tSEND node1 START SERVER 5201 \r\n   # WAIT 5\r\nWAIT 2.5',
    );
    expect(diagnostics).toEqual([]);
    expect(value?.file).toBe('test.playbook');
    expect(value?.steps.map(({ index, kind, text, position }) => [index, kind, text, position])).toEqual([
      [0, 'send', 'SEND node1 START SERVER 5201', { line: 4, column: 2, length: 28 }],
      [1, 'wait', 'WAIT 2.5', { line: 6, column: 1, length: 8 }],
    ]);
  });

  test('keeps a message verbatim but for the blanks around it', () => {
    const message = String.raw`FOO  "a  b" $HOME $(x) $5 \n	# not a comment`;
    const [step] = parse(`SEND \t node1 \t ${message} \t `).value?.steps ?? [];
    expect(step).toMatchObject({
      nodes: { text: 'node1', position: { line: 1, column: 8, length: 5 } },
      message: { text: message, position: { line: 1, column: 16, length: message.length } },
    });
  });

  test.each([
    ['WAITFOR n ALIVE', 'ALIVE', undefined],
    ['WAITFOR n SENT  FILE', 'SENT  FILE', undefined],
    ['WAITFOR n SENT FILE TIMEOUT 1m30s', 'SENT FILE', '1m30s'],
    ['WAITFOR n ${word} TIMEOUT ${limit}', '${word}', '${limit}'],
  ])('splits %s', (line, status, timeout) => {
    const [step] = parse(line).value?.steps ?? [];
    expect(step?.kind === 'waitfor' && [step.status.text, step.timeout?.text]).toEqual([status, timeout]);
  });

  test.each([
    ['SET seconds=20', 'seconds', '20', 13],
    ['SET greeting = "hello  world" ', 'greeting', '"hello  world"', 16],
    ['SET equation=a=b', 'equation', 'a=b', 14],
    ['SET nothing=', 'nothing', '', 13],
  ])('splits %s', (line, name, value, column) => {
    const [step] = parse(line).value?.steps ?? [];
    expect(step).toMatchObject({ kind: 'set', name, value: { text: value, position: { column } } });
  });

  test('reads RECEIVE whole, file names with blanks included', () => {
    const [step] = parse('RECEIVE 6000 my file.txt').value?.steps ?? [];
    expect(step).toMatchObject({ kind: 'receive', port: { text: '6000' }, file: { text: 'my file.txt' } });
  });

  test("reads the original's own sample without a complaint", () => {
    const sample = [
      '# we wait for Nodes node1 and node2',
      'WAITFOR node1 ALIVE',
      'SEND node1 START SERVER 5201',
      'SEND node2 START 127.0.0.1 5201 15 3',
      'WAIT 7',
      'SEND node2 STOP',
      'WAITFOR node2 STOPPED',
      'RECEIVE 6000 test.txt',
      'SEND node1 SENDFILE /tmp/iperf.5201.log 127.0.0.1 6000 TRUNCATE',
      'SEND node1 TERMINATE',
      'WAITFOR node1 TERMINATED',
    ];
    const { value, diagnostics } = parse(sample.join('\n'));
    expect(diagnostics).toEqual([]);
    expect(value?.steps).toHaveLength(10);
  });
});

describe('what is wrong with a line', () => {
  test.each([
    ['WAITFRO node1 ALIVE', ['error UNKNOWN_KEYWORD 1:1+7 WAITFOR']],
    ['  send node1 START', ['error UNKNOWN_KEYWORD 1:3+4 SEND']],
    ['echo hello', ['error UNKNOWN_KEYWORD 1:1+4']],
    ['SEND\u00A0node1 START', ['error UNKNOWN_KEYWORD 1:1+10']],
    ['SYNC', ['error STEP_NOT_AVAILABLE 1:1+4']],
    ['PROBE node1 tcp:5201', ['error STEP_NOT_AVAILABLE 1:1+5']],
    ['SEND', ['error MISSING_PART 1:5+1']],
    ['SEND node1 ', ['error MISSING_PART 1:11+1']],
    ['SEND node1,,node2 STOP', ['error INVALID_NODES 1:12+1']],
    ['SEND node1, node2 STOP', ['error INVALID_NODES 1:12+1']],
    ['SEND nöde1,node2,@ STOP', ['error INVALID_NODES 1:6+5', 'error INVALID_NODES 1:18+1']],
    ['WAITFOR', ['error MISSING_PART 1:8+1']],
    ['WAITFOR node1', ['error MISSING_PART 1:14+1']],
    ['WAITFOR node1 TIMEOUT 5', ['error MISSING_PART 1:15+1']],
    ['WAITFOR node1 STARTED TIMEOUT', ['error MISSING_PART 1:30+1']],
    ['WAITFOR node1 STARTED TIMEOUT soon', ['error INVALID_DURATION 1:31+4']],
    ['WAITFOR node1 STARTED TIMEOUT 1m 30s', ['error EXTRA_WORDS 1:34+3']],
    ['WAITFOR node1 ALIVE # hello', ['error EXTRA_WORDS 1:21+7']],
    ['WAIT', ['error MISSING_PART 1:5+1']],
    ['WAIT -1', ['error INVALID_DURATION 1:6+2']],
    ['WAIT abc # x', ['error EXTRA_WORDS 1:10+3', 'error INVALID_DURATION 1:6+3']],
    ['SET', ['error MISSING_PART 1:4+1']],
    ['SET x', ['error MISSING_PART 1:5+1']],
    ['SET my-name=x', ['error INVALID_VARIABLE 1:5+9']],
    ['SET =x', ['error INVALID_VARIABLE 1:5+2']],
    ['RECEIVE 6000', ['error MISSING_PART 1:13+1']],
    ['RECEIVE 0 out.txt', ['error INVALID_PORT 1:9+1']],
    ['RECEIVE 65536 out.txt', ['error INVALID_PORT 1:9+5']],
    ['SEND n FOO ${a b}', ['error INVALID_VARIABLE 1:12+6']],
    ['SEND n FOO ${a', ['error INVALID_VARIABLE 1:12+3']],
    ['SEND n FOO a\u0000b', ['error CONTROL_CHARACTER 1:13+1']],
    ['SEND n FOO a\rb', ['error CONTROL_CHARACTER 1:13+1']],
    ['SEND n FOO \u001B[31m', ['error CONTROL_CHARACTER 1:12+1']],
  ])('%j', (line, expected) => {
    const { value, diagnostics } = parse(line);
    expect(diagnostics.map(brief)).toEqual(expected);
    expect(value).toBeUndefined();
    for (const { message } of diagnostics) expect(message).toMatch(/^\S[^\n]*[^.\s]$/);
  });

  test('is said for all lines at once, in their order', () => {
    const source = '\uFEFFWAITFRO node1 ALIVE\r\nSEND node1 START\r\n\r\n WAIT x\nGO';
    expect(problems(source)).toEqual([
      'error UNKNOWN_KEYWORD 1:1+7 WAITFOR',
      'error INVALID_DURATION 4:7+1',
      'error STEP_NOT_AVAILABLE 5:1+2',
    ]);
  });

  test('names the missing part with the form and an example', () => {
    const [problem] = parse('SEND node1').diagnostics;
    expect(problem?.message).toBe(
      'SEND needs a message: SEND <nodes> <message>, for example SEND node1 START SERVER 5201',
    );
  });
});

describe('lenient', () => {
  test('skips lines with an unknown keyword and words too many, with a warning', () => {
    const source = 'hello world\nSEND node1 START\nWAIT 7 # a while\nWAITFOR node1 STARTED # ready';
    const { value, diagnostics } = parse(source, true);
    expect(diagnostics.map(brief)).toEqual([
      'warning UNKNOWN_KEYWORD 1:1+5',
      'warning EXTRA_WORDS 3:8+9',
      'warning EXTRA_WORDS 4:23+7',
    ]);
    expect(value?.steps.map(({ kind }) => kind)).toEqual(['send', 'wait', 'waitfor']);
  });

  test('leaves everything else an error, and the words of a later version too', () => {
    expect(problems('SEND node1\nSYNC\nWAIT x', true)).toEqual([
      'error MISSING_PART 1:11+1',
      'error STEP_NOT_AVAILABLE 2:1+4',
      'error INVALID_DURATION 3:6+1',
    ]);
  });
});

describe('any text', () => {
  const language = fc.constantFrom(
    ...[
      'SEND',
      'WAITFOR',
      'WAIT',
      'SET',
      'RECEIVE',
      'SYNC',
      'TIMEOUT',
      'node1',
      '@g',
      '*',
      ',',
      '$',
      '${',
      '}',
    ],
    ...['x', '=', '5', '#', ' ', '\t', '\n', '\r\n', '\0', '\uFEFF', '😀', '\uD800'],
  );
  const anyText = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 300 }),
    fc.array(language, { maxLength: 60 }).map((pieces) => pieces.join('')),
    fc.uint8Array({ maxLength: 300 }).map((bytes) => new TextDecoder().decode(bytes)),
  );

  test('gives a playbook or located errors, never an exception', () => {
    fc.assert(
      fc.property(anyText, fc.boolean(), (source, lenient) => {
        const { value, diagnostics } = parse(source, lenient);
        expect(value === undefined).toBe(hasError(diagnostics));
        const lines = source.replace(/^\uFEFF/, '').split('\n');
        for (const { position } of diagnostics) {
          const line = lines[position.line - 1];
          expect(line).toBeDefined();
          expect(position.column).toBeGreaterThanOrEqual(1);
          expect(position.length).toBeGreaterThanOrEqual(1);
          expect(position.column - 1).toBeLessThanOrEqual(line?.length ?? 0);
        }
      }),
      { numRuns: 1000 },
    );
  });

  test('of 100,000 lines is read', () => {
    const source = 'SEND node1 START SERVER 5201\nWAITFOR node1,node2 STARTED TIMEOUT 5s\n'.repeat(50_000);
    expect(parse(source).value?.steps).toHaveLength(100_000);
  });

  test('of 100,000 wrong lines is reported', () => {
    expect(parse('SNED node1 START\n'.repeat(100_000)).diagnostics).toHaveLength(100_000);
  });
});
