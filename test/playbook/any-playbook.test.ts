// biome-ignore-all lint/suspicious/noTemplateCurlyInString: it is the playbook's own notation.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Diagnostic, formatDiagnostics, hasError } from '../../src/diagnostics/index.ts';
import { checkPlaybook, parseTextPlaybook, playbookNodes } from '../../src/playbook/index.ts';

const VALID = `# Everything that the language has.
SET host=10.0.0.1
SET seconds=2.5
WAITFOR server,client1,@clients,* ALIVE TIMEOUT 1m30s
SEND server START SERVER 5201 "a label" 'of two' $\${kept}
WAITFOR server STARTED
PROBE server,@servers tcp:5201 TIMEOUT \${seconds}
SYNC
  SEND client1 START CLIENT \${host} 5201 \${seconds}

  # not a step
  SEND @clients MEASURE
GO MAXSKEW \${seconds}ms
RECEIVE 6000 /tmp/the log
SEND server SENDFILE "the log" \${host} 6000 TRUNCATE
WAITFOR server SENT FILE
WAIT \${seconds}
SEND * TERMINATE
`;

const PIECES = [
  ...[
    '\0',
    '\uFEFF',
    '\r',
    '\r\n',
    '\n',
    '\t',
    '\uD800',
    '\uDC00',
    '\u2028',
    '\x1b[2J',
    '😀',
    'ü',
    'e\u0301',
  ],
  ...[
    '$',
    '${',
    '}',
    '${}',
    '${host',
    '${__proto__}',
    '${constructor}',
    '__proto__',
    'toString',
    '@',
    ',',
    ',,',
    '*',
  ],
  ...[
    '"',
    "'",
    '\\',
    '#',
    '=',
    '-1',
    '99999999999999999999',
    '1e9',
    'TIMEOUT',
    'SEND',
    'SET',
    'RECEIVE',
    'SYNC',
    '\nSYNC\n',
    'GO',
    '\nGO\n',
    'MAXSKEW',
    'PROBE',
    'tcp:',
    'x'.repeat(5000),
  ],
];

/** A valid playbook of which pieces were taken out, doubled, or replaced by something strange. */
const mutated = fc
  .array(
    fc.record({
      at: fc.nat(VALID.length),
      length: fc.nat(40),
      by: fc.oneof(fc.constantFrom(...PIECES, ''), fc.string({ unit: 'binary', maxLength: 20 })),
    }),
    { minLength: 1, maxLength: 8 },
  )
  .map((edits) =>
    edits.reduce((text, { at, length, by }) => text.slice(0, at) + by + text.slice(at + length), VALID),
  );
const random = fc.uint8Array({ maxLength: 2000 }).map((bytes) => Buffer.from(bytes).toString('utf8'));

/** What `check` does with a file. */
function inspect(source: string, lenient = false): readonly Diagnostic[] {
  const { value, diagnostics } = parseTextPlaybook(source, 'test.playbook', { lenient });
  expect(value === undefined).toBe(hasError(diagnostics));
  if (!value) return diagnostics;
  for (const step of value.steps) if (step.kind === 'sync') expect(step.sends).not.toEqual([]);
  const found = [...diagnostics, ...checkPlaybook(value, { variables: new Map() })];
  if (!hasError(found)) playbookNodes(value, new Map());
  return found;
}

function expectLocated(source: string, diagnostics: readonly Diagnostic[]): void {
  const lines = source.replace(/^\uFEFF/, '').split('\n');
  for (const { position, message, code } of diagnostics) {
    const line = lines[position.line - 1];
    expect(line, `${code} in line ${position.line} of ${lines.length}`).toBeDefined();
    expect(position.column).toBeGreaterThanOrEqual(1);
    expect(position.length).toBeGreaterThanOrEqual(1);
    // What is missing is missing behind the last character.
    expect(position.column + position.length - 2).toBeLessThanOrEqual(line?.length ?? 0);
    expect(message.length).toBeLessThan(400);
  }
}

describe('whatever stands in a file', () => {
  test.each([
    ['a valid playbook, changed', mutated],
    ['random bytes', random],
  ])('%s: located problems, never an exception, and shown without harm', (_, sources) => {
    fc.assert(
      fc.property(sources, fc.boolean(), (source, lenient) => {
        const diagnostics = inspect(source, lenient);
        expectLocated(source, diagnostics);
        const shown = formatDiagnostics(source, 'test.playbook', diagnostics);
        // biome-ignore lint/suspicious/noControlCharactersInRegex: looked for
        expect(shown).not.toMatch(/[\0-\x08\x0b-\x1f\x7f]/);
        for (const line of shown.split('\n')) expect(line.length).toBeLessThan(500);
      }),
      { numRuns: 1000 },
    );
  });

  test('the valid one has no error', () => {
    expect(inspect(VALID).filter(({ severity }) => severity === 'error')).toEqual([]);
    expect(inspect(VALID.replaceAll('\n', '\r\n'))).toEqual(inspect(VALID));
    expect(inspect(`\uFEFF${VALID}`)).toEqual(inspect(VALID));
  });

  test('names of what every object has are no variables', () => {
    for (const name of ['__proto__', 'constructor', 'toString', 'hasOwnProperty']) {
      expect(inspect(`SEND node1 \${${name}}`).map(({ code }) => code)).toEqual(['UNSET_VARIABLE']);
      expect(inspect(`SET ${name}=START\nSEND node1 \${${name}}`)).toEqual([]);
    }
  });

  test('line ends of old Macintoshes are one problem that says what line ends are', () => {
    const [first, ...rest] = inspect(VALID.slice(VALID.indexOf('SET')).replaceAll('\n', '\r'));
    expect(rest).toEqual([]);
    expect(first).toMatchObject({
      code: 'CONTROL_CHARACTER',
      message: expect.stringContaining('a line ends with LF or CR LF'),
    });
  });

  test.each([
    ['a line of 1 MB', 'x'.repeat(1_000_000)],
    ['a message of 1 MB', `SEND node1 START ${'x'.repeat(1_000_000)}`],
    [
      'a hundred thousand nodes',
      `SEND ${Array.from({ length: 100_000 }, (_, n) => `n${n}`).join(',')} START`,
    ],
    ['a million commas', `SEND ${','.repeat(1_000_000)} START`],
    ['two hundred thousand references', `SEND node1 ${'${a}'.repeat(200_000)}`],
    ['a million blanks', `SEND node1 ${' '.repeat(1_000_000)}\nWAIT${'\t'.repeat(1_000_000)}5`],
    ['a million quotes', `SEND node1 ${'"'.repeat(1_000_000)}`],
    ['a million bytes of nothing', '\0'.repeat(1_000_000)],
    ['a hundred thousand lines of nothing', '\0\n'.repeat(100_000)],
    [
      'a SYNC of ten thousand SENDs',
      `SYNC\n${Array.from({ length: 10_000 }, (_, n) => `SEND n${n},m${n} START`).join('\n')}\nGO`,
    ],
    ['two hundred thousand lines in a SYNC', `SYNC\n${'SEND a START\nWAIT 5\n'.repeat(100_000)}GO`],
    ['a hundred thousand SYNCs', 'SYNC\n'.repeat(100_000)],
    ['a hundred thousand GOs', 'GO\n'.repeat(100_000)],
    ['twenty thousand steps', VALID.repeat(2000)],
  ])('%s is read, and its problems are shown', (_, source) => {
    const diagnostics = inspect(source);
    expect(formatDiagnostics(source, 'test.playbook', diagnostics).length).toBeLessThan(200_000);
  });
});
