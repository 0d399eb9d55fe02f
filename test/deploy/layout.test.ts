import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { parseConfigFile } from '../../src/config/index.ts';
import { type AgentSpec, layOut, obsoleteNames, serviceText } from '../../src/deploy/layout.ts';

const SHELLS: readonly (readonly string[])[] = [['bash'], ['dash'], ['busybox', 'sh']];
/** Whatever means something to a shell, to systemd, or to us. */
const ODD = `a b'c"d$e\`f\\g%h*i;j&k|l<m>n(o)p~q#r=s:t\tu{v}w[x]y!z "" '' $(id) \\' %n ü€`;

const SPEC: AgentSpec = {
  node: 'node1',
  groups: ['clients', 'wifi-5'],
  kind: 'shell',
  interpreter: '/bin/sh',
  program: Buffer.from('for each in "$@"; do printf "[%s]" "$each"; done; pwd; exit 7\n'),
  script: Buffer.from('# functions\n'),
  config: {
    broker: { scheme: 'mqtt', host: '10.0.0.1', port: 1883 },
    rootTopic: 'site/lab',
    username: 'me',
    password: ODD,
    ca: '-----BEGIN CERTIFICATE-----\n',
    userVariables: new Map([
      ['EMPTY', ''],
      ['ODD', ODD],
      ['QUOTES', "''''"],
    ]),
  },
};

const textOf = (spec: AgentSpec, name: string): string =>
  Buffer.from(layOut(spec).find((file) => file.name === name)?.contents ?? []).toString();

function createFolder(name: string): string {
  const base = mkdtempSync(join(tmpdir(), 'layout-'));
  onTestFinished(() => rmSync(base, { recursive: true, force: true }));
  const folder = join(base, name);
  mkdirSync(folder);
  return folder;
}

/** A call of one of the shells with these words behind. */
function callOf([file = '', ...first]: readonly string[], ...args: readonly string[]): [string, string[]] {
  return [file, [...first, ...args]];
}

function lay(spec: AgentSpec, folder: string): void {
  for (const { name, mode, contents } of layOut(spec))
    writeFileSync(join(folder, name), contents, { mode: Number.parseInt(mode, 8) });
}

describe('the files of a node', () => {
  test('are these, the manifest last', () => {
    expect(layOut(SPEC).map(({ name, mode }) => `${mode} ${name}`)).toEqual([
      '755 agent.sh',
      '644 functions.sh',
      '600 global.config',
      '755 run',
      '644 ca.pem',
      '644 manifest',
    ]);
    expect(obsoleteNames(layOut(SPEC))).toEqual(['agent.cjs']);
    const node = layOut({ ...SPEC, kind: 'node', config: { ...SPEC.config, ca: undefined } });
    expect(node.map(({ name, mode }) => `${mode} ${name}`)).toEqual([
      '644 agent.cjs',
      '644 functions.sh',
      '600 global.config',
      '755 run',
      '644 manifest',
    ]);
    expect(obsoleteNames(node)).toEqual(['agent.sh', 'ca.pem']);
  });

  test('the manifest is what sha256sum checks', () => {
    const folder = createFolder('a');
    lay(SPEC, folder);
    execFileSync('sha256sum', ['--check', '--strict', '--quiet', 'manifest'], { cwd: folder });
    writeFileSync(join(folder, 'functions.sh'), 'other');
    expect(() =>
      execFileSync('sha256sum', ['--check', 'manifest'], { cwd: folder, stdio: 'pipe' }),
    ).toThrow();
  });
});

describe('global.config', () => {
  const values = {
    MQTT_SERVER: '10.0.0.1',
    MQTT_TOPIC: 'site/lab',
    MQTT_USERNAME: 'me',
    MQTT_PASSWORD: ODD,
    MQTT_CAFILE: 'ca.pem',
    EMPTY: '',
    ODD,
    QUOTES: "''''",
  };

  test('is what our own reader reads', () => {
    const { assignments, problems } = parseConfigFile(textOf(SPEC, 'global.config'));
    expect(problems).toEqual([]);
    expect(Object.fromEntries(assignments.map(({ key, value }) => [key, value]))).toEqual(values);
  });

  test.each(SHELLS)('is what %s %s sources', (...shell) => {
    const folder = createFolder('a');
    lay(SPEC, folder);
    const script = `. ./global.config; for key in ${Object.keys(values).join(' ')}; do eval "printf '%s\\0' \\"\\$$key\\""; done`;
    const said = execFileSync(...callOf(shell, '-c', script), { cwd: folder, encoding: 'utf8' });
    expect(said.split('\0').slice(0, -1)).toEqual(Object.values(values));
  });

  test.each([
    [{ scheme: 'mqtt', host: '10.0.0.1', port: 1884 }, '10.0.0.1:1884'],
    [{ scheme: 'mqtt', host: 'fe80::1', port: 1883 }, "'[fe80::1]'"],
    [{ scheme: 'mqtt', host: 'fe80::1', port: 1884 }, "'[fe80::1]:1884'"],
    [{ scheme: 'mqtts', host: 'broker', port: 8883 }, 'mqtts://broker:8883'],
    [{ scheme: 'wss', host: 'broker', port: 443, path: '/mqtt' }, 'wss://broker:443/mqtt'],
  ] as const)('%j is written %s', (broker, text) => {
    const spec = { ...SPEC, config: { ...SPEC.config, broker } };
    expect(textOf(spec, 'global.config')).toContain(`\nMQTT_SERVER=${text}\n`);
  });

  test('a value of two lines is no value', () => {
    const spec = { ...SPEC, config: { ...SPEC.config, password: 'a\nMQTT_SERVER=evil' } };
    expect(() => layOut(spec)).toThrow('MQTT_PASSWORD');
  });
});

