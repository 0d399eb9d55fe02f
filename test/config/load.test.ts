import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  type ConfigurationSources,
  formatOrigin,
  formatProblem,
  loadConfiguration,
} from '../../src/config/index.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'config-test-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const write = (name: string, text: string): void => writeFileSync(join(folder, name), text);

function load(sources: Partial<ConfigurationSources> = {}) {
  const { value, problems } = loadConfiguration({
    configFile: undefined,
    flags: {},
    environment: {},
    workingDirectory: folder,
    ...sources,
  });
  return { value, problems: problems.map(formatProblem) };
}

function valid(sources: Partial<ConfigurationSources> = {}) {
  const { value, problems } = load(sources);
  if (!value) throw new Error(problems.join('\n'));
  return value;
}

describe('without anything', () => {
  it('the defaults stand', () => {
    expect(valid().settings).toEqual({
      broker: { scheme: 'mqtt', host: '127.0.0.1', port: 1883 },
      username: undefined,
      password: undefined,
      ca: undefined,
      rootTopic: 'testlab',
      useAnsible: false,
      ansiblePlaybook: 'ansible.deploy.yaml',
      useSsh: false,
      debug: false,
      timeoutMs: 300_000,
      ackTimeoutMs: 10_000,
      offlineGraceMs: 2000,
      brokerConnectTimeoutMs: 10_000,
      brokerLostTimeoutMs: 120_000,
      leaseMs: 15_000,
      reporter: 'plain',
      runsDirectory: 'runs',
    });
  });

  it('is frozen', () => {
    const { settings } = valid();
    expect(Object.isFrozen(settings) && Object.isFrozen(settings.broker)).toBe(true);
  });
});

describe('precedence', () => {
  const shown = (sources: Partial<ConfigurationSources>) => {
    const entry = valid(sources).entries.find(({ key }) => key === 'MQTT_TOPIC');
    return entry && [entry.shown, formatOrigin(entry.origin)];
  };
  const flags = { MQTT_TOPIC: 'from-flag' };
  const environment = { MQTT_TOPIC: 'from-environment' };

  it('flag, environment, file, default; each remembered', () => {
    expect(shown({})).toEqual(['testlab', 'default']);
    write('global.config', 'DEBUG=false\nMQTT_TOPIC=from-file\n');
    expect(shown({})).toEqual(['from-file', 'global.config:2']);
    expect(shown({ environment })).toEqual(['from-environment', 'environment MQTT_TOPIC']);
    expect(shown({ environment, flags })).toEqual(['from-flag', 'flag -t']);
  });

  it('-c names another file, and then global.config is not read', () => {
    write('global.config', 'MQTT_TOPIC=a');
    write('lab.config', 'DEBUG=true');
    expect(shown({ configFile: 'lab.config' })).toEqual(['testlab', 'default']);
  });

  it('an empty text in the environment or the file sets nothing', () => {
    write('global.config', 'MQTT_TOPIC=');
    expect(shown({ environment: { MQTT_TOPIC: '' } })).toEqual(['testlab', 'default']);
  });

  it('the last line of a file wins', () => {
    write('global.config', 'MQTT_TOPIC=a\nMQTT_TOPIC=b');
    expect(shown({})).toEqual(['b', 'global.config:2']);
  });

  it('names that many programs use are not ours in the environment', () => {
    const environment = { DEBUG: 'express:*', TIMEOUT: 'soon', ORCHESTRATE_TIMEOUT: '5s' };
    expect(valid({ environment }).settings).toMatchObject({ debug: false, timeoutMs: 5000 });
  });
});

