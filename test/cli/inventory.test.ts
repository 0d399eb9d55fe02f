// biome-ignore-all lint/suspicious/noTemplateCurlyInString: it is the notation of playbooks and of shells.

import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { silentLogger, systemClock } from '../../src/base/index.ts';
import { type Broker, startBroker } from '../../src/broker/index.ts';
import { createMqttTransport } from '../../src/transport/index.ts';
import { createScriptedAgent, type ScriptedAgent } from '../support/scripted-agent.ts';
import { runInProcess } from './run-in-process.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'inventory-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function write(file: string, text: string): void {
  mkdirSync(dirname(join(folder, file)), { recursive: true });
  writeFileSync(join(folder, file), text);
}

const { PATH = '', HOME = '' } = process.env;

function run(...words: string[]): ReturnType<typeof runInProcess> {
  return runInProcess(words, { workingDirectory: folder, environment: { PATH, HOME, LANG: 'C.UTF-8' } });
}

const LAB = 'servers: {hosts: s1}\nclients: {hosts: {"c[1:2]": }}\n';

describe('check', () => {
  beforeEach(() => {
    write('lab.yaml', LAB);
    write('good', 'SEND @clients START\nWAITFOR *,!s1 STARTED\n');
    write('bad', 'SEND c[1:3] START\nWAITFOR @cleints STARTED\n');
  });

  it('knows the names of the inventory', async () => {
    expect(await run('check', '--inventory', 'lab.yaml', 'good')).toEqual({
      code: 0,
      stdout: 'good: no problems\n',
      stderr: '',
    });
    const { code, stdout } = await run('check', '--inventory', 'lab.yaml', 'bad');
    expect(code).toBe(2);
    expect(stdout).toContain('bad:1:6: error: the inventory has no node "c3"\n');
    expect(stdout).toContain('  did you mean clients?\n');
  });

  it('knows none without one', async () => {
    expect((await run('check', 'bad')).code).toBe(0);
  });

  it('takes the inventory that the configuration names', async () => {
    write('global.config', 'INVENTORY=lab.yaml\n');
    expect((await run('check', 'bad')).code).toBe(2);
    write('other.config', 'MQTT_TOPIC=x\n');
    expect((await run('check', 'bad', '-c', 'other.config')).code).toBe(0);
  });

  it('shows what is wrong with the inventory, in its place', async () => {
    write('lab.yaml', 'clients:\n  host: {c1: }\n  vars: {mqtt_agent: sh}\n');
    expect(await run('check', '--inventory', 'lab.yaml', 'good')).toEqual({
      code: 2,
      stdout: '',
      stderr: `lab.yaml:2:3: error: unknown key "host": a group has hosts, children, vars
    host: {c1: }
    ^^^^
  did you mean hosts?

lab.yaml:3:22: error: mqtt_agent: "sh" is neither node nor shell
    vars: {mqtt_agent: sh}
                       ^^

error: the inventory lab.yaml has 2 errors
hint: docs/reference/inventory.md has the form, with samples
`,
    });
  });

  it('says that there is none', async () => {
    const { code, stderr } = await run('check', '--inventory', 'none.yaml', 'good');
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr:
        'error: cannot read the inventory none.yaml: there is no such file\nhint: name it with --inventory FILE or INVENTORY=FILE\n',
    });
  });
});