describe('run', () => {
  test.each(SHELLS)('in %s %s starts the agent in its own folder, wherever it is called', (...shell) => {
    const folder = createFolder(`a 'b" $c`);
    lay(SPEC, folder);
    let said = '';
    try {
      execFileSync(...callOf(shell, join(folder, 'run')), { cwd: '/', encoding: 'utf8', stdio: 'pipe' });
    } catch (thrown) {
      expect(thrown).toMatchObject({ status: 7, stderr: '' });
      said = (thrown as { readonly stdout: string }).stdout;
    }
    const words = [
      ...['--name', 'node1', '--group', 'clients', '--group', 'wifi-5', '--functions', 'functions.sh'],
      ...['--config', 'global.config', '--session-file', 'session'],
    ];
    expect(said).toBe(`${words.map((word) => `[${word}]`).join('')}${folder}\n`);
    expect(existsSync(join(folder, 'agent.log.1'))).toBe(false);
  });

  test('an interpreter with blanks and quotes in its path is one word', () => {
    const folder = createFolder('a');
    const interpreter = join(folder, `odd 'sh"`);
    writeFileSync(interpreter, '#!/bin/sh\necho "odd $*"\n', { mode: 0o755 });
    lay({ ...SPEC, interpreter }, folder);
    expect(execFileSync(join(folder, 'run'), { encoding: 'utf8' })).toMatch(/^odd agent\.sh --name node1 /);
  });

  test.each(SHELLS)('in %s %s keeps the end of a log that has become long', (...shell) => {
    const folder = createFolder('a');
    lay({ ...SPEC, program: Buffer.from('exit 0') }, folder);
    writeFileSync(join(folder, 'agent.log'), `${'x'.repeat(1_100_000)}end\n`);
    execFileSync(...callOf(shell, join(folder, 'run')));
    const kept = readFileSync(join(folder, 'agent.log.1'), 'utf8');
    expect(kept).toHaveLength(1024 * 1024);
    expect(kept).toMatch(/end\n$/);
    expect(readFileSync(join(folder, 'agent.log'), 'utf8')).toBe('');
  });
});

describe('the file of a service', () => {
  test.each([true, false])('systemd understands it (root: %s)', (isRoot) => {
    const folder = createFolder(`a %n "b' $c`);
    lay(SPEC, folder);
    const text = serviceText('node1', { serviceManager: 'systemd', isRoot, folder }) ?? '';
    const unit = join(folder, '..', 'mqtt-orchestrate-node1.service');
    writeFileSync(unit, text);
    // It says on stderr what it does not understand.
    const ended = execFileSync('sh', ['-c', 'systemd-analyze verify "$1" 2>&1', 'sh', unit], {
      encoding: 'utf8',
    });
    expect(ended).toBe('');
    expect(text).toContain('Restart=on-failure\n');
    expect(text).toContain(isRoot ? 'WantedBy=multi-user.target' : 'WantedBy=default.target');
  });

  test.each(SHELLS)('procd gets one command from it, in %s %s', (...shell) => {
    const folder = createFolder(`a 'b`);
    lay({ ...SPEC, program: Buffer.from('echo out; echo err >&2') }, folder);
    const text = serviceText('node1', { serviceManager: 'procd', isRoot: true, folder }) ?? '';
    expect(text).toMatch(/^#!\/bin\/sh \/etc\/rc\.common\n/);
    // What procd is told to run is run.
    const stub =
      'procd_open_instance() { :; }; procd_close_instance() { :; }; procd_set_param() { [ "$1" != command ] || { shift; "$@"; }; };';
    execFileSync(...callOf(shell, '-c', `${stub}\n${text}\nstart_service`));
    expect(readFileSync(join(folder, 'agent.log'), 'utf8')).toBe('out\nerr\n');
  });

  test('there is none for a manager that is not known', () => {
    expect(serviceText('node1', { serviceManager: 'none', isRoot: true, folder: '/x' })).toBeUndefined();
  });
});
