import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { runDocumentSchema } from '../../src/history/index.ts';

const page = readFileSync(new URL('../../docs/reference/run-folder.md', import.meta.url), 'utf8');
const [, fields = ''] = page.split('\n## run.json\n');
const rows = [...fields.matchAll(/^\| `(\w+)` \| (.*) \|$/gm)].map(([, field = '', text = '']) => ({
  field,
  text,
}));

it('the page has every field of run.json, in its order, and no other', () => {
  expect(rows.map(({ field }) => field)).toEqual(Object.keys(runDocumentSchema.shape));
});

it.each(rows.filter(({ text }) => text.includes('`{')))('$field: what is inside', ({ field, text }) => {
  const said = [...text.matchAll(/`\{([\w, ]+)\}`/g)].map(([, names = '']) => names.split(', '));
  expect(said.toSorted(bySize)).toEqual(shapesIn(schemaOf(field)).toSorted(bySize));
});

function schemaOf(field: string): unknown {
  return Object.entries(runDocumentSchema.shape).find(([name]) => name === field)?.[1];
}

interface Definition {
  readonly shape?: Readonly<Record<string, unknown>>;
  readonly element?: unknown;
  readonly innerType?: unknown;
}

/** The names in each object of a schema; how a step is written, and a start, is with the events. */
function shapesIn(schema: unknown): string[][] {
  const { shape, element, innerType } = (schema as { def: Definition }).def;
  if (shape) {
    const inside = Object.entries(shape).filter(
      ([name]) => name !== 'problems' && name !== 'starts' && name !== 'step',
    );
    return [Object.keys(shape), ...inside.flatMap(([, each]) => shapesIn(each))];
  }
  return element || innerType ? shapesIn(element ?? innerType) : [];
}

function bySize(a: readonly string[], b: readonly string[]): number {
  return b.length - a.length;
}
