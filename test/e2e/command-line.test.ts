import { expect, it } from 'vitest';
import { createWorkplace } from './support/workplace.ts';

// What is wrong before anything is sent. No broker runs: had one been asked, the exit code would be 5.

it('2: all errors of a playbook at once, each with its place and what was meant', async () => {
  const { run } = await createWorkplace();
  const { code, stdout, stderr } = await run([
    'WAITFRO node1 ALIVE',
    'SEND node1 START',
    'WAIT soon',
    'SEND',
  ]);
  expect(stdout).toBe('');
  expect(stderr).toContain('playbook:1:1: error: unknown keyword "WAITFRO"');
  expect(stderr).toMatch(/WAITFRO node1 ALIVE\n *\|? *\^{7}/);
  expect(stderr).toContain('did you mean WAITFOR?');
  expect(stderr).toContain('playbook:3:6: error: ');
  expect(stderr).toContain('playbook:4:');
  expect(stderr).toMatch(/\nerror: playbook has 3 errors, so nothing was run\nhint: .*\n$/);
  expect(code).toBe(2);
});

it('2: a playbook without an end is not read to it', async () => {
  const { end } = await createWorkplace();
  const { code, stderr } = await end(['check', '/dev/zero']);
  expect(stderr).toMatch(/^error: cannot read the playbook \/dev\/zero: it has more than \d+ bytes/);
  expect(code).toBe(2);
});

it('2: there is no such playbook', async () => {
  const { end } = await createWorkplace();
  expect(await end(['-p', 'tset.playbook'])).toMatchObject({
    code: 2,
    stdout: '',
    stderr:
      'error: cannot read the playbook tset.playbook: there is no such file\nhint: name the playbook with -p FILE\n',
  });
});

it.each([
  [['--playbok', 'x'], "error: unknown option '--playbok'\nhint: did you mean --playbook?\n"],
  [['chekc', 'x'], "error: unknown command 'chekc'\nhint: did you mean check?\n"],
  [['--timeout', 'soon'], /^error: the configuration has one error\n.*--timeout.*"soon"/],
  [['-s'], /^error: agents are brought to the hosts of an inventory, and there is none\n/],
  [['-a'], /^error: deployment with Ansible \(-a\) is not available in this version\n/],
  [['send', 'node1,,node2', 'START'], /^error: "node1,,node2": a node is missing here: /],
  [['broker', '--host', '0.0.0.0', '--port', '0'], /^error: .*\nhint: .*--user NAME.*--allow-anonymous\n$/],
  [['check'], /^error: missing required argument 'file'\nhint: orchestrate check --help\n$/],
  [['agent'], /^error: required option '--name <name>' not specified\n/],
] as const)('2: %j', async (words, complaint) => {
  const { end, write } = await createWorkplace();
  await write('playbook', 'SEND node1 START\n');
  const { code, stdout, stderr } = await end(words);
  expect(stdout).toBe('');
  if (typeof complaint === 'string') expect(stderr).toBe(complaint);
  else expect(stderr).toMatch(complaint);
  expect(code).toBe(2);
});

it('check: good, bad, and for machines', async () => {
  const { end, write } = await createWorkplace();
  await write('good', 'WAITFOR node1 ALIVE\n');
  await write('bad', 'SEND node1 START\n  WIAT 5\n');
  expect(await end(['check', 'good'])).toMatchObject({ code: 0, stdout: 'good: no problems\n', stderr: '' });

  const bad = await end(['check', 'good', 'bad']);
  expect(bad.stdout).toContain('bad:2:3: error: unknown keyword "WIAT"');
  expect(bad.stdout).toMatch(/bad: 1 error\n$/);
  expect(bad.code).toBe(2);

  const json = await end(['check', '--json', 'good', 'bad']);
  expect(JSON.parse(json.stdout)).toMatchObject([
    { file: 'bad', line: 2, column: 3, length: 4, severity: 'error', suggestion: 'WAIT' },
  ]);
  expect(json.code).toBe(2);
});

it('config: every value and where it comes from', async () => {
  const { end, write } = await createWorkplace();
  await write('global.config', 'MQTT_SERVER=broker.lan\nMQTT_TOPIC=hall3\nTIMEOUT=1m\n');
  const env = { MQTT_TOPIC: 'hall4', MQTT_USERNAME: 'ci', MQTT_PASSWORD: 'hunter2' };
  const { code, stdout, stderr } = await end(['config', '--timeout', '5s'], { env });
  expect(stderr).toBe('');
  expect(stdout).toMatch(/^MQTT_SERVER +mqtt:\/\/broker\.lan:1883 +global\.config:1$/m);
  expect(stdout).toMatch(/^MQTT_TOPIC +hall4 +.*environment/m);
  expect(stdout).toMatch(/^TIMEOUT +5s +flag --timeout$/m);
  expect(stdout).toMatch(/^ACK_TIMEOUT +10s +default$/m);
  expect(stdout).not.toContain('hunter2');
  expect(code).toBe(0);
});

it('2: a wrong configuration file, with the lines; an unknown key is only a warning', async () => {
  const { run, write } = await createWorkplace();
  await write('global.config', 'MQTT_SEVER=broker.lan\nTIMEOUT=soon\n\nMQTT_TOPIC=a/#\n');
  const { code, stdout, stderr } = await run(['WAIT 0']);
  expect(stdout).toBe('');
  expect(stderr).toMatch(/^.*global\.config:1:1: warning: .*MQTT_SEVER.*MQTT_SERVER/m);
  expect(stderr).toMatch(/error: the configuration has 2 errors\n/);
  expect(stderr).toContain('global.config:2:9: error: TIMEOUT: "soon"');
  expect(stderr).toContain('global.config:4:12: error: MQTT_TOPIC: "a/#"');
  expect(code).toBe(2);
});

it('--version and --help say it on stdout', async () => {
  const { end } = await createWorkplace();
  expect(await end(['--version'])).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
  });
  expect(await end(['--help'])).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^Usage: orchestrate /),
  });
});
