import { describe, expect, test } from 'vitest';
import { chooseAgent } from '../../src/deploy/choose-agent.ts';
import { explainFarFailure } from '../../src/deploy/far-failure.ts';
import { decodeFarLines } from '../../src/deploy/far-lines.ts';
import { readHostFacts } from '../../src/deploy/host-facts.ts';
import { layOut, serviceText, sumOf } from '../../src/deploy/layout.ts';
import { guessFromLog } from '../../src/deploy/log-guess.ts';
import { type HostFacts, HostFailure, type HostProblem, type Target } from '../../src/deploy/model.ts';
import { planDeployment, type WantedAgent } from '../../src/deploy/plan.ts';
import { sshWords } from '../../src/deploy/ssh-command.ts';
import { explainSshFailure } from '../../src/deploy/ssh-failure.ts';
import { nodeName } from '../agent/test-control.ts';
import { PLAIN_CONFIG } from './plain-config.ts';

const TARGET: Target = { node: nodeName('node1'), address: 'box', user: undefined, port: undefined };

/** A host that has all it takes. */
const FACTS: HostFacts = {
  ...readHostFacts([]),
  isRoot: false,
  folder: '/home/me/.local/share/mqtt-orchestrate/node1',
  place: '/home/me',
  isWritable: true,
  freeBytes: 1e9,
  nodes: [{ version: '20.19.1', path: '/usr/bin/node' }],
  bash: { version: '5.2.15(1)-release', path: '/bin/bash' },
  tools: new Set(['tar', 'sha256sum', 'mosquitto_sub', 'mosquitto_pub']),
};

describe('what a host says', () => {
  const M = '::orchestrate::';

  test('is read between whatever a login prints', () => {
    const text = `Welcome!\nno newline at the end${'\n'}${M} begin\n${M} uid 0\r\n** motd **\n${M} node v20.1.0 /opt/a b/node\n${M} end\nbye\n`;
    expect(decodeFarLines(text)).toEqual({
      kind: 'complete',
      lines: [
        { word: 'uid', rest: '0' },
        { word: 'node', rest: 'v20.1.0 /opt/a b/node' },
      ],
    });
  });

  test.each([
    ['', false],
    ['sh: not found\n', false],
    [`${M} uid 0\n${M} end\n`, false],
    [`${M} begin\n${M} uid 0\n`, true],
  ])('%j is not all of it', (text, hasBegun) => {
    expect(decodeFarLines(text)).toEqual({ kind: 'incomplete', hasBegun });
  });

  test('a failure has its reason', () => {
    const said = decodeFarLines(`${M} begin\n${M} fail write tar: x: No space left on device\n${M} end\n`);
    expect(said).toMatchObject({
      kind: 'failed',
      reason: 'write',
      detail: 'tar: x: No space left on device',
    });
  });

  test('what makes no sense counts as not there', () => {
    const lines = [
      ...[
        'node',
        'node nonsense',
        'bash',
        'free lots',
        'agent x y',
        'agent 12',
        'file short name',
        'manager upstart',
      ],
    ].map((text) => {
      const [word = '', ...rest] = text.split(' ');
      return { word, rest: rest.join(' ') };
    });
    expect(readHostFacts(lines)).toMatchObject({
      nodes: [],
      bash: undefined,
      freeBytes: undefined,
      agent: undefined,
      files: new Map(),
      serviceManager: 'none',
    });
  });
});

describe('which agent', () => {
  const old = { version: '16.20.2', path: '/usr/bin/node' };
  const nvm = { version: '22.1.0', path: '/home/me/.nvm/node' };
  const busybox: HostFacts = { ...FACTS, nodes: [], bash: undefined };

  test.each<[string, HostFacts, 'node' | 'shell' | undefined, object]>([
    ['Node.js and bash', FACTS, undefined, { kind: 'node', interpreter: '/usr/bin/node' }],
    [
      'an old one in PATH',
      { ...FACTS, nodes: [old, nvm] },
      undefined,
      { kind: 'node', interpreter: nvm.path },
    ],
    ['no Node.js', { ...FACTS, nodes: [] }, undefined, { kind: 'shell', interpreter: '/bin/bash' }],
    ['only an old one', { ...FACTS, nodes: [old] }, undefined, { kind: 'shell' }],
    [
      'an old bash',
      { ...FACTS, bash: { version: '4.2.46', path: '/bin/bash' } },
      undefined,
      { kind: 'shell' },
    ],
    ['a router', busybox, undefined, { kind: 'shell', interpreter: 'sh' }],
    ['the shell wanted', FACTS, 'shell', { kind: 'shell' }],
    ['Node.js wanted, but old', { ...FACTS, nodes: [old] }, 'node', { kind: 'none' }],
    ['the shell wanted, but nothing', { ...FACTS, tools: new Set() }, 'shell', { kind: 'none' }],
  ])('%s', (_, facts, forced, choice) => {
    expect(chooseAgent(facts, forced)).toMatchObject(choice);
  });

  test('what is missing is named for each way', () => {
    expect(chooseAgent({ ...busybox, nodes: [old], tools: new Set(['mosquitto_pub']) }, undefined)).toEqual({
      kind: 'none',
      missing:
        'missing there: for agent.cjs Node.js 18 or newer (found: 16.20.2) and bash 4.3 or newer; for agent.sh mosquitto_sub',
    });
  });
});

