import { expect, test } from 'vitest';
import { type Happening, report, runStarted, stepsOf } from './story.ts';

const steps = stepsOf(
  'WAITFOR server,client1,client2 ALIVE',
  'SEND client1,client2 START CLIENT 10.0.0.1 5201 5',
  'WAITFOR client1,client2 MEASURED',
  'SEND * STOP',
);
const [alive, start, measured, stop] = steps;
const begin: Happening[] = [
  runStarted(steps),
  [2, { type: 'nodes-resolved', expression: '*', nodes: ['server', 'client1', 'client2'] }],
  [2, { type: 'nodes-resolved', expression: 'client1', nodes: ['client1'] }],
  [
    20,
    { type: 'node-changed', node: 'client1', state: 'silent', detail: 'it has an INFO but does not answer' },
  ],
  [30, { type: 'node-changed', node: 'client1', state: 'alive', detail: '' }],
  [31, { type: 'node-changed', node: 'client2', state: 'alive', detail: '' }],
  [40, { type: 'step-started', step: alive }],
  [350, { type: 'step-finished', step: alive, verdict: 'passed', problems: [], tookMs: 310 }],
  [350, { type: 'step-started', step: start }],
  [351, { type: 'command-sent', node: 'client1', commandId: 'c1', text: 'START CLIENT 10.0.0.1 5201 5' }],
  [352, { type: 'command-sent', node: 'client2', commandId: 'c2', text: 'START CLIENT 10.0.0.1 5201 5' }],
  [360, { type: 'command-acknowledged', node: 'client1', commandId: 'c1' }],
  [361, { type: 'command-acknowledged', node: 'client2', commandId: 'c2' }],
  [362, { type: 'step-finished', step: start, verdict: 'passed', problems: [], tookMs: 12 }],
  [362, { type: 'step-started', step: measured }],
];

test('a run that passes', () => {
  const output = report('plain', [
    ...begin,
    [
      900,
      {
        type: 'output-received',
        node: 'client1',
        commandId: 'c1',
        stream: 'stdout',
        lines: ['Connecting', 'to 10.0.0.1'],
      },
    ],
    [950, { type: 'output-received', node: 'server', stream: 'stderr', lines: ['iperf3: warning'] }],
    [5400, { type: 'update-reported', node: 'client1', commandId: 'c1', text: '9.41 Gbit/s' }],
    [5401, { type: 'status-reported', node: 'client1', commandId: 'c1', text: 'MEASURED' }],
    [
      5402,
      {
        type: 'command-finished',
        node: 'client1',
        commandId: 'c1',
        text: 'START CLIENT 10.0.0.1 5201 5',
        end: 'ok',
        code: 0,
        warnings: [],
        tookMs: 5050,
      },
    ],
    [5500, { type: 'update-reported', node: 'client2', commandId: 'c2', text: '941 Mbit/s' }],
    [
      5501,
      {
        type: 'command-finished',
        node: 'client2',
        commandId: 'c2',
        text: 'START CLIENT 10.0.0.1 5201 5',
        end: 'ok',
        code: 0,
        warnings: [],
        tookMs: 5150,
      },
    ],
    [5502, { type: 'step-finished', step: measured, verdict: 'passed', problems: [], tookMs: 5140 }],
    [5502, { type: 'step-started', step: stop }],
    [5510, { type: 'step-finished', step: stop, verdict: 'passed', problems: [], tookMs: 8 }],
    [5520, { type: 'run-finished', verdict: 'passed', problems: [], tookMs: 5520 }],
  ]);
  expect(output).toMatchInlineSnapshot(`
    "[  0.0s]   wifi.playbook: 4 steps, mqtt://127.0.0.1:1883
                 run 6f1c2b9e of ci@lab
    [  0.0s] · * is server, client1, client2 (3 nodes)
    [  0.3s] ✓ 1/4  WAITFOR server,client1,client2 ALIVE  (310ms)
    [  0.4s] ✓ 2/4  SEND client1,client2 START CLIENT 10.0.0.1 5201 5  (12ms)
    [  0.9s]   client1 │ Connecting
    [  0.9s]   client1 │ to 10.0.0.1
    [  0.9s]    server ! iperf3: warning
    [  5.4s] → client1: 9.41 Gbit/s
    [  5.5s] → client2: 941 Mbit/s
    [  5.5s] ✓ 3/4  WAITFOR client1,client2 MEASURED  (5.1s)
    [  5.5s] ✓ 4/4  SEND * STOP  (8ms)

    Recap
      node     commands  failures  time  last update
      client1         1         0  5.1s  9.41 Gbit/s
      client2         1         0  5.1s  941 Mbit/s
      server          0         0     -

    PASSED in 5.5s
    "
  `);
});

