// biome-ignore-all lint/suspicious/noTemplateCurlyInString: it is the playbook's own notation.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Parsed } from '../../src/diagnostics/index.ts';
import {
  isVariableName,
  parseTextPlaybook,
  type ResolvedStep,
  resolveStep,
  resolveSteps,
} from '../../src/playbook/index.ts';

function resolve(line: string, variables: Record<string, string> = {}): Parsed<ResolvedStep> {
  const [step] = parseTextPlaybook(line, 'test').value?.steps ?? [];
  if (!step) throw new Error(`not a step: ${line}`);
  return resolveStep(step, new Map(Object.entries(variables)));
}

function resolveAll(source: string, given: Record<string, string> = {}) {
  const { value } = parseTextPlaybook(source, 'test');
  if (!value) throw new Error(`not a playbook: ${source}`);
  return resolveSteps(value, new Map(Object.entries(given)));
}

describe('a step with its variables', () => {
  test.each([
    ['SEND a,b START 5', {}, { kind: 'send', message: 'START 5' }],
    [
      'SEND ${n} ${v} ${v}${v}',
      { n: 'a,@g', v: 'START  x' },
      { kind: 'send', message: 'START  x START  xSTART  x' },
    ],
    ['WAITFOR ${n} ${s}', { n: '*', s: ' SENT  FILE ' }, { words: ['SENT', 'FILE'], timeoutMs: undefined }],
    ['WAITFOR a ALIVE TIMEOUT ${t}s', { t: '2.5' }, { words: ['ALIVE'], timeoutMs: 2500 }],
    ['WAITFOR a ALIVE TIMEOUT 0', {}, { timeoutMs: 0 }],
    ['WAIT ${t}', { t: '1m30s' }, { kind: 'wait', durationMs: 90_000 }],
    ['SET a=${b}-${b}', { b: 'x' }, { kind: 'set', name: 'a', value: 'x-x' }],
    [
      'RECEIVE 60${p} ${f}.txt',
      { p: '00', f: 'my log' },
      { kind: 'receive', port: 6000, file: 'my log.txt' },
    ],
    ['PROBE ${n} tcp:${p}', { n: 'a,@g', p: '5201' }, { kind: 'probe', port: 5201, timeoutMs: undefined }],
    ['PROBE a ${t} TIMEOUT ${d}', { t: 'tcp:1', d: '0' }, { kind: 'probe', port: 1, timeoutMs: 0 }],
    ['SYNC\nSEND a START\nGO', {}, { kind: 'sync', maxSkewMs: undefined }],
    [
      'SYNC\nSEND ${n} START ${x}\nSEND @g FOO\nGO MAXSKEW ${d}',
      { n: 'a,b', x: '5', d: '2.5ms' },
      { kind: 'sync', sends: [{ message: 'START 5' }, { message: 'FOO' }], maxSkewMs: 2.5 },
    ],
  ] as const)('%s', (line, variables, expected) => {
    expect(resolve(line, variables)).toMatchObject({ value: expected, diagnostics: [] });
  });

  test('takes every $ literally that begins no variable, and $${ for ${', () => {
    const line = 'SEND a FOO $5 $HOME $(x) $$ $${a} $$${a} ${a}$';
    expect(resolve(line, { a: '${b}' }).value).toMatchObject({
      message: 'FOO $5 $HOME $(x) $$ ${a} $${a} ${b}$',
    });
  });

  test.each([
    ['SEND a FOO ${secnds}', { seconds: '5' }, 'UNSET_VARIABLE', 12, 9, '${seconds}'],
    ['WAIT ${t}', { t: 'soon' }, 'INVALID_DURATION', 6, 4, undefined],
    ['SEND ${n} STOP', { n: 'a b' }, 'INVALID_NODES', 6, 4, undefined],
    ['SEND a ${m}', { m: ' ' }, 'MISSING_PART', 8, 4, undefined],
    ['SEND a FOO ${m}', { m: 'x\ny' }, 'CONTROL_CHARACTER', 8, 8, undefined],
    ['WAITFOR a ${s}', { s: '' }, 'MISSING_PART', 11, 4, undefined],
    ['RECEIVE ${p} f', { p: '70000' }, 'INVALID_PORT', 9, 4, undefined],
    ['PROBE a ${p}', { p: '5201' }, 'INVALID_PORT', 9, 4, 'tcp:5201'],
    ['PROBE a tcp:${p}', { p: '70000' }, 'INVALID_PORT', 9, 8, undefined],
  ] as const)('%s is located', (line, variables, code, column, length, suggestion) => {
    const { value, diagnostics } = resolve(line, variables);
    expect(value).toBeUndefined();
    expect(diagnostics).toHaveLength(1);
    expect(diagnostics[0]).toMatchObject({ code, position: { line: 1, column, length } });
    expect(diagnostics[0]?.suggestion).toBe(suggestion);
  });

  test('shows where in a SYNC something is wrong', () => {
    const { value, diagnostics } = resolve('SYNC\nSEND a START\nSEND ${n} ${v}\nGO MAXSKEW ${d}', {
      n: ',',
      d: '0',
    });
    expect(value).toBeUndefined();
    expect(diagnostics.map(({ code, position }) => `${code} ${position.line}:${position.column}`)).toEqual([
      'INVALID_NODES 3:6',
      'INVALID_NODES 3:6',
      'UNSET_VARIABLE 3:11',
      'INVALID_DURATION 4:12',
    ]);
  });

  test('reports every part that is wrong', () => {
    const { diagnostics } = resolve('WAITFOR ${a} ${b} TIMEOUT ${c}', { c: 'x' });
    expect(diagnostics.map(({ code }) => code)).toEqual([
      'UNSET_VARIABLE',
      'UNSET_VARIABLE',
      'INVALID_DURATION',
    ]);
  });

  test('carries any value verbatim', () => {
    const printable = fc.string({ minLength: 1 }).filter((text) => text.trim() !== '');
    fc.assert(
      fc.property(printable, (value) => {
        expect(resolve('SEND a ${m}', { m: value }).value).toMatchObject({ message: value });
      }),
    );
  });
});

