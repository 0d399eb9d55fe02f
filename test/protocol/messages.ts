import fc from 'fast-check';
import {
  AGENT_TOPICS,
  type CommandEnvelope,
  type Heartbeat,
  type Info,
  type Inspection,
  type Lease,
  type NodeName,
  type OutputBatch,
  PROTOCOL_VERSION,
  parseNodeName,
  type Reply,
  type StrayList,
  type StrayWork,
} from '../../src/protocol/index.ts';

// Every message that can be sent, for property tests.

/** Any characters, lone surrogates and NUL included. */
export const anyText = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.array(fc.integer({ min: 0, max: 0xffff })).map((units) => String.fromCharCode(...units)),
);
export const anyWord = anyText.map((text) => text.replaceAll('\0', ''));

export const nodeName = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,127}$/).map(toNodeName);
export const agentTopic = fc.constantFrom(...AGENT_TOPICS);
export const rootTopic = fc
  .array(fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,15}$/), { minLength: 1, maxLength: 15 })
  .map((levels) => levels.join('/'));

const verb = fc.oneof(
  fc.stringMatching(/^[A-Z][A-Z0-9_-]{0,31}$/),
  fc.constantFrom(
    'START',
    'STOP',
    'TERMINATE',
    '_ping',
    '_report',
    '_lease',
    '_release',
    '_strays',
    '_stop-strays',
    '_arm',
    '_confirm',
    '_cancel',
    '_inspect',
  ),
);
const id = fc.oneof(fc.uuid(), fc.string({ minLength: 1, maxLength: 64 }));
/** JSON has no -0. */
const anyNumber = fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => number + 0);
const seq = fc.maxSafeNat();
const version = fc.constant(PROTOCOL_VERSION);
const texts = fc.array(anyText);

export const commandEnvelope: fc.Arbitrary<CommandEnvelope> = fc.record(
  {
    v: version,
    id,
    run: id,
    session: id,
    verb,
    args: fc.array(anyWord),
    clock: id,
    sent: anyNumber,
    ttlMs: fc.integer({ min: 1, max: 86_400_000 }),
  },
  { requiredKeys: ['v', 'id', 'verb', 'args', 'clock', 'sent', 'ttlMs'] },
);

export const info: fc.Arbitrary<Info> = fc.record({
  v: fc.integer(),
  node: nodeName,
  session: id,
  version: anyText,
  accepts: fc.array(fc.constantFrom('text', 'envelope', 'strays', 'probe', 'sync', 'inspect', 'files')),
  groups: texts,
  heartbeatMs: fc.integer({ min: 1, max: 60_000 }),
  platform: anyText,
});

export const heartbeat: fc.Arbitrary<Heartbeat> = fc.record({ session: id, busy: fc.boolean(), seq });

export const outputBatch: fc.Arbitrary<OutputBatch> = fc.record(
  {
    session: id,
    n: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
    id,
    stream: fc.constantFrom('stdout', 'stderr'),
    lines: texts,
  },
  { requiredKeys: ['session', 'n', 'stream', 'lines'] },
);

const anyInstant = fc.date({ noInvalidDate: true }).map((date) => date.getTime());
const lease: fc.Arbitrary<Lease> = fc.record({ run: id, owner: anyText, since: anyInstant });
const age = fc.double({ min: 0, noNaN: true, noDefaultInfinity: true }).map((number) => number + 0);
const origin: fc.Arbitrary<StrayWork['origin']> = fc.oneof(
  fc.record(
    { kind: fc.constant('run' as const), run: id, owner: anyText, releasedMs: age },
    { requiredKeys: ['kind', 'run', 'owner'] },
  ),
  fc.record({ kind: fc.constantFrom('send' as const, 'plain-text' as const, 'unknown' as const) }),
);
const some = { processes: texts, processCount: fc.maxSafeNat() };
const strayList: fc.Arbitrary<StrayList> = fc.record({
  work: fc.array(
    fc.record(
      { id, origin, text: anyText, ageMs: age, running: fc.boolean(), ...some },
      { requiredKeys: ['origin', 'text', 'running', 'processes', 'processCount'] },
    ),
  ),
  unlisted: fc.maxSafeNat(),
  leftovers: fc.array(fc.record({ session: id, node: anyText, ...some })),
});
const port = fc.integer({ min: 1, max: 65_535 });
const inspection: fc.Arbitrary<Inspection> = fc.record({
  script: fc.record(
    { state: fc.constantFrom('loading', 'ready', 'failed'), reason: anyText },
    { requiredKeys: ['state'] },
  ),
  commands: fc.array(
    fc.record(
      {
        text: anyText,
        state: fc.constantFrom('found', 'missing', 'malformed', 'unknown'),
        name: anyText,
        operator: fc.constantFrom('>=', '>', '='),
        wanted: anyText,
        version: anyText,
        reason: anyText,
      },
      { requiredKeys: ['text', 'state'] },
    ),
  ),
  unanswered: texts,
  ports: fc.array(
    fc.record(
      { port, state: fc.constantFrom('free', 'listening', 'unknown'), owners: texts, reason: anyText },
      { requiredKeys: ['port', 'state'] },
    ),
  ),
  ways: fc.array(
    fc.record(
      {
        host: anyText,
        port,
        state: fc.constantFrom('open', 'refused', 'answered', 'silent', 'unreachable', 'unknown'),
        by: fc.constantFrom('tcp', 'ping'),
        reason: anyText,
      },
      { requiredKeys: ['host', 'state', 'by'] },
    ),
  ),
  folders: fc.array(
    fc.record(
      { use: fc.constantFrom('working', 'temporary'), folder: anyText, freeBytes: age, reason: anyText },
      { requiredKeys: ['use', 'folder'] },
    ),
  ),
});
const head = { v: version, session: id, seq };
const about = { id, run: id };

