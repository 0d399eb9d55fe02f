import { expect, it, onTestFinished } from 'vitest';
import { createLab, type Run } from './lab.ts';

/** A run whose broker hands out all output so many milliseconds late: `[]` never. */
async function runWith(late: readonly number[]): Promise<Run> {
  const lab = createLab(({ kind, topic }) => (kind === 'deliver' && topic.endsWith('/OUTPUT') ? late : [0]));
  onTestFinished(() => lab.close());
  lab.agent('node1');
  const run = lab.run('SEND node1 START\nWAITFOR node1 STARTED');
  expect(await run.end()).toBe('passed');
  return run;
}

it('is waited for when the result has overtaken it', async () => {
  const run = await runWith([800]);
  const [result, output, end] = run.events
    .map(({ type }) => type)
    .filter((type) => ['command-finished', 'output-received', 'run-finished'].includes(type));
  expect([result, output, end]).toEqual(['command-finished', 'output-received', 'run-finished']);
  expect(run.all('output-received')).toMatchObject([{ node: 'node1', lines: ['started'] }]);
  expect(run.all('warning-given')).toEqual([]);
});

it('is given up after a second, and that is said', async () => {
  const run = await runWith([]);
  expect(run.all('output-received')).toEqual([]);
  expect(run.all('warning-given')).toMatchObject([
    { node: 'node1', message: 'the end of its output was lost on the way' },
  ]);
});
