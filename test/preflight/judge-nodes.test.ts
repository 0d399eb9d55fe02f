import { describe, expect, it, test } from 'vitest';
import { judgeBroker } from '../../src/preflight/judge-broker.ts';
import { judgeNodes } from '../../src/preflight/judge-nodes.ts';
import { type Needs, NO_NEEDS } from '../../src/preflight/needs.ts';
import type { Info, Inspection, NodeName } from '../../src/protocol/index.ts';
import type { SurveyedNode } from '../../src/run/index.ts';
import type { ClockEstimate } from '../../src/sync/index.ts';

const NODE1 = 'node1' as NodeName;
const INFO: Info = {
  v: 1,
  node: 'node1',
  session: '0123456789',
  version: '1.0.0',
  accepts: ['text', 'envelope', 'sync', 'inspect'],
  groups: [],
  heartbeatMs: 15_000,
  platform: 'linux x64 node 20',
};
const INSPECTION: Inspection = {
  script: { state: 'ready' },
  commands: [],
  unanswered: [],
  ports: [],
  ways: [],
  folders: [],
};
const NODE: SurveyedNode = {
  node: NODE1,
  state: 'alive',
  reason: '',
  session: '0123456789',
  info: INFO,
  lease: null,
  clock: clockOf(0.25),
  inspection: INSPECTION,
};

function clockOf(uncertaintyMs: number): ClockEstimate {
  const roundTripMs = { min: 0.4, p50: 0.5, max: 2 };
  return {
    offsetMs: 0,
    uncertaintyMs,
    lowestMs: 0,
    highestMs: 0,
    samples: 20,
    roundTripMs,
    jitterMs: 0,
  };
}

function needing(needed: Partial<Record<'verbs' | 'ports' | 'ways', readonly (string | number)[]>>): Needs {
  const { verbs = [], ports = [], ways = [] } = needed;
  const node = {
    verbs: new Set(verbs.map(String)),
    ports: new Set(ports.map(Number)),
    ways: new Map(ways.map((way) => [String(way), { host: String(way) }])),
  };
  return { ...NO_NEEDS, nodes: new Map([[NODE1, node]]) };
}

/** The rows of one check, as `outcome title: detail -> remedy`. */
function rows(
  check: string,
  node: Partial<SurveyedNode>,
  needs: Needs = NO_NEEDS,
  ...others: SurveyedNode[]
) {
  return judgeNodes([{ ...NODE, ...node }, ...others], needs, '1.0.0')
    .filter((finding) => finding.subject === 'node1' && finding.check === check)
    .map(({ outcome, title, detail, remedy }) =>
      [`${outcome} ${title}: ${detail}`, ...(remedy === undefined ? [] : [remedy])].join(' -> '),
    );
}

const inspected = (found: Partial<Inspection>) => ({ inspection: { ...INSPECTION, ...found } });
const GONE = {
  state: 'silent',
  reason: 'its agent is gone',
  info: undefined,
  clock: { unknown: 'its agent is gone' },
  inspection: { unknown: 'its agent is gone' },
} as const;
const TEXT_ONLY = {
  state: 'legacy',
  reason: 'a retained ALIVE',
  info: undefined,
  clock: { unknown: 'it answers no ping' },
  inspection: { unknown: 'it reads plain text alone' },
} as const;

const IN_A_SHELL = {
  info: { ...INFO, accepts: ['text'] },
  clock: { unknown: 'it answers no ping' },
  inspection: { unknown: 'it answers no question' },
};

describe('agent', () => {
  it.each([
    [{}, 'works agent: version 1.0.0, session 01234567, linux x64 node 20'],
    [
      { info: { ...INFO, version: '0.9' } },
      'warning agent: version 0.9, session 01234567, linux x64 node 20; here it is version 1.0.0 -> put the same version on node1',
    ],
    [
      IN_A_SHELL,
      'works agent: version 1.0.0, session 01234567, linux x64 node 20, reads plain text alone: what its machine has is not known',
    ],
    [GONE, 'fails agent: its agent is gone -> start the agent of node1 on its machine'],
    [
      TEXT_ONLY,
      'information agent: of the original kind, reads plain text alone: whether it lives, and what its machine has, is not known',
    ],
  ])('%#', (node, row) => expect(rows('agent', node)).toEqual([row]));
});

