import type { RunEventBody } from '../../src/events/index.ts';

type Examples = { readonly [T in RunEventBody['type']]: Extract<RunEventBody, { type: T }> };

const step = { index: 4, kind: 'waitfor', line: 12, text: 'WAITFOR client1,client2 MEASURED' };
const problems = [{ node: 'client2', reason: 'START CLIENT 10.0.0.1 5201 5 failed: No route to host' }];
const commandId = '3f0a7c52-9a35-4d3e-8a55-0d6f1f3b2a10';

/** One event of each type with every field it can have, in the order of the page. The compiler misses none. */
export const EXAMPLES: Examples = {
  'run-started': {
    type: 'run-started',
    playbook: 'wifi.playbook',
    broker: 'mqtt://127.0.0.1:1883',
    owner: 'ci@lab',
    steps: [step],
  },
  'nodes-resolved': { type: 'nodes-resolved', expression: '@clients', nodes: ['client1', 'client2'] },
  'broker-changed': { type: 'broker-changed', state: 'attempt-failed', detail: 'connection refused' },
  'node-changed': {
    type: 'node-changed',
    node: 'client2',
    state: 'lost',
    detail: 'nothing was heard of it for 40 s',
    readsTextOnly: true,
    version: '0.1.0',
  },
  'step-started': { type: 'step-started', step },
  'step-waiting': {
    type: 'step-waiting',
    step,
    satisfied: ['client1'],
    missing: [{ node: 'client2', reason: 'START CLIENT 10.0.0.1 5201 5 is under way' }],
    waitedMs: 4000,
    timeoutMs: 300_000,
  },
  'step-finished': { type: 'step-finished', step, verdict: 'failed', problems, tookMs: 5140 },
  'command-sent': { type: 'command-sent', node: 'client2', commandId, text: 'START CLIENT 10.0.0.1 5201 5' },
  'command-acknowledged': { type: 'command-acknowledged', node: 'client2', commandId },
  'command-finished': {
    type: 'command-finished',
    node: 'client2',
    commandId,
    text: 'START CLIENT 10.0.0.1 5201 5',
    end: 'failed',
    code: 1,
    reason: 'iperf3: error - unable to connect: No route to host',
    warnings: ['the shell was replaced'],
    tookMs: 5150,
  },
  'status-reported': { type: 'status-reported', node: 'client1', commandId, text: 'MEASURED' },
  'update-reported': { type: 'update-reported', node: 'client1', commandId, text: '9.41 Gbit/s' },
  'output-received': {
    type: 'output-received',
    node: 'client1',
    commandId,
    stream: 'stdout',
    lines: ['Connecting to host 10.0.0.1, port 5201'],
  },
  'file-received': {
    type: 'file-received',
    port: 6000,
    file: 'server.log',
    outcome: 'failed',
    bytes: 40960,
    reason: 'node1 sent 65536 bytes, 40960 arrived',
  },
  'sync-measured': {
    type: 'sync-measured',
    step: { index: 5, kind: 'sync', line: 13, text: 'SYNC client1,client2,client3 START 5; GO MAXSKEW 5ms' },
    plannedAt: '2026-11-22T10:00:04.918Z',
    starts: [
      { node: 'client1', started: true, afterMs: 0.21, uncertaintyMs: 0.72, stampedBy: 'shell' },
      { node: 'client2', started: true, afterMs: 2.93, uncertaintyMs: 0.68, stampedBy: 'agent' },
      { node: 'client3', started: false, reason: 'it was lost' },
    ],
    skewMs: 2.72,
    clocksMs: 1.4,
    likelyClocksMs: 0.6,
    budgetMs: 5,
    attempts: 1,
    verdict: 'failed',
  },
  'warning-given': {
    type: 'warning-given',
    node: 'router',
    message: 'no proof of life: its ALIVE is retained',
  },
  'clean-up-started': { type: 'clean-up-started', nodes: ['client1', 'client2'] },
  'clean-up-finished': { type: 'clean-up-finished', problems: [] },
  'run-finished': { type: 'run-finished', verdict: 'failed', problems, tookMs: 5610 },
};