describe('what is to be done', () => {
  const WANTED: WantedAgent = {
    node: 'node1',
    groups: ['clients'],
    kind: undefined,
    config: PLAIN_CONFIG,
    script: Buffer.from('script'),
    programs: { node: Buffer.alloc(500_000), shell: Buffer.from('sh') },
    asService: false,
  };
  const laid = layOut({
    ...WANTED,
    kind: 'node',
    interpreter: '/usr/bin/node',
    program: Buffer.alloc(500_000),
  });
  const there: HostFacts = {
    ...FACTS,
    hasFolder: true,
    files: new Map(laid.map(({ name, contents }) => [name, sumOf(contents)])),
    manifest: Buffer.from(laid.at(-1)?.contents ?? []).toString(),
  };
  const namesOf = (wanted: WantedAgent, facts: HostFacts): readonly string[] =>
    planDeployment(wanted, facts).files.map(({ name }) => name);

  test('everything where nothing is', () => {
    expect(namesOf(WANTED, FACTS)).toEqual(['agent.cjs', 'functions.sh', 'global.config', 'run', 'manifest']);
    expect(planDeployment(WANTED, FACTS)).toMatchObject({ mustRestart: true, obsolete: [] });
  });

  test('nothing where everything is', () => {
    expect(planDeployment(WANTED, there)).toMatchObject({
      files: [],
      mustRestart: false,
      service: undefined,
    });
  });

  test('only what has changed', () => {
    expect(namesOf({ ...WANTED, script: Buffer.from('other') }, there)).toEqual(['functions.sh', 'manifest']);
    const damaged = new Map(there.files).set('agent.cjs', 'x');
    expect(namesOf(WANTED, { ...there, files: damaged })).toEqual(['agent.cjs']);
  });

  test('a manifest that is missing restarts nothing', () => {
    expect(planDeployment(WANTED, { ...there, manifest: '' })).toMatchObject({
      files: [{ name: 'manifest' }],
      mustRestart: false,
    });
  });

  test('another kind of agent takes the place of what was there', () => {
    const plan = planDeployment({ ...WANTED, kind: 'shell' }, there);
    expect(plan.files.map(({ name }) => name)).toEqual(['agent.sh', 'run', 'manifest']);
    expect(plan.obsolete).toEqual(['agent.cjs']);
  });

  test('a service is installed once', () => {
    const asService = { ...WANTED, asService: true };
    const systemd: HostFacts = { ...there, serviceManager: 'systemd' };
    expect(planDeployment(asService, systemd)).toMatchObject({
      files: [],
      service: { manager: 'systemd' },
      mustRestart: true,
    });
    const text = serviceText('node1', systemd) ?? '';
    const installed = { ...systemd, serviceSum: sumOf(Buffer.from(text)) };
    expect(planDeployment(asService, installed)).toMatchObject({ service: undefined, mustRestart: false });
  });

  const problem = (wanted: WantedAgent, facts: HostFacts): HostProblem | undefined => {
    try {
      planDeployment(wanted, facts);
    } catch (thrown) {
      if (thrown instanceof HostFailure) return thrown.problem;
      throw thrown;
    }
    return undefined;
  };

  test.each<[HostProblem['kind'], Partial<WantedAgent>, Partial<HostFacts>]>([
    ['no-interpreter', {}, { nodes: [], tools: new Set(['tar', 'sha256sum']) }],
    ['no-interpreter', {}, { tools: new Set(['tar']) }],
    ['no-interpreter', { programs: { node: undefined, shell: undefined } }, {}],
    ['disk-full', {}, { freeBytes: 300_000 }],
    ['not-writable', {}, { isWritable: false }],
    ['service', { asService: true }, {}],
    [
      'broker-address',
      {
        kind: 'shell',
        config: { ...WANTED.config, broker: { scheme: 'ws', host: 'b', port: 80, path: '/' } },
      },
      {},
    ],
  ])('%s: %j %j', (kind, wanted, facts) => {
    expect(problem({ ...WANTED, ...wanted }, { ...FACTS, ...facts })).toMatchObject({
      kind,
      detail: expect.stringMatching(/\w/),
      hint: expect.stringMatching(/\w/),
    });
  });
});

