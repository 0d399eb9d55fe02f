import { describe, expect, test } from 'vitest';
import { tieClocks, toMonotonic } from '../../../src/agent/shell/clock-tie.ts';
import type { FunctionOutcome, FunctionStart } from '../../../src/agent/shell/shell.ts';
import { type Clock, systemClock } from '../../../src/base/index.ts';
import { createTestShell, type TestShell } from './test-shell.ts';

const PATIENCE = { timeout: 10_000, interval: 10 };

/** Runs a function soon. A machine with too much to do comes to it too late, and says so: then again, further ahead. */
async function runSoon(
  t: TestShell,
  commandId: string,
  name: string,
  ...args: readonly string[]
): Promise<FunctionOutcome & { readonly at: number }> {
  for (let aheadMs = 300; ; aheadMs *= 2) {
    const at = systemClock.now() + aheadMs;
    const outcome = await t.runAt(at, commandId, name, ...args);
    if (outcome.unbegun !== 'late' || aheadMs > 5000) return { ...outcome, at };
  }
}

/** `go` prints when it began by its own word, and counts. */
const SCRIPT = `
count=0
go() { local now=$EPOCHREALTIME; ((count += 1)); echo "$now" "$@"; }
check() { echo "$count" "$BASHPID"; }
blind() { unset EPOCHREALTIME; }
settle() { __mo_settle=100000000; }
hang() { update hanging; sleep 1000; echo never; }
quick() { :; }
fail() { return 7; }
`;

async function loadedShell(script = SCRIPT): Promise<TestShell> {
  const t = createTestShell(script);
  await t.load();
  return t;
}

/** When it began at the latest. */
function latest(start: FunctionStart | undefined): number {
  return start ? start.startedMs + start.uncertaintyMs : Number.NaN;
}

/** The clock by which the shell waits, first at ease and then on the very edge, and the one by which the agent does. */
const WAYS = [
  { way: 'by the clock of the shell', timedBy: 'shell', prepare: async () => {} },
  {
    way: 'by the clock of the shell, all of the wait on the edge',
    timedBy: 'shell',
    prepare: (t: TestShell) => t.runAs('prepare', 'settle'),
  },
  {
    way: 'by the clock of the agent',
    timedBy: 'agent',
    prepare: (t: TestShell) => t.runAs('prepare', 'blind'),
  },
] as const;

describe.each(WAYS)('a function that begins at an instant $way', ({ timedBy, prepare }) => {
  test('does so, never before, with its words; stamped', async () => {
    const t = await loadedShell();
    await prepare(t);
    t.shell.prepareStart();
    const { at, ...outcome } = await runSoon(t, 'c1', 'go', 'a b', '$x');
    expect(outcome).toMatchObject({ code: 0, interrupted: false, warnings: [] });
    expect(outcome).not.toHaveProperty('unbegun');
    expect(t.lines('c1')).toEqual([expect.stringMatching(/ a b \$x$/)]);
    const [start, ...more] = t.starts;
    expect(more).toEqual([]);
    expect(start).toMatchObject({ commandId: 'c1', stampedBy: timedBy });
    expect(latest(start)).toBeGreaterThanOrEqual(at);
    expect(start?.uncertaintyMs).toBeGreaterThan(0);
  });

  test('does not begin when it is taken back before; the shell stays as it is', async () => {
    const t = await loadedShell();
    await prepare(t);
    await t.runAs('before', 'check');
    const outcome = t.runAt(systemClock.now() + 60_000, 'c1', 'go');
    t.shell.cancelStart();
    expect(await outcome).toMatchObject({ unbegun: 'cancelled', interrupted: true, warnings: [] });
    await t.runAs('after', 'check');
    expect(t.lines('after')).toEqual(t.lines('before'));
    expect(t.starts).toEqual([]);
  });

  test('does not begin when it is interrupted before', async () => {
    const t = await loadedShell();
    await prepare(t);
    await t.runAs('before', 'check');
    const outcome = t.runAt(systemClock.now() + 60_000, 'c1', 'go');
    t.shell.interrupt();
    expect(await outcome).toMatchObject({ unbegun: 'cancelled', interrupted: true, warnings: [] });
    await t.runAs('after', 'check');
    expect(t.lines('after')).toEqual(t.lines('before'));
  });

  test('is interrupted as any other once it has begun', async () => {
    const t = await loadedShell();
    await prepare(t);
    const outcome = runSoon(t, 'c1', 'hang');
    await t.until(() => t.updates.length === 1);
    t.shell.cancelStart();
    await t.until(() => t.starts.length === 1);
    t.shell.interrupt();
    expect(await outcome).toMatchObject({ code: 143, interrupted: true, warnings: [] });
    expect(await outcome).not.toHaveProperty('unbegun');
    expect(await t.run('fail')).toMatchObject({ code: 7 });
    expect(t.lines()).not.toContain('never');
  });

  test('and ends at once is said to have begun before it is said to have ended', async () => {
    const t = await loadedShell();
    await prepare(t);
    const outcome = await runSoon(t, 'c1', 'quick').then((ended) => ({
      ...ended,
      seen: t.starts.length,
    }));
    expect(outcome).toMatchObject({ code: 0, seen: 1 });
  });

  test('taken back around its instant, again and again: it begins or does not, and nothing else is disturbed', async () => {
    const t = await loadedShell();
    await prepare(t);
    let begun = 0;
    for (let round = 0; round < 200; round += 1) {
      const at = systemClock.now() + 15;
      const offsetMs = ((round * 7) % 41) / 10 - 2;
      const outcome = t.runAt(at, `c${round}`, 'go');
      const leave = systemClock.setTimer(at + offsetMs - systemClock.now(), () =>
        round % 2 === 0 ? t.shell.cancelStart() : t.shell.interrupt(),
      );
      const { unbegun, code, interrupted, warnings } = await outcome;
      leave();
      expect(warnings).toEqual([]);
      if (unbegun === undefined) begun += 1;
      else expect(t.lines(`c${round}`)).toEqual([]);
      // An interrupted function may have begun without a line of it having been run.
      if (unbegun === undefined && !interrupted) expect(t.lines(`c${round}`)).toHaveLength(1);
      expect([0, 126, 143]).toContain(code);
      expect(await t.run('fail')).toMatchObject({ code: 7, interrupted: false, warnings: [] });
    }
    expect(t.starts).toHaveLength(begun);
    await t.runAs('last', 'check');
    expect(Number(t.lines('last').join().split(' ')[0])).toBeLessThanOrEqual(begun);
  }, 60_000);

  test('begins in another shell when the first is killed while it waits', async () => {
    const t = await loadedShell();
    await prepare(t);
    await t.runAs('before', 'check');
    const pid = Number(t.lines('before').join().split(' ')[1]);
    const at = systemClock.now() + 2000;
    const outcome = t.runAt(at, 'c1', 'go');
    // Once it reads there it waits.
    process.kill(pid, 'SIGKILL');
    expect(await outcome).toMatchObject({ code: 0, warnings: [expect.stringContaining('was replaced')] });
    expect(t.lines('c1')).toHaveLength(1);
    expect(t.starts).toHaveLength(1);
    expect(latest(t.starts[0])).toBeGreaterThanOrEqual(at);
  });
});