describe('values', () => {
  it('the six keys of the original, as its sample has them', () => {
    write(
      'global.config',
      'MQTT_SERVER=192.168.11.1\nMQTT_TOPIC=testlab\nUSE_ANSIBLE=false\nANSIBLE_PLAYBOOK="ansible.deploy.yaml"\nUSE_SSH=false\nDEBUG=false\n',
    );
    const { value, problems } = load();
    expect(problems).toEqual([]);
    expect(value?.settings.broker).toEqual({ scheme: 'mqtt', host: '192.168.11.1', port: 1883 });
  });

  it('durations, for ever, off', () => {
    write(
      'global.config',
      'TIMEOUT=0\nACK_TIMEOUT=1m30s\nOFFLINE_GRACE=500ms\nLEASE=off\nBROKER_TIMEOUT=5s/10m',
    );
    expect(valid().settings).toMatchObject({
      timeoutMs: 0,
      ackTimeoutMs: 90_000,
      offlineGraceMs: 500,
      leaseMs: undefined,
      brokerConnectTimeoutMs: 5000,
      brokerLostTimeoutMs: 600_000,
    });
  });

  it('one broker timeout stands for both', () => {
    expect(valid({ flags: { BROKER_TIMEOUT: '3s' } }).settings).toMatchObject({
      brokerConnectTimeoutMs: 3000,
      brokerLostTimeoutMs: 3000,
    });
  });

  it('user and password of the address win', () => {
    const environment = { MQTT_USERNAME: 'lab', MQTT_PASSWORD: 'other' };
    expect(valid({ environment, flags: { MQTT_SERVER: 'mqtts://me:s%40cret@host' } }).settings).toMatchObject(
      {
        broker: { scheme: 'mqtts', host: 'host', port: 8883 },
        username: 'me',
        password: 's@cret',
      },
    );
  });

  it('the CA file is read, from where the user stands', () => {
    const pem = '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n';
    write('ca.pem', pem);
    expect(valid({ environment: { MQTT_CAFILE: 'ca.pem' } }).settings.ca).toBe(pem);
  });
});