it.each([
  [{}, 'works free for a run: no run holds it'],
  [
    { lease: { run: 'r1', owner: 'alice@lab', since: Date.UTC(2026, 0, 2) } },
    'fails free for a run: the run r1 of alice@lab holds it since 2026-01-02T00:00:00Z -> wait for the end of that run, or take the node with --take-over',
  ],
  [GONE, 'skipped free for a run: its agent is gone'],
  [TEXT_ONLY, 'skipped free for a run: its agent knows no lease'],
  [IN_A_SHELL, 'skipped free for a run: its agent knows no lease'],
])('use %#', (node, row) => expect(rows('use', node)).toEqual([row]));

it.each([
  [{}, 'works broker from there: there and back in 0.5 ms (0.4 ms to 2 ms, 20 pings)'],
  [
    { clock: { unknown: 'it has answered no ping' } },
    'fails broker from there: it has answered no ping -> look whether the link of this node loses messages',
  ],
  [GONE, 'skipped broker from there: its agent is gone'],
  [IN_A_SHELL, 'works broker from there: what it says arrives here; how long that takes is not known'],
])('broker from there %#', (node, row) => expect(rows('broker-from-there', node)).toEqual([row]));

describe('clock', () => {
  const NODE2 = 'node2' as NodeName;
  const other = (uncertaintyMs: number): SurveyedNode => ({
    ...NODE,
    node: NODE2,
    clock: clockOf(uncertaintyMs),
  });
  const syncOf = (maxSkewMs: number | undefined, nodes = [NODE1, NODE2]): Needs => ({
    ...NO_NEEDS,
    syncs: [{ line: 7, nodes, maxSkewMs }],
  });
  const KNOWN = 'works clock: known within 0.25 ms, likely better';

  it('is known, and does', () => {
    expect(rows('clock', {})).toEqual([KNOWN]);
    expect(rows('clock', {}, syncOf(undefined), other(9))).toEqual([KNOWN]);
    expect(rows('clock', {}, syncOf(0.5), other(0.25))).toEqual([KNOWN]);
    expect(rows('clock', {}, syncOf(0.1, [NODE2]), other(9))).toEqual([KNOWN]);
  });

  it('does not do for a SYNC that asks for more, and whoever is the reason is told', () => {
    expect(rows('clock', {}, syncOf(0.4), other(0.25))).toEqual([
      'warning clock: known within 0.25 ms, likely better; the SYNC of line 7 allows 0.4 ms, and the clocks may put 0.5 ms between its starts -> use a link with shorter round trips for the broker, or a larger MAXSKEW',
    ]);
    expect(rows('clock', {}, syncOf(1), other(9))).toEqual([KNOWN]);
    // The other one makes up for it.
    expect(rows('clock', {}, syncOf(0.4), other(0.1))).toEqual([KNOWN]);
  });

  it('of an agent that takes part in no SYNC', () => {
    const row =
      'fails clock: its agent takes no part in the SYNC of line 7 -> put an agent of this version on node1, or start it by a SEND outside the SYNC';
    expect(rows('clock', TEXT_ONLY, syncOf(undefined))).toEqual([row]);
    const info = { ...INFO, accepts: ['text', 'envelope'] };
    expect(rows('clock', { info }, syncOf(undefined))).toEqual([row]);
    expect(rows('clock', IN_A_SHELL, syncOf(undefined))).toEqual([row]);
    expect(rows('clock', TEXT_ONLY)).toEqual(['skipped clock: it answers no ping']);
    expect(rows('clock', GONE, syncOf(1))).toEqual(['skipped clock: its agent is gone']);
  });
});

