import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, it, onTestFinished } from 'vitest';
import { silentLogger, systemClock } from '../../src/base/index.ts';
import { createMqttTransport } from '../../src/transport/index.ts';
import { createInbox, type Inbox } from '../support/inbox.ts';
import { startTcpProxy } from '../support/tcp-proxy.ts';
import { type Broker, describeOnEachBroker } from './support/brokers.ts';
import { createLab, type Lab } from './support/lab.ts';
import type { Log } from './support/log.ts';
import { PATIENCE } from './support/patience.ts';
import { memoryOf } from './support/processes.ts';
import { createWorkplace } from './support/workplace.ts';

let broker: Broker;

/** Says how many arguments it got, how long they are together, and which is the last. */
const SCRIPT = `
startFunction() { local IFS=; local all="$*"; echo "$# \${#all} [\${*: -1}]"; }
listFunction() { printf '%s\\0' "$@" >list; return 7; }
sayFunction() { publish_mqtt "$@"; }
`;

const ENVELOPE = { v: 1, verb: 'START', args: ['ran'], clock: 'k', sent: 0, ttlMs: 30_000 };
const envelope = (more: object): string => JSON.stringify({ ...ENVELOPE, ...more });

interface Stranger {
  /** What node1 has said on its STATUS. */
  readonly inbox: Inbox;
  /** Publishes anything at all below the lab's root. */
  publish(topic: string, payload: string | Uint8Array, retain?: boolean): Promise<void>;
}

async function createStranger({ root }: Lab): Promise<Stranger> {
  const url = { scheme: 'mqtt', host: '127.0.0.1', port: broker.port, path: '' } as const;
  const transport = createMqttTransport({
    url,
    clientId: 'stranger',
    clock: systemClock,
    logger: silentLogger,
  });
  onTestFinished(() => transport.close());
  const inbox = createInbox();
  transport.open([`${root}/node1/STATUS`], inbox);
  await inbox.event('connected');
  return {
    inbox,
    publish: (topic, payload, retain = false) =>
      transport.publish(`${root}/${topic}`, payload, { qos: 1, retain }),
  };
}

const MEGABYTE = 1_000_000;

/** What an agent is sent, and what it says about it; `undefined`: nothing, it is answered. */
const COMMANDS: readonly (readonly [what: string, payload: string | Buffer, warning: string | undefined])[] =
  [
    ['binary', Buffer.from([0x53, 0xff, 0xfe, 0x00]), 'it is not UTF-8 text'],
    ['5 MB', 'x'.repeat(5 * MEGABYTE), 'it has 5000000 bytes, at most 1048576 are read'],
    [
      '200,000-deep JSON',
      `{"args":${'['.repeat(200_000)}${']'.repeat(200_000)}}`,
      'it is not JSON|too deep|v: ',
    ],
    ['no command', '', 'it is empty'],
    ['a NUL character', 'START a\0b', 'it has a NUL character'],
    [
      'a NUL character in an argument',
      envelope({ id: 'nul', args: ['a\0b'] }),
      'args.0: has a NUL character',
    ],
    ['10,001 words', `START${' x'.repeat(10_001)}`, 'it has 10001 words'],
    ['10,001 arguments', envelope({ id: 'many', args: Array(10_001).fill('x') }), 'args: '],
    ['a wrong version', envelope({ v: 2, id: 'v2' }), 'v: '],
    ['no id', envelope({}), 'id: '],
    ['a verb __proto__', '__proto__ x', undefined],
    ['a verb constructor', 'constructor x', undefined],
    ['a verb hasOwnProperty', envelope({ id: 'own', verb: 'hasOwnProperty' }), undefined],
    ['a verb __proto__ in an envelope', envelope({ id: 'proto', verb: '__proto__' }), undefined],
    [
      'keys named __proto__',
      envelope({ id: 'keys' }).replace('{', '{"__proto__":{"verb":"STOP"},'),
      undefined,
    ],
    ['a verb with control characters', '\x1b[2J\x07 x', undefined],
  ];

