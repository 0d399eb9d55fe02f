import { expect, test } from 'vitest';
import { psTable } from '../../../src/process/index.ts';
import { createTestShell } from './test-shell.ts';

// Where there is no /proc, `ps` tells families and start times; marks are not to be seen.
const SCRIPT = `
start() { sleep 1000 & LAST_PID=$!; value=kept; update ready; sleep 1000; echo never; }
busy() { update ready; while :; do :; done; }
check() { kill -0 "$LAST_PID" && echo "$value"; }
`;

test('a function is interrupted, its background process is not', async () => {
  const t = createTestShell(SCRIPT, { processes: psTable });
  await t.load();
  for (const name of ['start', 'busy']) {
    const outcome = t.run(name);
    const ready = t.updates.length + 1;
    await t.until(() => t.updates.length === ready);
    t.shell.interrupt();
    expect(await outcome).toMatchObject({ code: 143, interrupted: true, warnings: [] });
  }
  await t.runAs('check', 'check');
  expect(t.lines()).toEqual(expect.arrayContaining(['kept']));
  expect(t.lines()).not.toContain('never');
});

test('leftovers of the shell are found by family', async () => {
  const t = createTestShell(
    'start() { sleep 1000 & bash -c "sleep 1000 & sleep 1000" & }; jobs_left() { jobs -pr; }',
    {
      processes: psTable,
    },
  );
  await t.load();
  await t.run('start');
  expect(await t.shell.endLeftovers(new Set())).toEqual([]);
  await t.run('jobs_left');
  expect(t.lines('c2')).toEqual([]);
});
