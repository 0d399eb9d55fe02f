// biome-ignore-all lint/suspicious/noTemplateCurlyInString: it is the playbook's own notation.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Diagnostic, hasError, type Parsed } from '../../src/diagnostics/index.ts';
import { type Playbook, parseTextPlaybook } from '../../src/playbook/index.ts';

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
    ['EXPECT x', ['error STEP_NOT_AVAILABLE 1:1+6']],
    ['PROBE', ['error MISSING_PART 1:6+1']],
    ['PROBE node1', ['error MISSING_PART 1:12+1']],
    ['PROBE node1 5201', ['error INVALID_PORT 1:13+4 tcp:5201']],
    ['PROBE node1 TCP:5201', ['error INVALID_PORT 1:13+8 tcp:5201']],
    ['PROBE node1 udp:5201', ['error INVALID_PORT 1:13+8']],
    ['PROBE node1 tcp:0', ['error INVALID_PORT 1:13+5']],
    ['PROBE node1 tcp:65536', ['error INVALID_PORT 1:13+9']],
    ['PROBE node1 tcp: 5201', ['error EXTRA_WORDS 1:18+4', 'error INVALID_PORT 1:13+4']],
    ['PROBE node1, tcp:5201', ['error INVALID_NODES 1:13+1']],
    ['PROBE node1 tcp:5201 timeout 5', ['error EXTRA_WORDS 1:22+9 TIMEOUT']],
    ['PROBE node1 tcp:5201 TIMEOUT', ['error MISSING_PART 1:29+1']],
    ['PROBE node1 tcp:5201 TIMEOUT soon', ['error INVALID_DURATION 1:30+4']],
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
    const source = '\uFEFFWAITFRO node1 ALIVE\r\nSEND node1 START\r\n\r\n WAIT x\nFETCH';
    expect(problems(source)).toEqual([
      'error UNKNOWN_KEYWORD 1:1+7 WAITFOR',
      'error INVALID_DURATION 4:7+1',
      'error STEP_NOT_AVAILABLE 5:1+5',
    ]);
  });

  test('names the missing part with the form and an example', () => {
    const [problem] = parse('SEND node1').diagnostics;
    expect(problem?.message).toBe(
      'SEND needs a message: SEND <nodes> <message>, for example SEND node1 START SERVER 5201',
    );
  });
});