describe('variables along a playbook', () => {
  const messages = (source: string, given?: Record<string, string>) =>
    resolveAll(source, given).flatMap(({ resolved }) =>
      resolved?.kind === 'send' ? [resolved.message] : [],
    );

  test('hold from their SET on, and can be set again', () => {
    expect(messages('SET a=1\nSEND n X ${a}\nSET a=${a}2\nSEND n X ${a}')).toEqual(['X 1', 'X 12']);
  });

  test('given by the user win over SET', () => {
    expect(messages('SET a=1\nSET b=${a}\nSEND n X ${a}${b}', { a: '7' })).toEqual(['X 77']);
  });

  test('are unset before their SET', () => {
    const [send] = resolveAll('SEND n X ${a}\nSET a=1');
    expect(send?.diagnostics.map(({ code }) => code)).toEqual(['UNSET_VARIABLE']);
  });

  test('whose SET fails are reported once', () => {
    const all = resolveAll('SET a=${typo}\nSET b=${a}\nSEND n X ${b}\nSET b=1\nSEND n X ${b}');
    expect(all.map(({ diagnostics, resolved }) => [diagnostics.length, resolved !== undefined])).toEqual([
      [1, false],
      [0, false],
      [0, false],
      [0, true],
      [0, true],
    ]);
  });
});

test.each([
  ['a', true],
  ['_a1', true],
  ['A_B', true],
  ['1a', false],
  ['a-b', false],
  ['', false],
  ['a\n', false],
])('%j is a name of a variable: %s', (text, expected) => {
  expect(isVariableName(text)).toBe(expected);
});
