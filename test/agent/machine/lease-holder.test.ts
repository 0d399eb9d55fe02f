import { describe, expect, test } from 'vitest';
import { LeaseHolder, parseLeaseRequest } from '../../../src/agent/machine/lease-holder.ts';

const REQUEST = { run: 'r1', owner: 'ci@lab', ttlMs: 15_000, takeOver: false };
const at = (mono: number) => ({ mono, wall: Date.UTC(2026, 0, 1) + mono });

describe('the holder', () => {
  test('is free for everybody, then for its run alone', () => {
    const lease = new LeaseHolder();
    expect([lease.isFreeFor('r1'), lease.isFreeFor(undefined), lease.lease]).toEqual([true, true, null]);
    lease.grant(REQUEST, at(0));
    expect([lease.isFreeFor('r1'), lease.isFreeFor('r2'), lease.isFreeFor(undefined)]).toEqual([
      true,
      false,
      false,
    ]);
    expect(lease.describe()).toBe('BUSY r1 ci@lab since 2026-01-01T00:00:00Z');
  });

  test('lapses at its time, once, unless its own run renews it', () => {
    const lease = new LeaseHolder();
    lease.grant(REQUEST, at(0));
    lease.renew('r1', at(10_000));
    lease.renew('r2', at(20_000));
    lease.renew(undefined, at(20_000));
    expect(lease.expiresAt).toBe(25_000);
    expect(lease.lapse(at(24_999))).toBeUndefined();
    expect(lease.lapse(at(25_000))).toMatchObject({ run: 'r1', owner: 'ci@lab', ttlMs: 15_000 });
    expect(lease.lapse(at(25_001))).toBeUndefined();
    expect(lease.describe()).toBe('free');
  });

  test('without a time to live never lapses', () => {
    const lease = new LeaseHolder();
    lease.grant({ ...REQUEST, ttlMs: 0 }, at(0));
    expect(lease.expiresAt).toBeUndefined();
    expect(lease.lapse(at(1e12))).toBeUndefined();
  });

  test('is given back by its own run only', () => {
    const lease = new LeaseHolder();
    lease.grant(REQUEST, at(0));
    lease.release('r2');
    lease.release(undefined);
    expect(lease.run).toBe('r1');
    lease.release('r1');
    expect(lease.run).toBeUndefined();
  });
});

test.each([
  { args: ['ci', '15000'], takeOver: false },
  { args: ['ci', '15000', 'take-over'], takeOver: true },
  { args: ['ci', '15000', 'please'], takeOver: false },
])('$args is a request', ({ args, takeOver }) => {
  expect(parseLeaseRequest('r1', args)).toEqual({ run: 'r1', owner: 'ci', ttlMs: 15_000, takeOver });
});