test('a run in which a command fails', () => {
  const story: Happening[] = [
    ...begin,
    [5400, { type: 'update-reported', node: 'client1', commandId: 'c1', text: '9.41 Gbit/s' }],
    [
      5402,
      {
        type: 'command-finished',
        node: 'client1',
        commandId: 'c1',
        text: 'START CLIENT 10.0.0.1 5201 5',
        end: 'ok',
        code: 0,
        warnings: ['stopFunction returned 1: no such process'],
        tookMs: 5050,
      },
    ],
    [
      5502,
      {
        type: 'command-finished',
        node: 'client2',
        commandId: 'c2',
        text: 'START CLIENT 10.0.0.1 5201 5',
        end: 'failed',
        code: 1,
        reason: 'iperf3: error - unable to connect\nNo route to host\n',
        warnings: [],
        tookMs: 5150,
      },
    ],
    [
      5503,
      {
        type: 'step-finished',
        step: measured,
        verdict: 'failed',
        problems: [
          {
            node: 'client2',
            reason:
              'START CLIENT 10.0.0.1 5201 5 failed: iperf3: error - unable to connect\nNo route to host\n',
          },
        ],
        tookMs: 5141,
      },
    ],
    [5504, { type: 'clean-up-started', nodes: ['client1', 'client2'] }],
    [
      5600,
      { type: 'clean-up-finished', problems: [{ node: 'client2', reason: 'pid 4711 is still running' }] },
    ],
    [
      5610,
      {
        type: 'run-finished',
        verdict: 'failed',
        problems: [
          {
            node: 'client2',
            reason:
              'START CLIENT 10.0.0.1 5201 5 failed: iperf3: error - unable to connect\nNo route to host\n',
          },
          { node: 'server', reason: 'START SERVER 5201 has no result yet' },
        ],
        tookMs: 5610,
      },
    ],
  ];
  expect(report('plain', story)).toMatchInlineSnapshot(`
    "[  0.0s]   wifi.playbook: 4 steps, mqtt://127.0.0.1:1883
                 run 6f1c2b9e of ci@lab
    [  0.0s] · * is server, client1, client2 (3 nodes)
    [  0.3s] ✓ 1/4  WAITFOR server,client1,client2 ALIVE  (310ms)
    [  0.4s] ✓ 2/4  SEND client1,client2 START CLIENT 10.0.0.1 5201 5  (12ms)
    [  5.4s] → client1: 9.41 Gbit/s
    [  5.4s] ! client1: START CLIENT 10.0.0.1 5201 5 is done (5s)
                 warning: stopFunction returned 1: no such process
    [  5.5s] ✗ client2: START CLIENT 10.0.0.1 5201 5 failed with exit code 1 (5.2s)
                 iperf3: error - unable to connect
                 No route to host
    [  5.5s] ✗ 3/4  WAITFOR client1,client2 MEASURED  failed (5.1s)
                 client2: START CLIENT 10.0.0.1 5201 5 failed: iperf3: error - unable to connect | No route to host
    [  5.5s] · cleaning up on client1, client2
    [  5.6s] ! the clean-up left something behind
                 client2: pid 4711 is still running

    Recap
      node     commands  failures  time  last update
      client1         1         0  5.1s  9.41 Gbit/s
      client2         1         1  5.2s
      server          0         0     -

    FAILED (1 step failed) in 5.6s
      3/4  WAITFOR client1,client2 MEASURED
        client2: START CLIENT 10.0.0.1 5201 5 failed: iperf3: error - unable to connect | No route to host
      server: START SERVER 5201 has no result yet
    "
  `);
  expect(report('quiet', story)).toMatchInlineSnapshot(`
    "[  5.4s] → client1: 9.41 Gbit/s
    [  5.4s] ! client1: START CLIENT 10.0.0.1 5201 5 is done (5s)
                 warning: stopFunction returned 1: no such process
    [  5.5s] ✗ client2: START CLIENT 10.0.0.1 5201 5 failed with exit code 1 (5.2s)
                 iperf3: error - unable to connect
                 No route to host
    [  5.5s] ✗ 3/4  WAITFOR client1,client2 MEASURED  failed (5.1s)
                 client2: START CLIENT 10.0.0.1 5201 5 failed: iperf3: error - unable to connect | No route to host
    [  5.6s] ! the clean-up left something behind
                 client2: pid 4711 is still running

    Recap
      node     commands  failures  time  last update
      client1         1         0  5.1s  9.41 Gbit/s
      client2         1         1  5.2s
      server          0         0     -

    FAILED (1 step failed) in 5.6s
      3/4  WAITFOR client1,client2 MEASURED
        client2: START CLIENT 10.0.0.1 5201 5 failed: iperf3: error - unable to connect | No route to host
      server: START SERVER 5201 has no result yet
    "
  `);
});

