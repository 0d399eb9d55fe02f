import { describe, expect, it } from 'vitest';
import { runInProcess } from './run-in-process.ts';

const COMMANDS = ['run', 'check', 'agent', 'broker', 'nodes', 'send', 'config'];

describe('help and version', () => {
  it('--version is one line on stdout', async () => {
    expect(await runInProcess(['--version'])).toEqual({ code: 0, stdout: 'development\n', stderr: '' });
  });

  it('--help shows the options of run, all commands and examples', async () => {
    const { code, stdout, stderr } = await runInProcess(['--help']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    for (const option of [
      '-p, --playbook',
      '-a, --ansible',
      '-s, --ssh',
      '-m, --mqttserver',
      '-t, --mqtttopic',
    ]) {
      expect(stdout).toContain(option);
    }
    for (const command of COMMANDS) expect(stdout).toMatch(new RegExp(`^ {2}${command} `, 'm'));
    expect(stdout).toContain('Examples:');
  });

  it.each(COMMANDS)('%s --help has an example', async (command) => {
    const { code, stdout } = await runInProcess([command, '--help']);
    expect(code).toBe(0);
    expect(stdout).toMatch(new RegExp(`Examples?:\n {2}orchestrate ${command}`));
  });

  it('send --help says where options stand', async () => {
    const { stdout } = await runInProcess(['send', '--help']);
    expect(stdout).toMatch(
      /\n\nOptions stand before the nodes: every word behind them belongs to the message\.\n$/,
    );
  });
});

describe('usage errors end with 2 and say what to do', () => {
  it.each([
    [['chek', 'x'], "unknown command 'chek'", 'did you mean check?'],
    [['chek', '--json'], "unknown command 'chek'", 'did you mean check?'],
    [['my.playbook'], "unknown command 'my.playbook'", '-p FILE'],
    [['--playbok', 'x'], "unknown option '--playbok'", 'did you mean --playbook?'],
    [['-p'], "'-p, --playbook <file>' argument missing", 'orchestrate --help'],
    [['run', 'x'], 'too many arguments', 'orchestrate run --help'],
    [['check'], "missing required argument 'file'", 'orchestrate check --help'],
    [['agent'], "'--name <name>' not specified", 'orchestrate agent --help'],
    [['agent', '--name', 'n', '-p', 'x'], "unknown option '-p'", 'orchestrate agent --help'],
    [['-p', 'x', 'nodes'], '-p, --playbook <file> is not an option of nodes', 'orchestrate nodes --help'],
    [['-a', 'check', 'x'], '-a, --ansible [playbook] is not an option of check', 'orchestrate check --help'],
    [['--var', '1x=2'], 'name=value', 'orchestrate --help'],
    [['--local', '-m', 'host'], '--local brings its own broker', 'leave out one'],
    [['-m', 'host', 'run', '--local'], '--local brings its own broker', 'leave out one'],
    [['broker', '--port', '65536'], 'A port is 0 to 65535', 'orchestrate broker --help'],
    [['broker', '--user', 'lab'], 'belong together', 'add --password-file FILE'],
  ])('%j', async (argv, message, hint) => {
    const { code, stdout, stderr } = await runInProcess(argv);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/^error: .*\nhint: .*\n$/);
    expect(stderr).toContain(message);
    expect(stderr).toContain(hint);
  });
});

describe('options behind and before the name of a command', () => {
  it.each([
    [['config', '-m', 'a:1', '-t', 'b']],
    [['-m', 'a:1', 'config', '-t', 'b']],
    [['-m', 'a:1', '-t', 'b', 'config']],
  ])('%j', async (argv) => {
    const { code, stdout } = await runInProcess(argv);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^MQTT_SERVER +mqtt:\/\/a:1 +flag -m$/m);
    expect(stdout).toMatch(/^MQTT_TOPIC +b +flag -t$/m);
  });

  it('-a takes a playbook, or none, but never the name of a command', async () => {
    const named = await runInProcess(['config', '-a', 'deploy.yaml']);
    expect(named.stdout).toMatch(/^ANSIBLE_PLAYBOOK +deploy.yaml +flag -a$/m);
    const bare = await runInProcess(['-a', 'config']);
    expect(bare.stdout).toMatch(/^USE_ANSIBLE +true +flag -a$/m);
    expect(bare.stdout).toMatch(/^ANSIBLE_PLAYBOOK +ansible.deploy.yaml +default$/m);
  });
});