describe('problems', () => {
  it('all of them at once, each with its place', () => {
    write('global.config', 'TIMEOUT=soon\nMQTT_TOPIC="a b"\nLEASE=0\nwhat is this\n');
    const { value, problems } = load({
      flags: { REPORTER: 'fancy', MQTT_SERVER: 'http://x' },
      environment: { USE_SSH: 'maybe', MQTT_CAFILE: 'missing.pem' },
    });
    expect(value).toBeUndefined();
    expect(problems).toEqual([
      expect.stringMatching(/^global\.config:4:1: error: not of the form KEY=value/),
      expect.stringMatching(/^environment MQTT_CAFILE: error: MQTT_CAFILE: missing\.pem: /),
      expect.stringMatching(/^flag -m: error: MQTT_SERVER: "http:\/\/x" begins with http:\/\//),
      expect.stringMatching(/^global\.config:2:12: error: MQTT_TOPIC: "a b": the level/),
      expect.stringMatching(/^environment USE_SSH: error: USE_SSH: "maybe" is neither true nor false/),
      expect.stringMatching(/^global\.config:1:9: error: TIMEOUT: "soon" is not a duration/),
      expect.stringMatching(/^global\.config:3:7: error: LEASE: "0" is no time at all/),
      expect.stringMatching(/^flag --reporter: error: REPORTER: "fancy" is none of plain, quiet, ndjson/),
    ]);
  });

  it.each(['/lab', 'lab/', 'a//b', 'a/+', '#', '$SYS', '_all'])('root topic %j', (topic) => {
    expect(load({ flags: { MQTT_TOPIC: topic } }).problems).toEqual([
      expect.stringMatching(/^flag -t: error: MQTT_TOPIC: /),
    ]);
  });

  it.each(['1s/2s/3s', '0', '5s/', '/5s', 'x'])('broker timeout %j', (text) => {
    expect(load({ flags: { BROKER_TIMEOUT: text } }).problems).toHaveLength(1);
  });

  it('a file that was named must be there; global.config need not', () => {
    expect(load().problems).toEqual([]);
    expect(load({ configFile: 'lab.config' }).problems).toEqual([
      expect.stringContaining('lab.config:1:1: error: there is no such file'),
    ]);
    expect(load({ configFile: '.' }).problems).toEqual([expect.stringContaining('cannot be read')]);
  });

  it('a password without a user', () => {
    expect(load({ environment: { MQTT_PASSWORD: 'x' } }).problems).toEqual([
      expect.stringContaining('set MQTT_USERNAME too'),
    ]);
  });
});

describe("the user's own variables", () => {
  it('are handed on, with a warning that knows what may have been meant', () => {
    write('global.config', 'MQTT_SERVR=host\n  export WLAN=wlan0\n');
    const { value, problems } = load();
    expect(value?.userVariables).toEqual(
      new Map([
        ['MQTT_SERVR', 'host'],
        ['WLAN', 'wlan0'],
      ]),
    );
    expect(problems).toEqual([
      'global.config:1:1: warning: MQTT_SERVR is no key of ours; it is given to node scripts as a variable; did you mean MQTT_SERVER?',
      'global.config:2:10: warning: WLAN is no key of ours; it is given to node scripts as a variable',
    ]);
  });

  it.each(['MQTT_PASWORD', 'MQTT_PASS', 'mqtt_password'])('%s may be our password: withheld', (key) => {
    write('global.config', `${key}=hunter2`);
    const { value, problems } = load();
    expect(value?.userVariables.size).toBe(0);
    expect(problems).toEqual([expect.stringContaining('not given to node scripts')]);
  });
});

it('no password is ever shown', () => {
  write('global.config', "MQTT_USERNAME=lab\nMQTT_PASSWORD='hunter2'\nTIMEOUT=never");
  const flags = { MQTT_SERVER: 'mqtt://me:hunter2@host' };
  expect(load({ flags }).problems.join()).not.toContain('hunter2');
  write('global.config', "MQTT_USERNAME=lab\nMQTT_PASSWORD='hunter2'");
  expect(JSON.stringify(valid({ flags }).entries)).not.toContain('hunter2');
  const broken = load({ flags: { MQTT_SERVER: 'mqtt://me:hunter2@host:port' } });
  expect(broken.problems.join()).toMatch(/flag -m: error/);
  expect(broken.problems.join()).not.toContain('hunter2');
});

describe('a file of anything', () => {
  const MUTATIONS = ['\0', '\r', '\n', '"', "'", '$(x)', '`', '=', '😀', '\uD800', '__proto__=1\n', '\uFEFF'];
  const VALID = [
    '# ours',
    'MQTT_SERVER=10.0.0.1',
    'MQTT_TOPIC="lab/one"',
    'export REPORTER=plain',
    "mine='a b'",
    '',
  ].join('\n');

  it('is settings or located problems, never an exception', () => {
    const edits = fc.array(
      fc.record({ at: fc.nat(VALID.length), length: fc.nat(12), by: fc.constantFrom(...MUTATIONS, '') }),
      { minLength: 1, maxLength: 6 },
    );
    const changed = edits.map((all) =>
      Buffer.from(
        all.reduce((text, { at, length, by }) => text.slice(0, at) + by + text.slice(at + length), VALID),
      ),
    );
    const random = fc.uint8Array({ maxLength: 500 }).map((bytes) => Buffer.from(bytes));
    fc.assert(
      fc.property(fc.oneof(changed, random), (bytes) => {
        writeFileSync(join(folder, 'global.config'), bytes);
        const { value, problems } = loadConfiguration({
          configFile: undefined,
          flags: {},
          environment: {},
          workingDirectory: folder,
        });
        const isWrong = problems.some(({ severity }) => severity === 'error');
        expect(value === undefined).toBe(isWrong);
        const lines = bytes
          .toString('utf8')
          .replace(/^\uFEFF/, '')
          .split('\n');
        for (const { origin } of problems) {
          if (origin.kind !== 'file') continue;
          const { line, column } = origin;
          expect(lines[line - 1]).toBeDefined();
          expect(column).toBeGreaterThanOrEqual(1);
          expect(column - 1).toBeLessThanOrEqual(lines[line - 1]?.length ?? 0);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('may name its variables like what every object has', () => {
    const names = ['__proto__', 'constructor', 'toString', 'hasOwnProperty'];
    write('global.config', names.map((name) => `${name}=x\n`).join(''));
    expect([...valid().userVariables.keys()]).toEqual(names);
  });
});