describe('what only Ansible reads', () => {
  beforeEach(() => write('p', 'SEND @clients START ${node.port}\n'));

  const check = (file: string) => run('check', '--inventory', file, 'p');
  const GOOD = { code: 0, stdout: 'p: no problems\n', stderr: '' };

  it('an INI file', async () => {
    write('lab.ini', '[clients]\nc[1:2] port=5201\n');
    expect(await check('lab.ini')).toEqual(GOOD);
  });

  it('a group_vars beside plain YAML', async () => {
    write('inventory/lab.yaml', 'clients: {hosts: {"c[1:2]": }}\n');
    write('inventory/group_vars/clients.yaml', 'port: 5201\n');
    expect(await check('inventory/lab.yaml')).toEqual(GOOD);
    expect(await check('inventory')).toEqual(GOOD);
  });

  it('a script', async () => {
    write(
      'lab.sh',
      '#!/bin/sh\necho \'{"clients": {"hosts": ["c1"], "vars": {"port": 1.0}}, "_meta": {"hostvars": {}}}\'\n',
    );
    chmodSync(join(folder, 'lab.sh'), 0o755);
    expect(await check('lab.sh')).toEqual(GOOD);
  });

  it('more hosts than a screen has room for', async () => {
    write(
      'lab.ini',
      '[clients]\nc[1:9999]\n[clients:vars]\nport=5201\ntext="'.concat('x'.repeat(300), '"\n'),
    );
    expect(await check('lab.ini')).toEqual(GOOD);
  });

  it('is refused with its own words when it is wrong', async () => {
    write('lab.ini', '[clients]\nc1\n[clients:childern]\nx\n');
    const { code, stderr } = await check('lab.ini');
    expect(code).toBe(2);
    expect(stderr).toMatch(
      /^error: cannot read the inventory lab\.ini \(this is an inventory in the INI form\): ansible-inventory ended with \d+\ncause: /,
    );
    expect(stderr).toContain('childern');
  });

  it('is refused when its names are none of ours', async () => {
    write('lab.ini', '[clients]\n_c1\nc2 ansible_port=x\n');
    const { code, stderr } = await check('lab.ini');
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: `error: the inventory lab.ini, as ansible-inventory reads it:
  "_c1" is no name of a node
  c2: ansible_port: "x" is no port: a number from 1 to 65535
hint: try ansible-inventory --list -i FILE by hand
`,
    });
  });

  it.each([
    ['lab.ini', '[clients]\nc1\n', 'this is an inventory in the INI form'],
    [
      'lab.yaml',
      'a: {hosts: n1}\nb: {hosts: {"n[a:c]": }}\n',
      'line 2: this range is not one of two numbers, such as [1:20]',
    ],
  ])('%s needs ansible-inventory', async (file, text, reason) => {
    write(file, text);
    const words = ['check', '--inventory', file, 'p'];
    const { code, stderr } = await runInProcess(words, {
      workingDirectory: folder,
      environment: { PATH: folder },
    });
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: `error: cannot read the inventory ${file} (${reason}): only ansible-inventory can, and it cannot be run here
cause: spawn ansible-inventory ENOENT
hint: install ansible-core (apt install ansible-core), or write plain YAML: docs/reference/inventory.md
`,
    });
  });

  it('gets no password of ours', async () => {
    write(
      'lab.sh',
      '#!/bin/sh\necho "{\\"clients\\": {\\"hosts\\": [\\"c1\\"]}, \\"_meta\\": {\\"hostvars\\": {\\"c1\\": {\\"port\\": \\"${MQTT_PASSWORD-none}\\"}}}}"\n',
    );
    chmodSync(join(folder, 'lab.sh'), 0o755);
    write('q', 'WAITFOR c1 ALIVE\n');
    const environment = { PATH, HOME, MQTT_USERNAME: 'u', MQTT_PASSWORD: '\u0007secret' };
    const words = ['check', '--inventory', 'lab.sh', 'p'];
    // With the password in it, its control character would be a problem.
    expect(await runInProcess(words, { workingDirectory: folder, environment })).toEqual(GOOD);
  });
});