it.each([
  [inspected({}), 'works node script: loaded'],
  [
    inspected({ script: { state: 'loading' } }),
    'warning node script: its initFunction still runs -> wait until node1 is ALIVE',
  ],
  [
    inspected({ script: { state: 'failed', reason: 'FAILED INIT 3' } }),
    'fails node script: FAILED INIT 3 -> mend the node script of node1, and start its agent again',
  ],
  [TEXT_ONLY, 'skipped node script: it reads plain text alone'],
])('node script %#', (node, row) => expect(rows('script', node)).toEqual([row]));

it.each([
  [{}, [], []],
  [{}, ['START', 'MY-VERB'], ['works functions: startFunction, my_verbFunction']],
  [
    inspected({ unanswered: ['FOO'] }),
    ['START', 'FOO'],
    [
      'fails functions: it has no fooFunction for FOO -> write it into the node script of node1, or send another verb',
    ],
  ],
  [
    inspected({ script: { state: 'failed' }, unanswered: ['FOO'] }),
    ['FOO'],
    ['skipped functions: the node script is not loaded'],
  ],
  [TEXT_ONLY, ['FOO'], ['skipped functions: it reads plain text alone']],
])('functions %#', (node, verbs, expected) =>
  expect(rows('functions', node, needing({ verbs }))).toEqual(expected),
);

describe('commands', () => {
  const wanting = { text: 'iperf3 >= 3.9', name: 'iperf3', operator: '>=', wanted: '3.9' } as const;

  it.each([
    [{ text: 'ncat', name: 'ncat', state: 'found' as const }, 'works ncat: it is there'],
    [
      { text: 'ncat', name: 'ncat', state: 'missing' as const },
      'fails ncat: there is no such command -> install ncat on node1',
    ],
    [{ ...wanting, state: 'found' as const, version: '3.12' }, 'works iperf3 >= 3.9: version 3.12'],
    [
      { ...wanting, state: 'found' as const, version: '3.1.3' },
      'fails iperf3 >= 3.9: it is version 3.1.3 -> install iperf3 >= 3.9 on node1',
    ],
    [
      { ...wanting, state: 'found' as const, reason: 'it tells none' },
      'warning iperf3 >= 3.9: its version is not known: it tells none -> look yourself which version node1 has',
    ],
    [{ ...wanting, state: 'unknown' as const, reason: 'no time' }, 'skipped iperf3 >= 3.9: no time'],
    [
      { text: 'a b', state: 'malformed' as const },
      'warning a b: this cannot be read -> write "command" or "command >= 1.2" into requires',
    ],
  ])('%#', (command, row) => expect(rows('command', inspected({ commands: [command] }))).toEqual([row]));

  it('that nobody declared are not there in silence', () => {
    expect(rows('command', {})).toEqual([
      'skipped commands: the node script does not say what it requires (requires="iperf3 >= 3.9, ncat")',
    ]);
    expect(rows('command', inspected({ script: { state: 'loading' } }))).toEqual([
      'skipped commands: the node script is not loaded',
    ]);
    expect(rows('command', GONE)).toEqual(['skipped commands: its agent is gone']);
  });
});

it.each([
  [[{ port: 5201, state: 'free' as const }], 'works port 5201: nothing listens there'],
  [
    [{ port: 5201, state: 'listening' as const, owners: ['iperf3 (7)', 'nc (8)'] }],
    'fails port 5201: in use by iperf3 (7), nc (8) -> end that on node1, or use another port',
  ],
  [
    [{ port: 5201, state: 'listening' as const, owners: [] }],
    'fails port 5201: in use by somebody, perhaps another user -> end that on node1, or use another port',
  ],
  [[{ port: 5201, state: 'unknown' as const, reason: 'no /proc' }], 'skipped port 5201: no /proc'],
  [[], 'skipped port 5201: only so many ports are looked at'],
])('ports %#', (ports, row) =>
  expect(rows('port', inspected({ ports }), needing({ ports: [5201] }))).toEqual([row]),
);

