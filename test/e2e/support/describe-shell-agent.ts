import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { splitWords } from '../../../src/protocol/index.ts';
import { createCertificate } from '../../support/certificates.ts';
import { freePort } from '../../support/free-port.ts';
import { type Mosquitto, startMosquitto } from '../../support/mosquitto.ts';
import { startTcpProxy } from '../../support/tcp-proxy.ts';
import { describeOnEachBroker, passwordLine } from './brokers.ts';
import { createLab, type Lab } from './lab.ts';
import type { Log } from './log.ts';
import { PATIENCE } from './patience.ts';
import type { Program } from './program.ts';
import { AGENT_SH, leftBy, type Shell, type ShellAgentOptions, startShellAgent } from './shell-agent.ts';
import { createWorkplace } from './workplace.ts';

const NUMBERS = Array.from({ length: 1000 }, (_, index) => String(index + 1));
const HOSTILE_WORDS = [
  `"two words" it's $HOME`,
  `* ~ /etc/* [a-z]* ? {a,b}`,
  '`sleep 9999 &` $(sleep 9999 &) ; sleep 9999 & | && > file',
  `'' "" 'a'"b"c \\ \\n "a\\"b" "a\\\\" 5" disk`,
  `"never closed 'nor this`,
  "a\tb\t 'c\td'",
  '-n -e -- %s %d \\0101 \\x41 =M T W',
];
const LOGIN = { user: 'lab user', password: `pass word#"'$5` } as const;