export const replies: { readonly [K in Reply['kind']]: fc.Arbitrary<Extract<Reply, { kind: K }>> } = {
  ack: fc.oneof(
    fc.record(
      {
        kind: fc.constant('ack' as const),
        ...head,
        ...about,
        accepted: fc.constant(true as const),
        leftMs: anyNumber,
      },
      { requiredKeys: ['kind', 'v', 'session', 'seq', 'id', 'accepted'] },
    ),
    fc.record(
      {
        kind: fc.constant('ack' as const),
        ...head,
        ...about,
        accepted: fc.constant(false as const),
        refusal: fc.constantFrom('busy', 'no-lease', 'not-ready', 'invalid', 'late'),
        reason: anyText,
      },
      { requiredKeys: ['kind', 'v', 'session', 'seq', 'id', 'accepted', 'refusal', 'reason'] },
    ),
  ),
  update: fc.record(
    { kind: fc.constant('update' as const), ...head, ...about, text: anyText },
    { requiredKeys: ['kind', 'v', 'session', 'seq', 'id', 'text'] },
  ),
  status: fc.record(
    { kind: fc.constant('status' as const), ...head, ...about, text: anyText, repeat: fc.boolean() },
    { requiredKeys: ['kind', 'v', 'session', 'seq', 'text'] },
  ),
  fired: fc.record(
    {
      kind: fc.constant('fired' as const),
      ...head,
      ...about,
      startedMs: anyNumber,
      uncertaintyMs: age,
      stampedBy: fc.constantFrom('shell', 'agent'),
    },
    { requiredKeys: ['kind', 'v', 'session', 'seq', 'id', 'startedMs', 'uncertaintyMs', 'stampedBy'] },
  ),
  result: fc.record(
    {
      kind: fc.constant('result' as const),
      ...head,
      ...about,
      outcome: fc.constantFrom('ok', 'failed', 'cancelled', 'expired', 'lost'),
      because: fc.constantFrom('lease-lost', 'taken-over'),
      by: anyText,
      code: fc.integer(),
      stderr: anyText,
      warnings: texts,
    },
    { requiredKeys: ['kind', 'v', 'session', 'seq', 'id', 'outcome'] },
  ),
  report: fc.record(
    {
      kind: fc.constant('report' as const),
      ...head,
      id,
      info,
      status: fc.option(anyText),
      statusId: id,
      lease: fc.option(lease),
      forgotten: fc.nat(),
      unfinished: texts,
    },
    {
      requiredKeys: [
        'kind',
        'v',
        'session',
        'seq',
        'id',
        'info',
        'status',
        'lease',
        'forgotten',
        'unfinished',
      ],
    },
  ),
  strays: fc.record(
    {
      kind: fc.constant('strays' as const),
      ...head,
      id,
      lease: fc.option(lease),
      found: strayList,
      ended: strayList,
    },
    { requiredKeys: ['kind', 'v', 'session', 'seq', 'id', 'lease', 'found'] },
  ),
  probed: fc.record(
    {
      kind: fc.constant('probed' as const),
      ...head,
      id,
      state: fc.constantFrom('listening', 'closed', 'unknown'),
      addresses: texts,
      reason: anyText,
    },
    { requiredKeys: ['kind', 'v', 'session', 'seq', 'id', 'state'] },
  ),
  inspected: fc.record(
    { kind: fc.constant('inspected' as const), ...head, id, found: inspection, reason: anyText },
    { requiredKeys: ['kind', 'v', 'session', 'seq', 'id'] },
  ),
  pong: fc.record({
    kind: fc.constant('pong' as const),
    ...head,
    id,
    t0: anyNumber,
    t1: anyNumber,
    t2: anyNumber,
  }),
};

export function toNodeName(text: string): NodeName {
  const name = parseNodeName(text);
  if (name === undefined) throw new Error(`${text} is no node name`);
  return name;
}