describeOnEachBroker('hostile input', (shared) => {
  beforeAll(() => {
    broker = shared();
  });

  it('an agent says what it ignores, and goes on', async () => {
    const lab = await createLab(broker);
    const agent = await lab.agent('node1', { script: SCRIPT });
    const log = await lab.listen();
    const { publish } = await createStranger(lab);
    for (const [, payload] of COMMANDS) await publish('node1/COMMAND', payload);
    for (const kind of ['STATUS', 'INFO', 'HEARTBEAT']) {
      for (const [, payload] of COMMANDS) await publish(`node1/${kind}`, payload);
    }
    await publish('node1/COMMAND', 'SAY STILL HERE');
    await log.heard('node1/STATUS', 'STILL HERE');
    for (const [what, , warning] of COMMANDS) {
      if (warning === undefined) continue;
      const line = new RegExp(`^warning: ignored a message on \\S+/node1/COMMAND: .*(${warning})`, 'm');
      expect(agent.stderr, what).toMatch(line);
    }
    expect(log.texts('node1/STATUS')).toEqual(
      expect.arrayContaining([
        'FAILED __proto__: unknown command',
        'FAILED constructor: unknown command',
        'FAILED hasOwnProperty: unknown command',
      ]),
    );
    expect(agent.stderr).not.toContain('\x1b');
    for (const line of agent.stderr.split('\n')) expect(line.length).toBeLessThan(300);
    expect(ranOf(log)).toEqual(['keys']);
  });

  it('an id runs once, also across a reconnect; what is too old or retained never runs', async () => {
    const lab = await createLab(broker);
    const log = await lab.listen();
    const { publish } = await createStranger(lab);
    const proxy = await startTcpProxy(broker.port);
    onTestFinished(() => proxy.close());
    await publish('node1/COMMAND', envelope({ id: 'retained' }), true);
    const script = await lab.write('functions.sh', SCRIPT);
    const words = ['agent', '--name', 'node1', '--functions', script, '-m', `127.0.0.1:${proxy.port}`];
    const agent = lab.start(words);
    await log.heard('node1/STATUS', 'ALIVE');

    await publish('node1/COMMAND', envelope({ id: 'once', sent: 100_000 }));
    await publish('node1/COMMAND', envelope({ id: 'once', sent: 100_000 }));
    await log.heard('node1/STATUS', 'STARTED');
    proxy.cut();
    await agent.complained(/connected to the broker again/);
    await publish('node1/COMMAND', envelope({ id: 'once', sent: 100_000 }));
    // By the clock of the first one it was sent 99 s earlier.
    await publish('node1/COMMAND', envelope({ id: 'old', sent: 1000 }));
    await publish('node1/COMMAND', envelope({ id: 'last', sent: 100_000 }));
    await expect.poll(() => ranOf(log), PATIENCE).toContain('last');
    expect(ranOf(log)).toEqual(['once', 'last']);
    expect(log.texts('node1/REPLY').filter((text) => text.includes('"old"'))).toEqual([
      expect.stringContaining('"outcome":"expired"'),
    ]);
    expect(agent.stderr).toContain('warning: ignored a retained command');
  });

  it('arguments of any kind and size arrive as they were sent', async () => {
    const lab = await createLab(broker);
    await lab.agent('node1', { script: SCRIPT });
    const { publish } = await createStranger(lab);
    const log = await lab.listen();
    const strange = [
      '',
      ' ',
      '*',
      '~',
      '$(touch ran)',
      '`touch ran`',
      "it's",
      '"',
      '\\',
      'a\nb',
      '-n',
      '\u{1f600}',
    ];
    await publish('node1/COMMAND', envelope({ id: 'strange', verb: 'LIST', args: strange }));
    await publish('node1/COMMAND', envelope({ id: 'many', args: Array(10_000).fill('ab') }));
    await publish('node1/COMMAND', envelope({ id: 'big', args: ['x'.repeat(MEGABYTE), 'last'] }));
    await expect.poll(() => ranOf(log), PATIENCE).toEqual(['many', 'big']);
    expect(log.texts('node1/OUTPUT').join()).toContain('"10000 20000 [ab]"');
    expect(log.texts('node1/OUTPUT').join()).toContain('"2 1000004 [last]"');
    expect(await readFile(join(lab.folder, 'list'), 'utf8')).toBe(
      strange.map((word) => `${word}\0`).join(''),
    );
    expect(existsSync(join(lab.folder, 'ran'))).toBe(false);
  });

  it('a flood of what an agent ignores fills neither its log nor its memory', async () => {
    const lab = await createLab(broker);
    const { publish, inbox } = await createStranger(lab);
    const script = await lab.write('functions.sh', SCRIPT);
    const agent = lab.start(['agent', '--name', 'node1', '--functions', script]);
    await inbox.text('ALIVE');
    const before = memoryOf(agent.pid);
    for (let round = 0; round < 100; round += 1) {
      await Promise.all(Array.from({ length: 1000 }, () => publish('node1/COMMAND', '{"v":1}')));
    }
    // No more at a time than a broker lets its reader leave unread.
    for (let round = 0; round < 5; round += 1) {
      for (let count = 0; count < 4; count += 1) await publish('node1/COMMAND', 'x'.repeat(5 * MEGABYTE));
      await publish('node1/COMMAND', `SAY STILL HERE ${round}`);
      await inbox.text(`STILL HERE ${round}`);
    }
    expect(agent.stderr.split('\n').length).toBeLessThan(100);
    expect(memoryOf(agent.pid) - before).toBeLessThan(150 * MEGABYTE);
    await publish('node1/COMMAND', 'TERMINATE');
    const { code, stderr } = await agent.ended;
    expect(stderr).toMatch(/\nwarning: \d+ more warnings like these were left out\n/);
    expect(code).toBe(0);
  });

  it('a run and `nodes` pass over what no agent says, and names that cannot be', async () => {
    const lab = await createLab(broker);
    await lab.agent('node1', { script: SCRIPT });
    const { publish } = await createStranger(lab);
    const names = ['with blank', '_all', '-x', 'ünï', '日本', 'x'.repeat(300), '__proto__', ' '];
    for (const name of names) {
      await publish(`${name}/STATUS`, 'ALIVE', true);
      await publish(`${name}/INFO`, '{}', true);
    }
    await publish('node1/deeper/STATUS', 'ALIVE', true);
    for (const kind of ['STATUS', 'INFO', 'REPLY', 'OUTPUT', 'HEARTBEAT']) {
      for (const [, payload] of COMMANDS) await publish(`constructor/${kind}`, payload);
    }
    const nodes = await lab.end(['nodes', '--json']);
    expect(JSON.parse(nodes.stdout).map(({ node }: { node: string }) => node)).toEqual(['node1']);

    const run = await lab.startRun([
      'SEND * START',
      'WAITFOR node1 HOLD',
      'SEND * SAY STILL HERE',
      'WAITFOR * STILL HERE',
    ]);
    await run.printed(/SEND \* START/);
    for (const kind of ['INFO', 'REPLY', 'OUTPUT', 'HEARTBEAT']) {
      for (const [, payload] of COMMANDS) {
        if (kind !== 'INFO' || payload !== '') await publish(`node1/${kind}`, payload);
      }
    }
    await publish('node1/COMMAND', 'SAY HOLD');
    const { code, stdout, stderr } = await run.ended;
    expect(stderr).toBe('');
    expect(stdout).toContain('* is node1 (1 node)');
    expect(code, stdout).toBe(0);
  });

  const NO_NAMES = ['a/b', '+', '#', '-x', '_all', 'ünï', '日本', 'x'.repeat(300), '../up', '__proto__'];

  it('2: no agent is called like this', async () => {
    const { write, end } = await createWorkplace();
    const functions = await write('functions.sh', SCRIPT);
    const agents = [...NO_NAMES, '', 'with blank', '*', '@clients'].map((name) =>
      end(['agent', `--name=${name}`, '--functions', functions]),
    );
    for (const { code, stderr } of await Promise.all(agents)) {
      expect(stderr).toMatch(/^error: ".*" cannot be the name of a node\nhint: a name has letters, /);
      expect(code).toBe(2);
    }
  });

  it('2: no node of a playbook is', async () => {
    const { write, end } = await createWorkplace();
    await write('playbook', NO_NAMES.map((name) => `SEND ${name} START\n`).join(''));
    const { code, stdout } = await end(['check', '--json', 'playbook']);
    expect(JSON.parse(stdout).map(({ code, line }: Found) => `${code} ${line}`)).toEqual(
      NO_NAMES.map((_, index) => `INVALID_NODES ${index + 1}`),
    );
    expect(code).toBe(2);
  });

  interface Found {
    readonly code: string;
    readonly line: number;
  }

  /** Ids of the commands that ran, in order; a result that is said again has its number of the first time. */
  function ranOf(log: Log): string[] {
    const results = new Map<number, string>();
    for (const text of log.texts('node1/REPLY')) {
      const { kind, outcome, seq, id } = JSON.parse(text);
      // Of plain text the agent has made up the id.
      if (kind === 'result' && outcome === 'ok' && id.length < 36) results.set(seq, id);
    }
    return [...results.values()];
  }
});
