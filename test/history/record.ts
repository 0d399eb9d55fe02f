import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { systemClock } from '../../src/base/index.ts';
import type { RunEvent, RunEventBody } from '../../src/events/index.ts';
import {
  createRunRecorder,
  type RecorderOptions,
  type RunDocument,
  type RunRecorder,
  runDocumentSchema,
} from '../../src/history/index.ts';
import { eventsOf, type Happening, runStarted, stepsOf } from '../report/story.ts';

export const STEPS = stepsOf('SEND node1 START', 'WAITFOR node1 STARTED');
export const STARTED = runStarted(STEPS);
export const RUN_ID = '6f1c2b9e';
export const FOLDER = '20261122T100000Z-wifi-6f1c2b9e';

export interface TestRecord {
  readonly recorder: RunRecorder;
  /** What was said to be wrong. */
  readonly troubles: readonly string[];
  /** Where the playbook's relative paths start; the runs are in `runs` there. */
  readonly folder: string;
  /** Of the run. */
  path(name: string): string;
  read(name: string): string;
  document(): RunDocument;
}

/** What a recorder makes of a story, in a folder of the test. */
export function record(story: readonly Happening[], options: Partial<RecorderOptions> = {}): TestRecord {
  const folder = createFolder();
  const troubles: string[] = [];
  const recorder = createRunRecorder({
    directory: join(folder, 'runs'),
    shownDirectory: 'runs',
    playbook: { file: 'lab/wifi.playbook', source: 'SEND node1 START\n' },
    variables: new Map([['seconds', '5']]),
    configuration: [{ key: 'MQTT_TOPIC', value: 'testlab', origin: 'default' }],
    local: false,
    version: '0.1.0',
    workingDirectory: folder,
    exitCodeOf: (verdict) => (verdict === 'passed' ? 0 : 1),
    clock: systemClock,
    onTrouble: (message) => troubles.push(message),
    ...options,
  });
  for (const event of eventsOf(story)) recorder.onEvent(event);
  const path = (name: string): string => join(options.directory ?? join(folder, 'runs'), FOLDER, name);
  const read = (name: string): string => readFileSync(path(name), 'utf8');
  return {
    recorder,
    troubles,
    folder,
    path,
    read,
    document: () => runDocumentSchema.parse(JSON.parse(read('run.json'))),
  };
}

export function createFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'history-'));
  onTestFinished(() => {
    chmodSync(folder, 0o700);
    rmSync(folder, { recursive: true });
  });
  return folder;
}

export function output(node: string, ...lines: readonly string[]): Happening {
  return [10, { type: 'output-received', node, stream: 'stdout', lines }];
}

export const passed: Happening = [
  900,
  { type: 'run-finished', verdict: 'passed', problems: [], tookMs: 900 },
];

export function eventOf(elapsedMs: number, body: RunEventBody): RunEvent {
  const [event] = eventsOf([[elapsedMs, body]]);
  if (!event) throw new Error('one happening is one event');
  return event;
}