/** What agent.sh does under a shell: all that an original agent does, and all that may happen to it. */
export function describeShellAgent(shell: Shell): void {
  const name = shell.join(' ');

  describeOnEachBroker(`agent.sh under ${name}`, (broker, startAnother) => {
    it('does what a playbook can ask of it', async () => {
      const lab = await createLab(broker());
      const log = await lab.listen();
      const agent = await startShellAgent(lab, shell, 'router', { words: ['--group', 'routers'] });
      const port = await freePort();
      const { code, stdout, stderr } = await lab.run([
        'WAITFOR router ALIVE',
        'SEND * START background 600',
        'WAITFOR @routers STARTED',
        'SEND router MY-VERB',
        'WAITFOR router MY-VERB-DONE',
        `RECEIVE ${port} received`,
        `SEND router SENDFILE ${join(lab.folder, 'figures')} 127.0.0.1 ${port}`,
        'WAITFOR router SENT FILE',
        'SEND router START fail wood',
        'WAITFOR router FAILED START 7',
        'SEND router START sleep 600',
        'WAIT 0.3',
        'SEND router STOP',
        'WAITFOR router STOPPED',
        'SEND router TERMINATE',
        'WAITFOR router TERMINATED',
      ]);
      expect(stderr).toBe('');
      expect(stdout).toMatch(/\n {2}router \(text only(, terminated)?\) +7 +0 .*\n\nPASSED/);
      expect(code, stdout).toBe(0);
      expect(await readFile(join(lab.folder, 'received'), 'utf8')).toBe('a\nb\n');
      const ended = await agent.ended;
      expect(ended.code, ended.stderr).toBe(0);
      expect(await leftBy(lab)).toEqual([]);
      expect(log.texts('router/STATUS')).toEqual([
        ...['ALIVE', 'STARTED', 'MY-VERB-DONE', 'SENDING FILE', 'SENT FILE', 'FAILED START 7', 'STOPPED'],
        'TERMINATED',
      ]);
      // The last one clears it.
      expect(log.texts('router/INFO').at(-1)).toBe('');
    });

    it('does a burst of a thousand commands in order, each once', async () => {
      const lab = await createLab(broker());
      const log = await lab.listen();
      await startShellAgent(lab, shell, 'router');
      await lab.publish('router/COMMAND', ...NUMBERS.map((number) => `START order ${number}`), 'COUNT');
      await log.heard('router/STATUS', 'COUNT-DONE');
      expect(await readFile(join(lab.folder, 'order'), 'utf8')).toBe(`${NUMBERS.join('\n')}\n`);
      expect(log.texts('router/STATUS').filter((text) => text === 'STARTED')).toHaveLength(NUMBERS.length);
      expect(log.texts('router/STATUS')).toContain('COUNT 1100');
    });

    it('is back with INFO and STATUS when its broker was killed and comes again empty', async () => {
      const first = await startAnother();
      onTestFinished(() => first.stop());
      const lab = await createLab(first);
      const agent = await startShellAgent(lab, shell, 'router');
      await lab.publish('router/COMMAND', 'START background 600');
      await (await lab.listen()).heard('router/STATUS', 'STARTED');
      await first.kill();
      const again = await startAnother({ port: first.port });
      onTestFinished(() => again.stop());
      await expect.poll(() => retained(lab, 'router/STATUS'), PATIENCE).toBe('STARTED\n');
      expect(await retained(lab, 'router/INFO')).toContain('"accepts":["text"]');
      await lab.publish('router/COMMAND', 'STOP', 'TERMINATE');
      expect((await agent.ended).code).toBe(0);
    });
  });

  describe(`agent.sh under ${name}, on mosquitto,`, () => {
    let mosquitto: Mosquitto;
    beforeAll(async () => {
      mosquitto = await startMosquitto();
    });
    afterAll(() => mosquitto.stop());

    const create = async (options: ShellAgentOptions = {}): Promise<Corner> => {
      const lab = await createLab(mosquitto);
      const log = await lab.listen();
      const agent = await startShellAgent(lab, shell, 'router', options);
      return { lab, log, agent, tell: (...lines) => lab.publish('router/COMMAND', ...lines) };
    };

    it('splits words as our other agents do', async () => {
      const { lab, log, tell } = await create();
      for (const words of HOSTILE_WORDS) {
        const started = log.next('router/STATUS', 'STARTED');
        await tell(`START words ${words}`);
        await started;
        const expected = splitWords(words).map((word) => `<${word}>`);
        expect(await readFile(join(lab.folder, 'words'), 'utf8'), words).toBe(expected.join(''));
      }
      expect(lab.processes()).not.toContain('sleep 9999');
    });

    it('ignores what it cannot be sure of, says so, and goes on', async () => {
      const { lab, agent, tell, log } = await create();
      const words = [...lab.server, '-t', `${lab.root}/router/COMMAND`, '-s'];
      const refused = [
        ['START words a\nSTOP', /line end or a NUL/],
        ['START words a\0b', /line end or a NUL/],
        ['START words \u00e4', /other characters than those of ASCII/],
        [`START words ${'x'.repeat(5000)}`, /5012 bytes|longer than/],
        ['{"v":1,"id":"1","verb":"START","args":[]}', /plain text only/],
        ['_report', /does not know _report/],
        ['  ', /it is empty/],
      ] as const;
      for (const [payload, reason] of refused) {
        await lab.program('mosquitto_pub', words, payload).ended;
        await agent.complained(reason);
      }
      await tell('COUNT');
      await log.heard('router/STATUS', 'COUNT-DONE');
      expect(log.texts('router/STATUS')).toEqual(['ALIVE', 'COUNT 100', 'COUNT-DONE']);
    });

    it('ignores a command that is retained', async () => {
      const lab = await createLab(mosquitto);
      const topic = `${lab.root}/router/COMMAND`;
      await lab.program('mosquitto_pub', [...lab.server, '-t', topic, '-r', '-m', 'START order old']).ended;
      const agent = await startShellAgent(lab, shell, 'router');
      await agent.complained(/ignored a retained command/);
      await lab.publish('router/COMMAND', 'COUNT');
      await (await lab.listen()).heard('router/STATUS', 'COUNT 100');
    });

    it('STOP interrupts a function at any depth, spares what initFunction started, and keeps the variables', async () => {
      const { lab, log, tell } = await create();
      for (const what of ['sleep 601', 'nested 602', 'spin', 'stubborn']) {
        await tell(`START ${what}`);
        await expect.poll(() => heartbeatOf(lab, log, 'router'), PATIENCE).toContain('"busy":true');
        const stopped = log.next('router/STATUS', 'STOPPED');
        await tell('STOP');
        await stopped;
      }
      await tell('START background 603', 'START daemon 604', 'START subshell 605');
      await expect
        .poll(lab.processes, PATIENCE)
        .toEqual(expect.arrayContaining(['sleep 603', 'sleep 604', 'sleep 605']));
      const stopped = log.next('router/STATUS', 'STOPPED');
      await tell('STOP');
      await stopped;
      expect(lab.processes().filter((line) => line.startsWith('sleep 6'))).toEqual([]);
      expect(lab.processes()).toEqual(expect.arrayContaining(['sleep 1000', 'sleep 1001']));
      await tell('COUNT');
      await log.heard('router/STATUS', 'COUNT 107');
    });

    it('lets the script alone decide what a STOP with words ends', async () => {
      const { lab, log, tell } = await create();
      await tell('START background 606');
      await log.heard('router/STATUS', 'STARTED');
      await tell('STOP part 0', 'STOP part 4', 'COUNT');
      await log.heard('router/STATUS', 'COUNT-DONE');
      const said = log.texts('router/STATUS').filter((text) => !text.startsWith('RECEIVED'));
      expect(said).toEqual(['ALIVE', 'STARTED', 'STOPPED', 'FAILED STOP 4', 'COUNT 101', 'COUNT-DONE']);
      expect(lab.processes()).toContain('sleep 606');
    });

    it('outlives what a function does to its shell', async () => {
      const { log, tell } = await create();
      await tell('START exit', 'START unset', 'START errexit', 'COUNT', 'NOTHING', 'start');
      await log.heard('router/STATUS', 'FAILED start: unknown command');
      expect(log.texts('router/STATUS')).toEqual([
        'ALIVE',
        'FAILED START 3',
        expect.stringMatching(/^FAILED START (1|2|127)$/),
        'FAILED START 1',
        'COUNT 103',
        'COUNT-DONE',
        'FAILED NOTHING: unknown command',
        'FAILED start: unknown command',
      ]);
    });

    it('is OFFLINE for a moment when its connection is cut, and goes on', async () => {
      const proxy = await startTcpProxy(mosquitto.port);
      onTestFinished(() => proxy.close());
      const { log, tell } = await create({ port: proxy.port });
      await tell('START background 600');
      await log.heard('router/STATUS', 'STARTED');
      const again = log.next('router/STATUS', 'STARTED');
      proxy.cut();
      await log.heard('router/STATUS', 'OFFLINE');
      await again;
      const stopped = log.next('router/STATUS', 'STOPPED');
      await tell('STOP');
      await stopped;
    });

    it('leaves nothing but its last words when it is killed', async () => {
      const { lab, agent, log, tell } = await create();
      await tell('START background 600', 'START daemon 600', 'START sleep 600');
      await log.heard('router/STATUS', 'STARTED');
      agent.signal('SIGKILL');
      await log.heard('router/STATUS', 'OFFLINE');
      await expect.poll(() => leftBy(lab), PATIENCE).toEqual([]);
      // The name is free at once.
      await startShellAgent(lab, shell, 'router');
    });

    it('takes no name that somebody has, on its own machine or on another one, and gives its own to nobody', async () => {
      const { lab, agent } = await create();
      const same = await startShellAgent(lab, shell, 'router', { says: undefined });
      const other = await startShellAgent(lab, shell, 'router', { says: undefined, temporary: 'elsewhere' });
      const ours = lab.start(['agent', '--name', 'router', '--functions', 'router.functions.sh']);
      expect(await same.ended).toMatchObject({
        code: 2,
        stderr: expect.stringMatching(/error: another agent of this machine has the name router: process/),
      });
      for (const late of [other, ours])
        expect(await late.ended).toMatchObject({
          code: 2,
          stderr: expect.stringMatching(/error: another agent has the name router: session/),
        });
      expect(agent.stderr).toMatch(/warning: another agent wants this node's name/);
      await lab.publish('router/COMMAND', 'TERMINATE');
      expect((await agent.ended).code).toBe(0);
      expect([...(await leftBy(lab)), ...(await leftBy(lab, 'elsewhere'))]).toEqual([]);

      await lab.agent('router');
      const late = await startShellAgent(lab, shell, 'router', { says: undefined });
      expect(await late.ended).toMatchObject({ code: 2 });
    });

    it('says what is wrong with a node script, and takes no commands then', async () => {
      const broken = await create({ script: '#!/bin/sh\nstartFunction() {\n', says: 'FAILED INIT' });
      await broken.tell('START', 'STOP');
      await broken.log.heard('router/STATUS', 'STOPPED');
      expect(broken.log.texts('router/STATUS')).toEqual([
        expect.stringMatching(/^FAILED INIT .*functions\.sh.*/),
        expect.stringMatching(/^FAILED START: FAILED INIT .*/),
        'STOPPED',
      ]);
      const failing = await create({
        script: '#!/bin/sh\ninitFunction() { return 3; }\n',
        says: 'FAILED INIT',
      });
      expect(failing.log.texts('router/STATUS')).toEqual(['FAILED INIT 3']);
    });

    it('writes who it is to its session file, and ends on SIGTERM', async () => {
      const { lab, agent, log } = await create({ words: ['--session-file', 'session'] });
      const [info = ''] = log.texts('router/INFO');
      const { session } = JSON.parse(info);
      expect(await readFile(join(lab.folder, 'session'), 'utf8')).toBe(`${agent.pid} ${session}\n`);
      expect((await stat(join(lab.folder, 'session'))).mode & 0o777).toBe(0o600);
      agent.signal('SIGTERM');
      expect((await agent.ended).code).toBe(0);
      expect(log.texts('router/STATUS').at(-1)).toBe('TERMINATED');
      await expect(stat(join(lab.folder, 'session'))).rejects.toThrow();
      expect(await leftBy(lab)).toEqual([]);
    });

    it('logs in over TLS, and shows its password to nobody', async () => {
      const { certificate, key } = await createCertificate('localhost');
      const broker = await startMosquitto({
        config: [
          ...['cafile certificate.pem', 'certfile certificate.pem', 'keyfile key.pem'],
          ...['allow_anonymous false', 'password_file passwords'],
        ].join('\n'),
        files: { 'certificate.pem': certificate, 'key.pem': key, passwords: passwordLine(LOGIN) },
      });
      onTestFinished(() => broker.stop());
      const lab = await createLab(broker);
      await lab.write('ca.pem', certificate);
      const config = [
        `MQTT_SERVER=mqtts://localhost:${broker.port}`,
        'export MQTT_USERNAME="lab user"',
        `MQTT_PASSWORD='pass word#"'\\''$5'`,
        'MQTT_CAFILE=ca.pem # ours',
        `MQTT_TOPIC=${lab.root}`,
        `THEIRS="a \\"b\\" 'c' \\$d"`,
        'MQTT_PASWORD=oops',
      ];
      await lab.write('global.config', `${config.join('\n')}\n`);
      const agent = await startShellAgent(lab, shell, 'router', { where: [], says: undefined });
      const client = async (program: string, ...words: string[]): Promise<string> => {
        const login = ['--cafile', 'ca.pem', '-h', 'localhost', '-p', String(broker.port)];
        const user = ['-u', LOGIN.user, '-P', LOGIN.password];
        return (await lab.program(program, [...login, ...user, ...words]).ended).stdout;
      };
      const tell = (text: string): Promise<string> =>
        client('mosquitto_pub', '-t', `${lab.root}/router/COMMAND`, '-m', text);
      const status = (): Promise<string> =>
        client('mosquitto_sub', '-t', `${lab.root}/router/STATUS`, '-C', '1', '-W', '1');
      await expect.poll(status, PATIENCE).toBe('ALIVE\n');
      expect(lab.processes().join('\n')).not.toContain(LOGIN.password);
      await tell('START environment');
      await expect.poll(status, PATIENCE).toBe('STARTED\n');
      const environment = await readFile(join(lab.folder, 'environment'), 'utf8');
      expect(environment).not.toContain('pass word');
      expect(environment).not.toContain('lab user');
      expect(environment).not.toContain('oops');
      expect(environment).toMatch(/MY_TOPIC=['"]?router/);
      expect(environment).toMatch(/MQTT_SERVER=['"]?localhost/);
      expect(environment).toMatch(/THEIRS=.*a .*b/);
      expect(agent.stderr).toMatch(/warning: .*MQTT_PASWORD is no key of ours/);
      await tell('TERMINATE');
      expect((await agent.ended).code).toBe(0);
      expect(agent.stdout + agent.stderr).not.toContain('pass word');
    });

    it('ends with 5 when the broker refuses its login', async () => {
      const broker = await startMosquitto({
        config: 'allow_anonymous false\npassword_file passwords',
        files: { passwords: passwordLine(LOGIN) },
      });
      onTestFinished(() => broker.stop());
      const lab = await createLab(broker);
      const agent = await startShellAgent(lab, shell, 'router', {
        says: undefined,
        environment: ['MQTT_USERNAME=lab', 'MQTT_PASSWORD=wrong-w0rd'],
      });
      const { code, stderr } = await agent.ended;
      expect(stderr).toMatch(/^error: the broker .* refuses the connection.*\nhint: .*MQTT_USERNAME/m);
      expect(stderr).not.toContain('wrong-w0rd');
      expect(code).toBe(5);
      expect(await leftBy(lab)).toEqual([]);
    });

    it.each([
      [[], /the option --name is missing/],
      [['--name', 'a/b'], /"a\/b" cannot be the name of a node/],
      [['--name', 'n', '-m', 'ws://broker'], /speaks no WebSocket/],
      [['--name', 'n', '-m', 'a:b:c'], /several colons/],
      [['--name', 'n', '-t', 'lab/#'], /MQTT_TOPIC/],
      [['--name', 'n', '--functions', 'none.sh'], /there is no node script none\.sh/],
      [['--name', 'n', '-c', 'bad.config'], /bad\.config:2: .*single quotes/],
      [['--name', 'n', '--no-such', 'x'], /unknown option or word: --no-such/],
    ])('refuses %j with 2', async (words, message) => {
      const { write, program } = await createWorkplace();
      await write('bad.config', 'MQTT_TOPIC=lab\nMQTT_PASSWORD=$(id)\n');
      const { code, stderr } = await program('env', [...shell, AGENT_SH, ...words]).ended;
      expect(stderr).toMatch(message);
      expect(code).toBe(2);
    });
  });
}

/** A lab with an agent of the name `router`. */
interface Corner {
  readonly lab: Lab;
  readonly log: Log;
  readonly agent: Program;
  readonly tell: (...lines: string[]) => Promise<void>;
}

/** The last heartbeat, after a ping. */
async function heartbeatOf(lab: Lab, log: Log, node: string): Promise<string> {
  await lab.publish(`${node}/COMMAND`, '_ping');
  return log.texts(`${node}/HEARTBEAT`).at(-1) ?? '';
}

/** What stands on a topic; empty when nothing does, or there is no broker. */
async function retained(lab: Lab, topic: string): Promise<string> {
  const words = [...lab.server, '-t', `${lab.root}/${topic}`, '-C', '1', '-W', '1'];
  return (await lab.program('mosquitto_sub', words).ended).stdout;
}