test('the ends of commands', () => {
  const text = 'START';
  const ends = ['failed', 'cancelled', 'expired', 'lost', 'refused', 'not-delivered', 'ok'] as const;
  const story = ends.map(
    (end, index): Happening => [
      index,
      {
        type: 'command-finished',
        node: 'node1',
        commandId: `c${index}`,
        text,
        end,
        ...(end === 'failed' ? { code: 7 } : {}),
        ...(end === 'refused' ? { reason: 'busy: run r9 of ci@lab since 10:02' } : {}),
        warnings: [],
        tookMs: 30,
      },
    ],
  );
  expect(report('plain', story)).toMatchInlineSnapshot(`
    "[  0.0s] ✗ node1: START failed with exit code 7 (30ms)
    [  0.0s] · node1: START was cancelled (30ms)
    [  0.0s] ✗ node1: START came too late and was not run (30ms)
    [  0.0s] ✗ node1: START was lost with its agent (30ms)
    [  0.0s] ✗ node1: START was refused (30ms)
                 busy: run r9 of ci@lab since 10:02
    [  0.0s] ✗ node1: START was not delivered (30ms)
    "
  `);
});

test('of a long tail of standard error the end is shown', () => {
  const reason = Array.from({ length: 30 }, (_, line) => `line ${line + 1}`).join('\n');
  const output = report('plain', [
    [
      0,
      {
        type: 'command-finished',
        node: 'node1',
        commandId: 'c',
        text: 'START',
        end: 'failed',
        code: 1,
        reason,
        warnings: [],
        tookMs: 3,
      },
    ],
  ]);
  expect(output).toMatchInlineSnapshot(`
    "[  0.0s] ✗ node1: START failed with exit code 1 (3ms)
                 … 20 lines before
                 line 21
                 line 22
                 line 23
                 line 24
                 line 25
                 line 26
                 line 27
                 line 28
                 line 29
                 line 30
    "
  `);
});

test('presence: what endangers the run and its end, and nothing else', () => {
  const output = report('plain', [
    [
      0,
      { type: 'node-changed', node: 'node1', state: 'silent', detail: 'it has an INFO but does not answer' },
    ],
    [10, { type: 'node-changed', node: 'node1', state: 'alive', detail: '' }],
    [20, { type: 'node-changed', node: 'node1', state: 'reconnecting', detail: 'the broker says OFFLINE' }],
    [30, { type: 'node-changed', node: 'node1', state: 'alive', detail: 'it is back' }],
    [
      40,
      {
        type: 'node-changed',
        node: 'node1',
        state: 'alive',
        detail: 'a new session: the agent was started again',
      },
    ],
    [50, { type: 'node-changed', node: 'node1', state: 'lost', detail: 'nothing was heard of it for 40 s' }],
    [
      60,
      { type: 'node-changed', node: 'node2', state: 'legacy', detail: 'it answers with its STATUS alone' },
    ],
    [70, { type: 'node-changed', node: 'node3', state: 'terminated', detail: 'it has terminated' }],
    [80, { type: 'warning-given', node: 'node2', message: 'no proof of life: its ALIVE is retained' }],
    [80, { type: 'warning-given', message: 'NOISY is not a setting' }],
  ]);
  expect(output).toMatchInlineSnapshot(`
    "[  0.0s] ! node1 is reconnecting: the broker says OFFLINE
    [  0.0s] · node1: it is back
    [  0.0s] · node1: a new session: the agent was started again
    [  0.1s] ✗ node1 is lost: nothing was heard of it for 40 s
    [  0.1s] · node2 is a legacy agent: it answers with its STATUS alone
    [  0.1s] ! node2: no proof of life: its ALIVE is retained
    [  0.1s] ! NOISY is not a setting
    "
  `);
});