test('a function whose shell is lost after it began is not begun again', async () => {
  const t = await loadedShell(`${SCRIPT}\nlose() { echo x >>runs; kill -9 $$; }\nshow() { cat runs; }`);
  const outcome = await runSoon(t, 'c1', 'lose');
  expect(outcome).toMatchObject({ code: 137, warnings: [expect.stringContaining('was replaced')] });
  expect(t.starts).toHaveLength(1);
  await t.runAs('after', 'show');
  expect(t.lines('after')).toEqual(['x']);
});

test('a function that the shell comes to too late is not begun; one that is a little late is', async () => {
  const t = await loadedShell();
  expect(await t.runAt(systemClock.now() - 251, 'c1', 'go')).toMatchObject({
    code: 126,
    interrupted: false,
    unbegun: 'late',
    stderrTail: 'bash came to it more than 250 ms after its instant, so it was not begun',
  });
  const at = systemClock.now() - 1;
  for (let outcome = await late(); outcome.unbegun === 'late'; ) outcome = await late();
  expect(t.starts).toMatchObject([{ commandId: 'c2' }]);
  expect(t.starts[0]?.startedMs).toBeGreaterThan(at);

  function late(): Promise<FunctionOutcome> {
    return t.runAt(systemClock.now() - 1, 'c2', 'go');
  }
});

test('a new shell that is not there in time does not begin it', async () => {
  const t = await loadedShell(`
    if [[ -e slow ]]; then sleep 1; fi
    go() { echo never; }
    check() { : >slow; echo "$BASHPID"; }
  `);
  await t.runAs('before', 'check');
  const outcome = t.runAt(systemClock.now() + 200, 'c1', 'go');
  process.kill(Number(t.lines('before').join()), 'SIGKILL');
  expect(await outcome).toMatchObject({ unbegun: 'late' });
  expect(t.lines('c1')).toEqual([]);
});

test('the stamp of a long function comes while it runs, and is that of its first moment', async () => {
  const t = await loadedShell(`${SCRIPT}\nlong() { update "$EPOCHREALTIME"; sleep 1000; }`);
  const outcome = runSoon(t, 'c1', 'long');
  await t.until(() => t.starts.length === 1);
  const [start] = t.starts;
  const said = toMonotonic(Number(t.updates[0]?.text) * 1000, [tieClocks(systemClock, systemClock)]);
  expect((start?.startedMs ?? 0) - (start?.uncertaintyMs ?? 0)).toBeLessThanOrEqual(
    said.at + said.uncertaintyMs,
  );
  t.shell.interrupt();
  await outcome;
});

test('variables live from one function to the next, however they begin', async () => {
  const t = await loadedShell();
  await t.run('go');
  await runSoon(t, 'c9', 'go');
  await t.runAs('last', 'check');
  expect(t.lines('last').join()).toMatch(/^2 /);
});

