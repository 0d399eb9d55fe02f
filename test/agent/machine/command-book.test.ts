import { expect, test } from 'vitest';
import { CommandBook } from '../../../src/agent/machine/command-book.ts';

const KEPT_MS = 600_000;

test('an id is known from its beginning until ten minutes after its end', () => {
  const book = new CommandBook();
  expect(book.knows('a')).toBe(false);
  book.begin('a');
  expect([book.knows('a'), book.isUnfinished('a')]).toEqual([true, true]);
  book.end('a', 1000);
  expect([book.knows('a'), book.isUnfinished('a')]).toEqual([true, false]);
  book.begin('b');
  book.end('b', 1000 + KEPT_MS - 1);
  expect(book.knows('a')).toBe(true);
  book.begin('c');
  book.end('c', 1000 + KEPT_MS);
  expect([book.knows('a'), book.knows('b')]).toEqual([false, true]);
});

test('an unfinished id is never forgotten', () => {
  const book = new CommandBook();
  book.begin('running');
  book.begin('other');
  book.end('other', 100 * KEPT_MS);
  expect(book.unfinished).toEqual(['running']);
});

test('at most ten thousand finished ids are remembered, the latest', () => {
  const book = new CommandBook();
  for (let n = 0; n < 30_000; n += 1) {
    book.begin(`id${n}`);
    book.end(`id${n}`, n);
  }
  expect(book.size).toBe(10_000);
  expect([book.knows('id19999'), book.knows('id20000')]).toEqual([false, true]);
});
