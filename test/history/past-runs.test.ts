import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { RunEvent } from '../../src/events/index.ts';
import {
  findRun,
  listRuns,
  planPruning,
  readEvents,
  removeRun,
  standingOf,
} from '../../src/history/index.ts';
import { eventsOf } from '../report/story.ts';
import { createFolder, FOLDER, passed, record, STARTED } from './record.ts';

const HOUR_MS = 3_600_000;

/** Runs that began so many hours after midnight. */
function runsAt(...hours: readonly number[]): string {
  const { folder, read } = record([STARTED, passed]);
  const directory = join(folder, 'many');
  for (const hour of hours) {
    const time = `2026-11-22T${String(hour).padStart(2, '0')}:00:00.000Z`;
    const id = `${hour}abc-def`;
    const name = `20261122T${String(hour).padStart(2, '0')}0000Z-p-${String(hour).padStart(8, '0')}`;
    mkdirSync(join(directory, name), { recursive: true });
    const document = { ...JSON.parse(read('run.json')), id, startedAt: time };
    writeFileSync(join(directory, name, 'run.json'), JSON.stringify(document));
  }
  return directory;
}

it('where nothing was recorded yet there is no run', () => {
  expect(listRuns(join(createFolder(), 'runs'))).toEqual({ runs: [], others: [] });
});

it('lists runs in the order in which they began, and names what is none', () => {
  const directory = runsAt(3, 1, 2);
  mkdirSync(join(directory, 'notes'));
  writeFileSync(join(directory, FOLDER), 'a file');
  mkdirSync(join(directory, '20261122T100000Z-empty-00000000'));
  mkdirSync(join(directory, '20261122T100000Z-broken-00000000'));
  writeFileSync(join(directory, '20261122T100000Z-broken-00000000/run.json'), '{"v":1,"id":7}');
  mkdirSync(join(directory, '20261122T100000Z-later-00000000'));
  writeFileSync(join(directory, '20261122T100000Z-later-00000000/run.json'), '{"v":2}');
  symlinkSync(join(directory, 'notes'), join(directory, '20261122T100000Z-link-00000000'));
  const { runs, others } = listRuns(directory);
  expect(runs.map(({ document }) => document.id)).toEqual(['1abc-def', '2abc-def', '3abc-def']);
  expect(Object.fromEntries(others.map(({ name, reason }) => [name, reason]))).toEqual({
    notes: 'it is no run folder',
    [FOLDER]: 'it is no run folder',
    '20261122T100000Z-link-00000000': 'it is no run folder',
    '20261122T100000Z-empty-00000000': expect.stringMatching(/^its run.json cannot be read: ENOENT/),
    '20261122T100000Z-broken-00000000': expect.stringMatching(/^its run.json is broken: id: /),
    '20261122T100000Z-later-00000000': 'its run.json is of another version',
  });
});

it('finds runs by how their id or folder begins', () => {
  const list = listRuns(runsAt(1, 2, 12));
  const idsOf = (prefix: string) => findRun(list, prefix).map(({ document }) => document.id);
  expect(idsOf('1')).toEqual(['1abc-def', '12abc-def']);
  expect(idsOf('2a')).toEqual(['2abc-def']);
  expect(idsOf('12a')).toEqual(['12abc-def']);
  expect(idsOf('20261122T02')).toEqual(['2abc-def']);
  expect(idsOf('x')).toEqual([]);
});

it('a run runs while its process lives, and is incomplete when it does not', () => {
  const { folder, path } = record([STARTED]);
  const standing = () => listRuns(join(folder, 'runs')).runs.map(standingOf);
  const change = (mark: object): void => {
    const document = JSON.parse(readFileSync(path('run.json'), 'utf8'));
    writeFileSync(
      path('run.json'),
      JSON.stringify({ ...document, process: { ...document.process, ...mark } }),
    );
  };
  expect(standing()).toEqual(['running']);
  // Another process has the pid now.
  change({ startMark: 'earlier' });
  expect(standing()).toEqual(['incomplete']);
  change({ host: 'another' });
  expect(standing()).toEqual(['elsewhere']);
});

it('the events of a killed run are read up to its half line', async () => {
  const story = [STARTED, passed];
  const { path } = record(story);
  writeFileSync(path('events.ndjson'), `${readFileSync(path('events.ndjson'), 'utf8')}{"type":"warning-gi`);
  const events: RunEvent[] = [];
  for await (const event of readEvents(path(''))) events.push(event);
  expect(events).toEqual(eventsOf(story));
});

it('prunes all but the latest, or the old ones', () => {
  const { runs } = listRuns(runsAt(1, 2, 3));
  const now = Date.UTC(2026, 10, 22, 4);
  const doomed = (pruning: Parameters<typeof planPruning>[1]) =>
    planPruning(runs, pruning, now).map(({ document }) => document.id);
  expect(doomed({ kind: 'keep', runs: 1 })).toEqual(['1abc-def', '2abc-def']);
  expect(doomed({ kind: 'keep', runs: 5 })).toEqual([]);
  expect(doomed({ kind: 'keep', runs: 0 })).toHaveLength(3);
  expect(doomed({ kind: 'older-than', ageMs: 2.5 * HOUR_MS })).toEqual(['1abc-def']);
});

it('what runs, or may run on another machine, is not pruned; what was killed is', () => {
  const { folder, path } = record([STARTED]);
  const doomed = () =>
    planPruning(listRuns(join(folder, 'runs')).runs, { kind: 'keep', runs: 0 }, Date.now());
  expect(doomed()).toEqual([]);
  const document = JSON.parse(readFileSync(path('run.json'), 'utf8'));
  const as = (mark: object): void =>
    writeFileSync(
      path('run.json'),
      JSON.stringify({ ...document, process: { ...document.process, ...mark } }),
    );
  as({ host: 'another' });
  expect(doomed()).toEqual([]);
  as({ startMark: 'earlier' });
  expect(doomed()).toHaveLength(1);
});

it('removing one does not follow its links', async () => {
  const outside = createFolder();
  writeFileSync(join(outside, 'precious'), '');
  const { folder, path } = record([STARTED, passed]);
  symlinkSync(outside, path('link'));
  const [run] = listRuns(join(folder, 'runs')).runs;
  if (!run) throw new Error('it is there');
  await removeRun(run);
  expect(listRuns(join(folder, 'runs'))).toEqual({ runs: [], others: [] });
  expect(readFileSync(join(outside, 'precious'), 'utf8')).toBe('');
});