/** What a script may do to the shell that has to wait. */
const HOSTILE: readonly (readonly [what: string, script: string])[] = [
  ['options', 'set -eu; set -o pipefail; set -f'],
  ['a locale with another decimal point', 'export LC_ALL=de_DE.UTF-8 LANG=de_DE.UTF-8'],
  ['separators of digits', 'IFS=0123456789.,'],
  [
    'functions named as built-in commands',
    'read() { :; }; printf() { :; }; eval() { :; }; local() { :; }; return() { :; }; trap() { :; }',
  ],
  ['traps', 'trap : DEBUG ERR RETURN ALRM CHLD USR1 USR2 PIPE'],
  [
    'children that end meanwhile',
    'trap : CHLD; for after in 0.05 0.1 0.15 0.2 0.25 0.3 0.5 0.7 1; do sleep "$after" & done',
  ],
  ['a time limit for read', 'TMOUT=1'],
  ['a clock of its own', 'unset EPOCHREALTIME; EPOCHREALTIME=1700000000.000000'],
  ['a clock of no form', 'unset EPOCHREALTIME; EPOCHREALTIME=noon'],
  ['no clock', 'unset EPOCHREALTIME EPOCHSECONDS'],
];

describe('a script with', () => {
  test.each(HOSTILE)('%s: its functions begin at the instant and are taken back', async (_, more) => {
    const t = await loadedShell(`
      count=0
      go() { count=$((count + 1)); builtin echo "$count $*"; }
      ${more}
    `);
    const { at, ...outcome } = await runSoon(t, 'c1', 'go', 'x');
    expect(outcome).toMatchObject({ code: 0, warnings: [] });
    expect(t.lines('c1')).toEqual(['1 x']);
    expect(latest(t.starts[0])).toBeGreaterThanOrEqual(at);
    const taken = t.runAt(systemClock.now() + 60_000, 'c2', 'go', 'never');
    t.shell.cancelStart();
    expect(await taken).toMatchObject({ unbegun: 'cancelled', warnings: [] });
    expect(await t.runAs('c3', 'go', 'y')).toMatchObject({ code: 0, warnings: [] });
    expect(t.lines('c3')).toEqual(['2 y']);
  });

  test('a clock that stands still does not begin it, and says so', async () => {
    const t = await loadedShell(`
      go() { echo never; }
      freeze() { unset EPOCHREALTIME; printf -v EPOCHREALTIME '%(%s)T.000000' -1; }
    `);
    await t.run('freeze');
    expect(await t.runAt(systemClock.now() + 500, 'c1', 'go')).toMatchObject({ unbegun: 'late' });
    expect(t.lines('c1')).toEqual([]);
  });
});

test('a shell that is told of the instant late takes every signal, and so does what it starts', async () => {
  const t = await loadedShell(
    `mask() { while read -r key value; do [[ $key != SigBlk: ]] || echo "$value"; done </proc/$BASHPID/status; }`,
  );
  for (let round = 0; round < 60; round += 1) {
    const { unbegun } = await t.runAt(systemClock.now() + (round % 30), `c${round}`, 'mask');
    expect(t.lines(`c${round}`)).toEqual(unbegun === 'late' ? [] : ['0000000000000000']);
  }
});

describe('a wall clock that is set', () => {
  /** As this agent reads it; its bash reads the real one. */
  function clockOffBy(offsetMs: () => number): Clock {
    return { ...systemClock, wallNow: () => Math.floor(systemClock.wallNow() + offsetMs()) };
  }

  test('back, while the shell waits: it does not wait for ever', async () => {
    const t = createTestShell(SCRIPT, { clock: clockOffBy(() => 3_600_000) });
    await t.load();
    expect(await t.runAt(systemClock.now() + 300, 'c1', 'go')).toMatchObject({ unbegun: 'late' });
    expect(await t.run('fail')).toMatchObject({ code: 7 });
  });

  test('shows in the uncertainty of the start', async () => {
    const at = systemClock.now() + 2000;
    const offsetMs = (): number => (systemClock.now() < at - 500 ? 0 : 80);
    const t = createTestShell(SCRIPT, { clock: clockOffBy(offsetMs) });
    await t.load();
    await t.runAt(at, 'c1', 'go');
    expect(t.starts[0]?.uncertaintyMs).toBeGreaterThanOrEqual(40);
  });
});

test('many shells of one process begin at one instant', async () => {
  const shells = await Promise.all(Array.from({ length: 8 }, () => loadedShell()));
  const at = systemClock.now() + 1500;
  for (const t of shells) t.shell.prepareStart();
  await Promise.all(shells.map((t, n) => t.runAt(at, `c${n}`, 'go')));
  for (const t of shells) {
    expect(t.starts).toHaveLength(1);
    expect(latest(t.starts[0])).toBeGreaterThanOrEqual(at);
  }
  await expect.poll(() => shells.every((t) => t.lines().length === 1), PATIENCE).toBe(true);
});
