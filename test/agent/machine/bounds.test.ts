import { describe, expect, test } from 'vitest';
import { createMachineBench, INTERRUPTED } from './machine-bench.ts';

describe('thirty thousand commands', () => {
  test('one after the other leave ten thousand ids and about as many replies', () => {
    const bench = createMachineBench();
    bench.start();
    for (let n = 0; n < 30_000; n += 1) {
      bench.command(`c${n}`, 'FOO');
      bench.ended();
    }
    const before = bench.replies.length;
    bench.command('q1', '_report', ['0']);
    expect(bench.replies.length - before).toBeLessThanOrEqual(11_001);
    expect(bench.command('c29999', 'FOO')).toContain('result c29999 ok 0');
    expect(bench.command('c15000', 'FOO')).toContain('run fooFunction for c15000');
  });

  test('at once: ten thousand wait, the others are refused; each of them is answered', () => {
    const bench = createMachineBench();
    bench.start();
    bench.command('c0', 'START');
    const refusals = [];
    for (let n = 1; n <= 30_000; n += 1) {
      const [answer = ''] = bench.command(`c${n}`, 'UNKNOWN');
      if (answer !== `ack c${n}`) refusals.push(answer);
    }
    expect(refusals).toHaveLength(20_000);
    expect(refusals[0]).toBe('refuse c10001 not-ready: ten thousand commands are waiting already');
    const told = bench.ended();
    expect(told.filter((line) => line.startsWith('result'))).toHaveLength(10_001);
  });

  test('in plain text: ten thousand wait, the others are ignored, and that is said', () => {
    const bench = createMachineBench();
    bench.start();
    bench.text('START');
    let ignored = 0;
    for (let n = 0; n < 30_000; n += 1) {
      const [told] = bench.text('FOO');
      if (told === 'warn: ignored the plain text "FOO": ten thousand commands are waiting already')
        ignored += 1;
    }
    expect(ignored).toBe(20_000);
  });

  test('STOP finds room however long the line is, and TERMINATE however many STOPs wait', () => {
    const bench = createMachineBench();
    bench.start();
    bench.command('c0', 'START');
    for (let n = 1; n <= 10_000; n += 1) bench.command(`c${n}`, 'FOO');
    expect(bench.command('stop', 'STOP')).toHaveLength(10_002);
    for (let n = 1; n <= 9999; n += 1) expect(bench.command(`s${n}`, 'STOP', ['x'])).toEqual([`ack s${n}`]);
    expect(bench.command('s10000', 'STOP', ['x'])).toEqual([
      'refuse s10000 not-ready: ten thousand commands are waiting already',
    ]);
    expect(bench.command('end', 'TERMINATE')).toHaveLength(10_001);
    bench.ended(INTERRUPTED);
    expect(bench.cleared()).toContain('exit');
  });
});

test('commands of a megabyte each: twenty wait, the others are refused, and STOP makes room', () => {
  const bench = createMachineBench();
  bench.start();
  bench.command('c0', 'START');
  const args = ['x'.repeat(1_000_000)];
  for (let n = 1; n <= 20; n += 1) expect(bench.command(`c${n}`, 'FOO', args)).toEqual([`ack c${n}`]);
  const reason = 'commands of 20 MB are waiting already';
  expect(bench.command('c21', 'FOO', args)).toEqual([`refuse c21 not-ready: ${reason}`]);
  expect(bench.text('FOO')).toEqual([`warn: ignored the plain text "FOO": ${reason}`]);
  expect(bench.command('stop', 'STOP')).toHaveLength(22);
  expect(bench.command('c22', 'FOO', args)).toEqual(['ack c22']);
  bench.ended(INTERRUPTED);
  bench.ended();
  expect(bench.cleared()).toContain('result stop ok 0');
  expect(bench.ended()).toContain('result c22 ok 0');
});

test('a verb of a megabyte is no line of the log, nor a status', () => {
  const bench = createMachineBench();
  bench.start();
  bench.command('lease', '_lease', ['me@lab', '0'], { run: 'r1' });
  const verb = '😀'.repeat(250_000);
  const told = bench.text(verb);
  expect(told.some((line) => line.startsWith(`warn: plain text "${'😀'.repeat(40)}" taken`))).toBe(true);
  for (const line of told) expect(line.length).toBeLessThan(200);
});

test('a hundred thousand updates of one command are not all kept, its acknowledgement is', () => {
  const bench = createMachineBench();
  bench.start();
  bench.command('c1', 'START');
  for (let n = 0; n < 100_000; n += 1) {
    bench.handle({ kind: 'script-updated', commandId: 'c1', text: String(n) });
  }
  const before = bench.replies.length;
  const again = bench.command('c1', 'START');
  expect(bench.replies.length - before).toBeLessThanOrEqual(11_001);
  expect(again[0]).toBe('ack c1');
  expect(again.at(-1)).toBe('update c1: 99999');
});

test('what is remembered goes by age, too, however quiet it is', () => {
  const bench = createMachineBench();
  bench.start();
  for (let n = 0; n < 5000; n += 1) {
    bench.command(`c${n}`, 'FOO');
    bench.ended();
  }
  bench.pass(11 * 60_000);
  expect(bench.command('q1', '_report', ['0'])).toEqual(['report q1: FOO-DONE, lease free, unfinished none']);
});