const WAY = 'way to 10.0.0.1';
it.each([
  ['open', undefined, `works ${WAY}: a connection was taken`],
  [
    'refused',
    undefined,
    `works ${WAY}: a connection was refused: the machine is there, and nothing listens yet`,
  ],
  ['answered', undefined, `works ${WAY}: it answers a ping`],
  [
    'silent',
    'no answer within 4s',
    `fails ${WAY}: no answer within 4s -> look whether 10.0.0.1 is there, and what drops packets on the way`,
  ],
  [
    'unreachable',
    'there is no way',
    `fails ${WAY}: there is no way -> look at the address, at the routes of node1, and for firewalls`,
  ],
  ['unknown', 'there is no program ping', `skipped ${WAY}: there is no program ping`],
] as const)('a way that is %s', (state, reason, row) => {
  const ways = [{ host: '10.0.0.1', state, by: 'tcp' as const, ...(reason && { reason }) }];
  expect(rows('way', inspected({ ways }), needing({ ways: ['10.0.0.1'] }))).toEqual([row]);
});

test('a way that was not tried', () => {
  expect(rows('way', inspected({}), needing({ ways: ['10.0.0.1'] }))).toEqual([
    `skipped ${WAY}: only so many are tried`,
  ]);
  expect(rows('way', GONE, needing({ ways: ['10.0.0.1'] }))).toEqual(['skipped ways: its agent is gone']);
});

it.each([
  [82.3e9, 'works disk space: 82.3 GB free in /root'],
  [100e6, 'works disk space: 100 MB free in /root'],
  [99.9e6, 'warning disk space: 99 MB free in /root -> make room on node1'],
  [10e6, 'warning disk space: 10 MB free in /root -> make room on node1'],
  [9.9e6, 'fails disk space: 9.9 MB free in /root -> make room on node1'],
  [0, 'fails disk space: 0 MB free in /root -> make room on node1'],
])('%i bytes', (freeBytes, row) => {
  const folders = [{ use: 'working' as const, folder: '/root', freeBytes }];
  expect(rows('space', inspected({ folders }))).toEqual([row]);
});

test('space that nobody knows', () => {
  const folders = [{ use: 'temporary' as const, folder: '/tmp', reason: 'ENOENT' }];
  expect(rows('space', inspected({ folders }))).toEqual(['skipped temporary space: /tmp: ENOENT']);
});

test('each check has a word for a node that is not there, once the playbook speaks of it', () => {
  const needs = needing({ verbs: ['START'], ports: [5201], ways: ['10.0.0.1'] });
  const findings = judgeNodes([{ ...NODE, ...GONE }], needs, '1.0.0');
  expect(findings.map(({ check, outcome }) => `${check} ${outcome}`)).toEqual([
    'agent fails',
    'use skipped',
    'broker-from-there skipped',
    'clock skipped',
    'script skipped',
    'functions skipped',
    'command skipped',
    'port skipped',
    'way skipped',
    'space skipped',
  ]);
});

test('where agents answer, a broker that lets us try nothing may do', () => {
  const probe = { probe: 'qos-1', title: 'QoS 1', importance: 'needed', detail: '0 of 100' } as const;
  const probed = [{ ...probe, outcome: 'fails', remedy: 'let this user write' } as const];
  const [reached, alone] = judgeBroker('mqtt://b', probed, [{ state: 'silent' }]);
  expect(reached).toMatchObject({ subject: 'broker', check: 'reachable', outcome: 'works' });
  expect(alone).toMatchObject({ subject: 'broker', check: 'qos-1', outcome: 'fails', detail: '0 of 100' });
  const [, answered] = judgeBroker('mqtt://b', probed, [{ state: 'alive' }]);
  expect(answered).toMatchObject({ outcome: 'warning', detail: '0 of 100; but agents answer' });
});
