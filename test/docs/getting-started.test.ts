import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createLab, type Lab, SCRIPT } from '../run/lab.ts';

const page = readFileSync(new URL('../../docs/guides/getting-started.md', import.meta.url), 'utf8');

let lab: Lab;
beforeEach(() => {
  lab = createLab();
});
afterEach(() => lab.close());

test('the variables of the run are shown as the tool shows them', async () => {
  const [sets = ''] = /^(?:SET .*\n)+/m.exec(page) ?? [];
  const [command = ''] = /^\.\.\/orchestrate -p download\.playbook --var .*$/m.exec(page) ?? [];
  const variables = new Map(
    [...command.matchAll(/--var (\w+)=(\S+)/g)].map(([, name = '', value = '']) => [name, value]),
  );
  const run = lab.run(sets, { variables });
  expect(await run.end()).toBe('passed');
  const shown = [...page.matchAll(/^\[.*\] ✓ +\d+\/12 {2}(SET .*) {2}\(\d+ms\)$/gm)].map(
    ([, title]) => title,
  );
  expect(shown).toEqual(run.all('step-finished').map(({ step }) => step.text));
});

test('so is what is said of a node that another run has', async () => {
  lab.agent('node2', SCRIPT);
  const first = lab.run('SEND node2 START\nWAIT 60s');
  await first.until('step-started', ({ step }) => step.index === 1);
  const second = lab.run('SEND node2 START 8000');
  expect(await second.end()).toBe('unreachable');
  const said = second.all('step-finished').flatMap(({ problems }) => problems);
  const [, shown = ''] = /^ +node2: (it refused START 8000: .*)$/m.exec(page) ?? [];
  expect(said.map(({ reason }) => withoutNames(reason))).toEqual([withoutNames(shown)]);
});

/** Run, owner and time are others each time. */
function withoutNames(reason: string): string {
  return reason.replace(/BUSY \S+ \S+ since [^\s;]+/, 'BUSY');
}