describe('ssh', () => {
  const settings = { configFile: undefined, controlPath: '/tmp/x/%C', connectTimeoutSeconds: 10 };

  test('is told of user and port only what the inventory says', () => {
    expect(sshWords(TARGET, settings).slice(-2)).toEqual(['--', 'box']);
    expect(sshWords(TARGET, settings)).not.toContain('-p');
    const words = sshWords({ ...TARGET, user: 'me', port: 2222 }, { ...settings, configFile: 'c' });
    expect(words.slice(0, 2)).toEqual(['-F', 'c']);
    expect(words.slice(-6)).toEqual(['-p', '2222', '-l', 'me', '--', 'box']);
  });

  test('is never told to trust a host', () => {
    expect(sshWords(TARGET, settings).join(' ')).not.toMatch(/HostKey|KnownHosts/i);
  });

  test.each(['-oProxyCommand=id', '', ' box', 'a b', 'a\nb'])('the address %j is refused', (address) => {
    expect(() => sshWords({ ...TARGET, address }, settings)).toThrow('cannot be the address of a host');
  });

  test.each<[HostProblem['kind'], string, string]>([
    [
      'host-key',
      '@@@\n@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @\n@@@\nHost key verification failed.',
      'not the one that is known',
    ],
    [
      'host-key',
      'No ED25519 host key is known for box and you have requested strict checking.\nHost key verification failed.',
      'not known yet',
    ],
    ['host-key', 'Host key verification failed.', 'not known yet'],
    ['permission', 'me@box: Permission denied (publickey,password).', 'lets nobody in'],
    [
      'permission',
      'Received disconnect from 10.0.0.1 port 22:2: Too many authentication failures',
      'lets nobody in',
    ],
    ['unreachable', 'ssh: connect to host box port 22: Connection refused', 'nothing listens'],
    ['unreachable', 'ssh: connect to host box port 22: Connection timed out', 'does not answer'],
    ['unreachable', 'Connection timed out during banner exchange', 'does not answer'],
    ['unreachable', 'ssh: connect to host box port 22: No route to host', 'no way to its address'],
    ['unreachable', 'ssh: Could not resolve hostname box: Name or service not known', 'unknown here'],
    ['unreachable', 'kex_exchange_identification: Connection closed by remote host', 'broke off'],
    ['unreachable', 'client_loop: send disconnect: Broken pipe', 'broke off'],
    ['unreachable', 'Timeout, server box not responding.', 'broke off'],
    [
      'ssh',
      'Unable to negotiate with 10.0.0.1 port 22: no matching host key type found. Their offer: ssh-rsa',
      'no algorithm',
    ],
    ['ssh', 'Bad owner or permissions on /home/me/.ssh/config', 'configuration'],
    ['ssh', 'something new', 'something new'],
    ['ssh', '', 'ssh failed'],
  ])('%s: %s', (kind, stderr, words) => {
    const explained = explainSshFailure(stderr, { ...TARGET, user: 'me', port: 2222 });
    expect(explained).toMatchObject({ kind, detail: expect.stringContaining(words) });
    expect(explained.hint).toMatch(/ssh -p 2222 me@box|ansible_/);
  });
});

describe('why', () => {
  test.each([
    ['disk-full', 'write', 'tar: agent.cjs: Cannot write: No space left on device'],
    ['disk-full', 'write', 'mkdir: Disk quota exceeded'],
    ['not-writable', 'write', 'mkdir: cannot create directory: Permission denied'],
    ['not-writable', 'write', 'mkdir: Read-only file system'],
    ['checksum', 'checksum', 'run is not what was sent'],
    ['service', 'service', 'Failed to connect to bus'],
    ['far-shell', 'shell', 'HOME is not set there'],
  ])('%s: %s %s', (kind, reason, detail) => {
    expect(explainFarFailure(reason, detail, '/x')).toMatchObject({ kind });
  });

  test.each([
    [
      'warning: the broker cannot be reached: nothing listens on 10.0.0.1:1883; still trying',
      'cannot reach the broker',
    ],
    ['Unable to connect (Connection refused).', 'cannot reach the broker'],
    ['Error: No route to host', 'cannot reach the broker'],
    ['getaddrinfo EAI_AGAIN broker', 'cannot reach the broker'],
    ['error: the broker refuses this agent: Not authorized', 'refuses its login'],
    ['Connection error: Connection Refused: not authorised.', 'refuses its login'],
    ['error: another agent has the name node1: session x', 'has this name'],
    ['Error: unable to verify the first certificate', 'not trusted'],
    ['SyntaxError: Unexpected token', 'does not run the agent'],
    ['./run: 3: exec: /opt/node/bin/node: not found', 'missing there'],
  ])('%s', (line, guess) => {
    expect(guessFromLog(['started', line, 'ended'])).toContain(guess);
  });

  test('of a log that says nothing, nothing is guessed', () => {
    expect(guessFromLog(['hello'])).toBeUndefined();
  });
});
