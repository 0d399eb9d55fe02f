import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ReplyStream } from '../../../src/run/node/reply-stream.ts';

describe('ReplyStream', () => {
  it('begins anywhere: what was before is not missing', () => {
    const stream = new ReplyStream(41);
    expect(stream.missingAfter).toBeUndefined();
    expect(stream.last).toBe(41);
    expect(stream.receive(41)).toBe(false);
    expect(stream.receive(42)).toBe(true);
    expect(stream.missingAfter).toBeUndefined();
  });

  it('counts each number once', () => {
    const stream = new ReplyStream(0);
    expect([1, 1, 3, 3, 2, 2, 1].map((seq) => stream.receive(seq))).toEqual([
      true,
      false,
      true,
      false,
      true,
      false,
      false,
    ]);
  });

  it('notices a hole by a later number, and its end', () => {
    const stream = new ReplyStream(0);
    stream.receive(1);
    stream.receive(4);
    expect(stream.missingAfter).toBe(1);
    stream.receive(2);
    expect(stream.missingAfter).toBe(2);
    stream.receive(3);
    expect(stream.missingAfter).toBeUndefined();
  });

  it('notices a hole by an announcement', () => {
    const stream = new ReplyStream(3);
    stream.announce(5);
    expect(stream.missingAfter).toBe(3);
    expect(stream.last).toBe(5);
    stream.announce(2);
    expect(stream.last).toBe(5);
  });

  it('gives up what was not sent again, and says how much that is', () => {
    const stream = new ReplyStream(0);
    stream.announce(10);
    stream.receive(7);
    stream.receive(9);
    expect(stream.giveUp(10)).toBe(8);
    expect(stream.missingAfter).toBeUndefined();
    expect(stream.receive(8)).toBe(false);
    expect(stream.receive(11)).toBe(true);
  });

  it('gives up no more than is said to be gone', () => {
    const stream = new ReplyStream(0);
    stream.announce(10);
    stream.receive(3);
    stream.receive(5);
    expect(stream.giveUp(4)).toBe(3);
    expect(stream.missingAfter).toBe(5);
    expect(stream.receive(4)).toBe(false);
    expect(stream.receive(6)).toBe(true);
    expect(stream.giveUp(20)).toBe(4);
    expect(stream.missingAfter).toBeUndefined();
  });

  it('counts each missing number once', () => {
    const stream = new ReplyStream(0);
    for (const seq of [1, 4, 6]) stream.receive(seq);
    expect(stream.countMissing()).toBe(3);
    expect(stream.countMissing()).toBe(0);
    stream.announce(8);
    expect(stream.countMissing()).toBe(2);
  });

  it('does not remember more beyond a hole than an agent could still send again', () => {
    const stream = new ReplyStream(0);
    for (let seq = 2; seq <= 10_002; seq += 1) stream.receive(seq);
    expect(stream.missingAfter).toBeUndefined();
    expect(stream.receive(10_003)).toBe(true);
  });

  it('has every number once and no hole, in whatever order they come and however often', () => {
    fc.assert(
      fc.property(
        fc.nat(50),
        fc.integer({ min: 1, max: 40 }).chain((count) =>
          fc.tuple(
            fc.shuffledSubarray(
              Array.from({ length: count }, (_, index) => index + 1),
              { minLength: count },
            ),
            fc.array(fc.integer({ min: 1, max: count })),
          ),
        ),
        (start, [order, repeats]) => {
          const stream = new ReplyStream(start);
          const counted = [...order, ...repeats].filter((number) => stream.receive(start + number));
          expect([...counted].sort((a, b) => a - b)).toEqual([...order].sort((a, b) => a - b));
          expect(stream.missingAfter).toBeUndefined();
        },
      ),
    );
  });
});