test('broker: at once, then less and less often, each new reason at once, and when it is back', () => {
  const refused = { type: 'broker-changed', state: 'attempt-failed', detail: 'connection refused' } as const;
  const output = report('plain', [
    [0, { ...refused, detail: 'before the run has a name' }],
    [100, { type: 'broker-changed', state: 'connected', detail: '' }],
    runStarted([]),
    ...Array.from({ length: 240 }, (_, index): Happening => [1000 + index * 500, refused]),
    [121_000, { ...refused, detail: 'no route to host' }],
    [130_000, { type: 'broker-changed', state: 'connected', detail: '' }],
    [140_000, { type: 'broker-changed', state: 'disconnected', detail: 'socket closed' }],
    [140_300, refused],
    [140_900, { type: 'broker-changed', state: 'reconnected', detail: '' }],
  ]);
  expect(output).toMatchInlineSnapshot(`
    "[  0.0s] ! the broker cannot be reached: before the run has a name; still trying
    [  0.1s] · the broker: connected after 100ms
    [  0.0s]   wifi.playbook: 0 steps, mqtt://127.0.0.1:1883
                 run 6f1c2b9e of ci@lab
    [  1.0s] ! broker mqtt://127.0.0.1:1883 cannot be reached: connection refused; still trying
    [  3.0s] ! broker mqtt://127.0.0.1:1883 cannot be reached: connection refused; still trying
    [  5.0s] ! broker mqtt://127.0.0.1:1883 cannot be reached: connection refused; still trying
    [  9.0s] ! broker mqtt://127.0.0.1:1883 cannot be reached: connection refused; still trying
    [ 17.0s] ! broker mqtt://127.0.0.1:1883 cannot be reached: connection refused; still trying
    [ 33.0s] ! broker mqtt://127.0.0.1:1883 cannot be reached: connection refused; still trying
    [ 65.0s] ! broker mqtt://127.0.0.1:1883 cannot be reached: connection refused; still trying
    [121.0s] ! broker mqtt://127.0.0.1:1883 cannot be reached: no route to host; still trying
    [130.0s] · broker mqtt://127.0.0.1:1883: connected after 2m09s
    [140.0s] ! connection to broker mqtt://127.0.0.1:1883 lost: socket closed; connecting again
    [140.3s] ! broker mqtt://127.0.0.1:1883 cannot be reached: connection refused; still trying
    [140.9s] · broker mqtt://127.0.0.1:1883: connected after 900ms
    "
  `);
});

test('a broker that does not come back is the last thing said', () => {
  const output = report('quiet', [
    runStarted(steps),
    [1000, { type: 'broker-changed', state: 'disconnected', detail: 'socket closed' }],
    [
      121_000,
      { type: 'step-finished', step: measured, verdict: 'interrupted', problems: [], tookMs: 120_500 },
    ],
    [121_000, { type: 'broker-changed', state: 'lost', detail: 'it was gone for 2m: connection refused' }],
    [121_000, { type: 'run-finished', verdict: 'broker-lost', problems: [], tookMs: 121_000 }],
  ]);
  expect(output).toMatchInlineSnapshot(`
    "[  1.0s] ! connection to broker mqtt://127.0.0.1:1883 lost: socket closed; connecting again
    [121.0s] ✗ 3/4  WAITFOR client1,client2 MEASURED  interrupted (2m01s)
    [121.0s] ✗ broker mqtt://127.0.0.1:1883 is given up: it was gone for 2m: connection refused

    Recap
      no node took part

    BROKER LOST (1 step interrupted) in 2m01s
      3/4  WAITFOR client1,client2 MEASURED
      the broker is lost: it was gone for 2m: connection refused
    "
  `);
});

test('only ASCII where the locale is not UTF-8', () => {
  const output = report(
    'plain',
    [
      ...begin,
      [
        3000,
        {
          type: 'step-waiting',
          step: measured,
          satisfied: ['client1'],
          missing: [{ node: 'client2', reason: '' }],
          waitedMs: 2640,
          timeoutMs: 300_000,
        },
      ],
      [3001, { type: 'output-received', node: 'client1', stream: 'stdout', lines: ['20 °C, \u009b31m'] }],
      [3002, { type: 'update-reported', node: 'client1', commandId: 'c1', text: '9 Gbit/s' }],
      [4000, { type: 'step-finished', step: measured, verdict: 'interrupted', problems: [], tookMs: 3640 }],
      [4001, { type: 'run-finished', verdict: 'interrupted', problems: [], tookMs: 4001 }],
    ],
    { unicode: false },
  );
  expect(output).toMatch(/^[\n -~]*$/);
  expect(output).toMatchInlineSnapshot(`
    "[  0.0s]      wifi.playbook: 4 steps, mqtt://127.0.0.1:1883
                    run 6f1c2b9e of ci@lab
    [  0.0s] -    * is server, client1, client2 (3 nodes)
    [  0.3s] ok   1/4  WAITFOR server,client1,client2 ALIVE  (310ms)
    [  0.4s] ok   2/4  SEND client1,client2 START CLIENT 10.0.0.1 5201 5  (12ms)
    [  3.0s] wait 3/4  waiting for client2 (client1 ok) 2s/300s  WAITFOR client1,client2 MEASURED
    [  3.0s]      client1 | 20 \\u{b0}C, \\u{9b}31m
    [  3.0s] =>   client1: 9 Gbit/s
    [  4.0s] FAIL 3/4  WAITFOR client1,client2 MEASURED  interrupted (3.6s)

    Recap
      node     commands  failures  time  last update
      client1         1         0     -  9 Gbit/s
      client2         1         0     -
      server          0         0     -

    INTERRUPTED (1 step interrupted) in 4s
      3/4  WAITFOR client1,client2 MEASURED
    "
  `);
});
