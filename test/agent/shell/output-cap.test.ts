import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ByteTail } from '../../../src/agent/shell/byte-tail.ts';
import { HEAD_BYTES, OutputCap, TAIL_BYTES } from '../../../src/agent/shell/output-cap.ts';

test('a tail is what a buffer of everything would end with', () => {
  fc.assert(
    fc.property(
      fc.array(fc.uint8Array({ maxLength: 40 })),
      fc.integer({ min: 1, max: 30 }),
      (chunks, limit) => {
        const tail = new ByteTail(limit);
        for (const chunk of chunks) tail.push(chunk);
        const all = Buffer.concat(chunks);
        expect(tail.seenBytes).toBe(all.length);
        expect(tail.take().equals(all.subarray(Math.max(0, all.length - limit)))).toBe(true);
        expect(tail.take()).toHaveLength(0);
      },
    ),
  );
});

test('head, count and tail add up to what came', () => {
  const size = fc.integer({ min: 0, max: 3 * HEAD_BYTES });
  fc.assert(
    fc.property(fc.array(size, { maxLength: 4 }), (sizes) => {
      const all = Buffer.from({ length: sizes.reduce((sum, bytes) => sum + bytes, 0) }).map(
        (_, index) => index % 251,
      );
      const cap = new OutputCap();
      const passed: Buffer[] = [];
      let start = 0;
      for (const bytes of sizes) {
        passed.push(Buffer.from(cap.push(all.subarray(start, start + bytes))));
        start += bytes;
      }
      expect(cap.isOver).toBe(all.length > HEAD_BYTES);
      const { droppedBytes, tail } = cap.flush();
      const head = Buffer.concat(passed);
      expect(head.length + droppedBytes + tail.length).toBe(all.length);
      expect(head.length).toBeLessThanOrEqual(HEAD_BYTES);
      expect(tail.length).toBeLessThanOrEqual(TAIL_BYTES);
      expect(head.equals(all.subarray(0, head.length))).toBe(true);
      expect(tail.equals(all.subarray(all.length - tail.length))).toBe(true);
    }),
    { numRuns: 30 },
  );
});

test('after a flush it begins anew', () => {
  const cap = new OutputCap();
  cap.push(Buffer.alloc(HEAD_BYTES + 10));
  expect(cap.flush()).toMatchObject({ droppedBytes: 0 });
  expect(cap.isOver).toBe(false);
  expect(cap.push(Buffer.alloc(100))).toHaveLength(100);
});
