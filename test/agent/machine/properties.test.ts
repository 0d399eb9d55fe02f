import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isLasting, type LastingReply } from '../../../src/protocol/index.ts';
import { createMachineBench, type MachineBench } from './machine-bench.ts';

type Step = (bench: MachineBench) => unknown;

const id = fc.integer({ min: 0, max: 12 }).map(String);
const run = fc.constantFrom(undefined, 'r1', 'r2');
const verb = fc.oneof(
  fc.constantFrom(
    'START',
    'STOP',
    'FOO',
    'TERMINATE',
    'SENDFILE',
    '_ping',
    '_report',
    '_lease',
    '_release',
    '_probe',
  ),
  fc.string({ minLength: 1, maxLength: 50 }),
);
const args = fc.oneof(
  fc.array(fc.string(), { maxLength: 3 }),
  fc.constantFrom(
    ['ci@lab', '1000'],
    ['eve@lab', '0', 'take-over'],
    ['0'],
    ['tcp', '5201', '70'],
    ['file', 'host', '6000', 'TRUNCATE'],
    ['5000', 'START', '5201'],
    ['60000', 'FOO'],
  ),
  // Of one that is armed, mostly.
  id.map((of) => [`c${of}`]),
);

/** What a world without manners may do to an agent, in any order: ends without beginnings, messages for others, … */
const step: fc.Arbitrary<Step> = fc.oneof(
  fc
    .record({
      id,
      verb,
      args,
      run,
      topic: fc.constantFrom('own', 'shared'),
      session: fc.constantFrom(undefined, 's1', 's0'),
      retained: fc.boolean(),
      sent: fc.integer({ min: -100_000, max: 100_000 }),
      ttlMs: fc.constantFrom(1, 30_000),
    })
    .map(
      ({ id, verb, args, ...more }): Step =>
        (bench) =>
          bench.command(
            verb.startsWith('_') && verb !== '_arm' ? `p${id}` : `c${id}`,
            verb,
            args,
            more as Parameters<MachineBench['command']>[3],
          ),
    ),
  fc.tuple(verb, args).map(
    ([verb, args]): Step =>
      (bench) =>
        bench.text(verb, ...args),
  ),
  fc
    .record({
      code: fc.integer({ min: 0, max: 255 }),
      interrupted: fc.boolean(),
      unbegun: fc.constantFrom(undefined, undefined, 'cancelled' as const, 'late' as const),
    })
    .map(
      ({ unbegun, ...outcome }): Step =>
        (bench) =>
          bench.ended({ ...outcome, ...(unbegun && { unbegun }) }),
    ),
  id.map(
    (of): Step =>
      (bench) =>
        bench.fired(`c${of}`, bench.now()),
  ),
  fc.constantFrom<Step>(
    (bench) => bench.cleared(),
    (bench) => bench.listeners('0.0.0.0:5201'),
    (bench) => bench.noListeners('no table'),
    (bench) => bench.cleared('iperf3 (77)'),
    (bench) => bench.handle({ kind: 'connected' }),
    (bench) => bench.connect(),
    (bench) => bench.handle({ kind: 'disconnected' }),
    (bench) => bench.handle({ kind: 'script-loaded', outcome: { ok: false, reason: 'no' } }),
    (bench) =>
      bench.handle({
        kind: 'script-loaded',
        outcome: { ok: true, functions: new Set(['initFunction', 'startFunction', 'fooFunction']) },
      }),
    (bench) => bench.handle({ kind: 'file-sent', sending: { kind: 'failed', reason: 'no', bytes: 0 } }),
    (bench) => bench.handle({ kind: 'script-said', commandId: 'c1', text: 'OFFLINE s1' }),
    (bench) => bench.handle({ kind: 'script-updated', commandId: 'c2', text: '' }),
    (bench) => bench.ownStatus('OFFLINE s0'),
    (bench) => bench.ownStatus('ALIVE'),
    (bench) => bench.ownInfo('s0'),
    (bench) => bench.handle({ kind: 'shutdown' }),
    (bench) => bench.handle({ kind: 'shutdown-overdue' }),
  ),
  // Sixty of these stay within the ten minutes for which replies are kept.
  fc.nat(9000).map(
    (ms): Step =>
      (bench) =>
        bench.pass(ms),
  ),
);

const usual: Step = (bench) => bench.start();

test('whatever happens: nothing is thrown, numbers have no gap, an id has one ack and one result at most', () => {
  fc.assert(
    fc.property(fc.boolean(), fc.array(step, { maxLength: 60 }), (isStarted, steps) => {
      const bench = createMachineBench();
      if (isStarted) usual(bench);
      for (const take of steps) take(bench);

      const said = new Map<number, LastingReply>();
      for (const reply of bench.replies.filter(isLasting)) {
        const { repeat: _, ...first } = reply.kind === 'status' ? reply : { ...reply, repeat: undefined };
        expect(said.get(reply.seq) ?? first).toEqual(first);
        said.set(reply.seq, first as LastingReply);
      }
      const about = [...said.values()].map(({ kind, id }) => `${kind} ${id}`);
      const once = about.filter((line) => line.startsWith('ack') || line.startsWith('result'));
      expect(once).toEqual([...new Set(once)]);
      const deadline = bench.machine.nextDeadline();
      expect(deadline === undefined || Number.isFinite(deadline)).toBe(true);
    }),
    { numRuns: 500 },
  );
});

test('every command that is accepted ends: with one result, however it came to that', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const bench = createMachineBench();
      usual(bench);
      for (const take of steps) take(bench);
      if (bench.effects.some(({ kind }) => kind === 'exit' || kind === 'fail')) return;

      bench.connect();
      bench.pass(2000);
      // What ended while the broker was gone is said now.
      bench.command('p-all', '_report', ['0']);
      bench.command('c-end', 'TERMINATE', [], { clock: 'fresh' });
      for (let n = 0; n < 20; n += 1) {
        bench.ended({ code: 143, interrupted: true });
        bench.handle({ kind: 'file-sent', sending: { kind: 'failed', reason: 'given up', bytes: 0 } });
        bench.cleared();
      }
      const results = new Set(bench.replies.flatMap((reply) => (reply.kind === 'result' ? [reply.id] : [])));
      const unanswered = bench.replies.filter(
        (reply) =>
          reply.kind === 'ack' && reply.accepted && reply.id.startsWith('c') && !results.has(reply.id),
      );
      expect(unanswered).toEqual([]);
      expect(bench.effects.at(-1)).toEqual({ kind: 'exit' });
    }),
    { numRuns: 200 },
  );
});

test('what was said is said again word for word', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), fc.nat(50), (steps, after) => {
      const bench = createMachineBench();
      usual(bench);
      for (const take of steps) take(bench);
      bench.connect();
      bench.pass(2000);
      const ask = (): unknown[] => {
        const before = bench.replies.length;
        bench.command('q', '_report', [String(after)]);
        return bench.replies.slice(before).filter(isLasting);
      };
      const first = ask();
      expect(ask()).toEqual(first);
    }),
    { numRuns: 200 },
  );
});