describe('SYNC and GO', () => {
  const SEND = 'SEND node1 START';

  test('are one step with the SENDs between them', () => {
    const source =
      'WAIT 1\n  SYNC\n\tSEND a,b START ${x}\n\n # both\nSEND @g  FOO  1\n GO MAXSKEW ${skew}ms\nWAIT 2';
    const { value, diagnostics } = parse(source);
    expect(diagnostics).toEqual([]);
    expect(value?.steps.map(({ index, kind, text }) => [index, kind, text])).toEqual([
      [0, 'wait', 'WAIT 1'],
      [1, 'sync', 'SYNC a,b START ${x}; @g FOO  1; GO MAXSKEW ${skew}ms'],
      [2, 'wait', 'WAIT 2'],
    ]);
    expect(value?.steps[1]).toMatchObject({
      position: { line: 2, column: 3, length: 4 },
      sends: [
        { index: 1, position: { line: 3, column: 2, length: 19 }, nodes: { text: 'a,b' } },
        { index: 1, position: { line: 6, column: 1, length: 15 }, message: { text: 'FOO  1' } },
      ],
      maxSkew: { text: '${skew}ms', position: { line: 7, column: 13, length: 9 } },
    });
  });

  test('need no budget', () => {
    expect(parse(`SYNC\n${SEND}\nGO`).value?.steps).toMatchObject([
      { text: 'SYNC node1 START; GO', maxSkew: undefined },
    ]);
  });

  test.each([
    [
      'SYNC without GO',
      ['SYNC', SEND, 'WAITFOR node1 STARTED', 'WAIT x'],
      ['SYNC_WITHOUT_GO 1', 'INVALID_DURATION 4'],
    ],
    ['GO without SYNC', [SEND, 'GO', SEND, 'GO'], ['GO_WITHOUT_SYNC 2', 'GO_WITHOUT_SYNC 4']],
    [
      'a SYNC in another',
      ['SYNC', SEND, 'SYNC', SEND, 'GO', 'GO', 'GO'],
      ['SYNC_WITHOUT_GO 3', 'GO_WITHOUT_SYNC 7'],
    ],
    ['a SYNC that was forgotten to end', ['SYNC', SEND, 'WAIT 1', 'SYNC', SEND, 'GO'], ['SYNC_WITHOUT_GO 4']],
    [
      'other steps',
      ['SYNC', SEND, 'WAIT x', 'SET', 'GO'],
      ['NOT_IN_SYNC 3', 'INVALID_DURATION 3', 'MISSING_PART 4', 'NOT_IN_SYNC 4'],
    ],
    ['nothing', ['SYNC', '', '# nothing', 'GO'], ['MISSING_PART 1']],
    ['a SEND that cannot be read', ['SYNC', 'SEND node1', 'GO'], ['MISSING_PART 2']],
    ['a SEND of wrong nodes', ['SYNC', 'SEND a,,b START', 'GO'], ['INVALID_NODES 2']],
    ['words after SYNC', ['SYNC 5ms', SEND, 'GO'], ['EXTRA_WORDS 1']],
    ['words after GO', ['SYNC', SEND, 'GO now'], ['EXTRA_WORDS 3']],
    ['an option in lower case', ['SYNC', SEND, 'GO maxskew 5ms'], ['EXTRA_WORDS 3 MAXSKEW']],
    ['MAXSKEW without a duration', ['SYNC', SEND, 'GO MAXSKEW'], ['MISSING_PART 3']],
    ['MAXSKEW of no duration', ['SYNC', SEND, 'GO MAXSKEW soon'], ['INVALID_DURATION 3']],
    ['MAXSKEW of 0', ['SYNC', SEND, 'GO MAXSKEW 0ms'], ['INVALID_DURATION 3']],
    ['a blank before the unit', ['SYNC', SEND, 'GO MAXSKEW 5 ms'], ['EXTRA_WORDS 3']],
    [
      'a GO in lower case is said once',
      ['SYNC', SEND, 'go', 'WAIT 1', 'SYNC', SEND, 'GO'],
      ['UNKNOWN_KEYWORD 3 GO'],
    ],
    ['and so is a SYNC', ['SNYC', SEND, 'GO', 'GO'], ['UNKNOWN_KEYWORD 1 SYNC', 'GO_WITHOUT_SYNC 4']],
    ['a line that hides its keyword may be either', ['SYNC', SEND, 'GO\u0007'], ['CONTROL_CHARACTER 3']],
  ])('%s', (_, lines, expected) => {
    const { value, diagnostics } = parse(lines.join('\n'));
    expect(value).toBeUndefined();
    expect(
      diagnostics.map(({ code, position, suggestion }) =>
        [code, position.line, ...(suggestion ? [suggestion] : [])].join(' '),
      ),
    ).toEqual(expected);
    for (const { message } of diagnostics) expect(message).toMatch(/^\S[^\n]*[^.\s]$/);
  });

  test('take a comment behind them, and lines between them that are none, where lenient', () => {
    const { value, diagnostics } = parse('SYNC # both\nhello\nSEND a START\nGO MAXSKEW 5ms # now', true);
    expect(diagnostics.map(brief)).toEqual([
      'warning EXTRA_WORDS 1:6+6',
      'warning UNKNOWN_KEYWORD 2:1+5',
      'warning EXTRA_WORDS 4:16+5',
    ]);
    expect(value?.steps).toMatchObject([{ text: 'SYNC a START; GO MAXSKEW 5ms', sends: [{}] }]);
  });

  test('are never lost to lenience: neither a misspelled one nor its budget', () => {
    expect(problems(`sync\n${SEND}\nGO`, true)).toEqual([
      'warning UNKNOWN_KEYWORD 1:1+4 SYNC',
      'error GO_WITHOUT_SYNC 3:1+2',
    ]);
    expect(problems(`SYNC\n${SEND}\ngo`, true)).toEqual([
      'error SYNC_WITHOUT_GO 1:1+4',
      'warning UNKNOWN_KEYWORD 3:1+2 GO',
    ]);
    expect(problems(`SYNC\n${SEND}\nGO MAXSKEV 5ms`, true)).toEqual(['error EXTRA_WORDS 3:4+11 MAXSKEW']);
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
    expect(problems('SEND node1\nFETCH\nWAIT x', true)).toEqual([
      'error MISSING_PART 1:11+1',
      'error STEP_NOT_AVAILABLE 2:1+5',
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
      'SYNC\n',
      'GO',
      '\nGO\n',
      'MAXSKEW',
      'PROBE',
      'tcp:',
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