describe('commands that ask who is there', () => {
  let broker: Broker;
  const agents: ScriptedAgent[] = [];
  beforeEach(async () => {
    broker = await startBroker({ port: 0, logger: silentLogger });
    write('lab.yaml', LAB);
  });
  afterEach(async () => {
    for (const agent of agents.splice(0)) await agent.close();
    await broker.close();
  });

  function startAgent(node: string): void {
    const url = { scheme: 'mqtt', host: broker.host, port: broker.port } as const;
    agents.push(
      createScriptedAgent({
        createTransport: (clientId, will) =>
          createMqttTransport({ url, clientId, will, clock: systemClock, logger: silentLogger }),
        clock: systemClock,
        root: 'testlab',
        node,
        script: { startFunction: {} },
      }),
    );
  }

  const ask = (command: string, ...words: string[]) =>
    run(command, '-m', `127.0.0.1:${broker.port}`, '--inventory', 'lab.yaml', ...words);
  const namesIn = (stdout: string): string[] => JSON.parse(stdout).map(({ node }: { node: string }) => node);

  it('nodes: the hosts, heard of or not, and nobody else', async () => {
    for (const node of ['c1', 's1', 'stranger']) startAgent(node);
    const all = await ask('nodes', '--json');
    expect(namesIn(all.stdout)).toEqual(['c1', 'c2', 's1']);
    expect(JSON.parse(all.stdout)[1]).toMatchObject({ node: 'c2', session: null, ageMs: null });
    expect(namesIn((await ask('nodes', '--json', '--limit', '@clients,!c2')).stdout)).toEqual(['c1']);
  });

  it('nodes --limit: without an inventory, of those who are there', async () => {
    for (const node of ['c1', 's1']) startAgent(node);
    const words = ['nodes', '-m', `127.0.0.1:${broker.port}`, '--json', '--limit', '*,!c1'];
    expect(namesIn((await run(...words)).stdout)).toEqual(['s1']);
  });

  it('nodes --strays: an absent host is not known', async () => {
    startAgent('c1');
    startAgent('stranger');
    const { stdout } = await ask('nodes', '--strays', '--json', '--limit', '@clients');
    expect(JSON.parse(stdout).unknown).toMatchObject([{ node: 'c2' }]);
  });

  it('clocks: whoever is missing is missed', async () => {
    startAgent('c1');
    const { code, stdout, stderr } = await ask('clocks', '--json', '@clients');
    expect({ code, stderr }).toEqual({ code: 4, stderr: '' });
    expect(namesIn(stdout)).toEqual(['c1', 'c2']);
    expect((await ask('clocks', 'c1')).code).toBe(0);
  });

  it('send: to the hosts that are meant', async () => {
    for (const node of ['c1', 'c2', 'stranger']) startAgent(node);
    const { code, stdout } = await ask('send', '@clients', 'START', '${node.name}');
    expect({ code, stdout }).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('@clients is c1, c2 (2 nodes)'),
    });
    expect(agents.map(({ calls }) => calls)).toEqual([
      ['startFunction ${node.name}'],
      ['startFunction ${node.name}'],
      [],
    ]);
  });

  it.each([
    [['nodes', '--limit', 'c3'], '"c3": the inventory has no node "c3"', 'did you mean c1?'],
    [
      ['nodes', '--strays', '--limit', '@clinets'],
      '"@clinets": the inventory has no group "clinets"',
      'did you mean clients?',
    ],
    [['nodes', '--limit', '!*'], '"!*": "!*" leaves nobody', 'orchestrate nodes --help'],
    [
      ['clocks', '@servers&@clients'],
      '"@servers&@clients" is nobody of the inventory',
      'orchestrate clocks --help',
    ],
    [['send', 'c[1-2]', 'START'], 'a range has two numbers and a colon', 'did you mean c[1:2]?'],
    [
      ['send', '@servers,!s1', 'START'],
      '"@servers,!s1" is nobody of the inventory',
      'orchestrate send --help',
    ],
  ])('%j is a mistake', async ([command = '', ...words], what, hint) => {
    const { code, stderr } = await ask(command, ...words);
    expect(code).toBe(2);
    expect(stderr).toContain(what);
    expect(stderr).toContain(`\nhint: ${hint}\n`);
  });
});
