import { expect, test } from 'vitest';
import { createId } from '../../src/base/index.ts';

test('every id is a new UUID, version 4', () => {
  const ids = Array.from({ length: 1000 }, createId);
  expect(new Set(ids).size).toBe(ids.length);
  for (const id of ids)
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});
