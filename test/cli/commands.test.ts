import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runInProcess } from './run-in-process.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'cli-test-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const write = (name: string, text: string): void => writeFileSync(join(folder, name), text);

describe('run', () => {
  it('says at once that the playbook is missing', async () => {
    const { code, stderr } = await runInProcess(['-p', 'missing-file'], { workingDirectory: folder });
    expect(code).toBe(2);
    expect(stderr).toBe(
      'error: cannot read the playbook missing-file: there is no such file\nhint: name the playbook with -p FILE\n',
    );
  });

  it.each([
    [['-a'], {}, 'Ansible'],
    [[], { USE_ANSIBLE: 'true' }, 'Ansible'],
  ])('%j %j: not available in this version', async (argv, environment, how) => {
    write('playbook', 'WAIT 0\n');
    const { code, stderr } = await runInProcess(argv, { environment, workingDirectory: folder });
    expect(code).toBe(2);
    expect(stderr).toMatch(
      new RegExp(`^error: deployment with ${how} .* is not available in this version\nhint: `),
    );
  });
});

describe('check', () => {
  it('passes good playbooks', async () => {
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the playbook's, not ours
    write('good', 'WAITFOR n1 ALIVE\nSEND n1 START ${port}\n');
    const ended = await runInProcess(['check', 'good', '--var', 'port=1'], { workingDirectory: folder });
    expect(ended).toEqual({ code: 0, stdout: 'good: no problems\n', stderr: '' });
  });

  it('shows every problem of every file, unreadable ones included', async () => {
    write('bad', 'WAITFRO n1 ALIVE\nWAIT soon\n');
    const { code, stdout, stderr } = await runInProcess(['check', 'missing', 'bad'], {
      workingDirectory: folder,
    });
    expect(code).toBe(2);
    expect(stderr).toContain('cannot read the playbook missing');
    expect(stdout).toContain('bad:1:1: error: unknown keyword');
    expect(stdout).toContain('did you mean WAITFOR?');
    expect(stdout).toContain('bad:2:6: error:');
    expect(stdout).toMatch(/bad: 2 errors\n$/);
  });

  it('warnings alone are no failure', async () => {
    write('odd', 'WAITFOR * ALIVE\n');
    const { code, stdout } = await runInProcess(['check', 'odd'], { workingDirectory: folder });
    expect(code).toBe(0);
    expect(stdout).toMatch(/odd: 1 warning\n$/);
  });

  it('--json', async () => {
    write('bad', 'WAITFRO n1 ALIVE\n');
    const { code, stdout } = await runInProcess(['check', '--json', 'bad'], { workingDirectory: folder });
    expect(code).toBe(2);
    expect(JSON.parse(stdout)).toEqual([
      {
        file: 'bad',
        line: 1,
        column: 1,
        length: 7,
        severity: 'error',
        code: 'UNKNOWN_KEYWORD',
        message: 'unknown keyword "WAITFRO"',
        suggestion: 'WAITFOR',
      },
    ]);
  });
});

describe('config', () => {
  it('shows every value and where it comes from, but no password', async () => {
    write(
      'global.config',
      "MQTT_SERVER=mqtts://me:hunter2@broker\nTIMEOUT=1m\nMY_OWN=x\nMQTT_PASSWORD='hunter2'\n",
    );
    const environment = { MQTT_TOPIC: 'site/lab' };
    const { code, stdout, stderr } = await runInProcess(['config', '-d'], {
      environment,
      workingDirectory: folder,
    });
    expect(code).toBe(0);
    expect(stdout).toMatch(/^MQTT_SERVER +mqtts:\/\/broker:8883 +global\.config:1$/m);
    expect(stdout).toMatch(/^MQTT_TOPIC +site\/lab +environment MQTT_TOPIC$/m);
    expect(stdout).toMatch(/^MQTT_PASSWORD +\*{8} +global\.config:4$/m);
    expect(stdout).toMatch(/^MQTT_USERNAME +\(not set\)$/m);
    expect(stdout).toMatch(/^DEBUG +true +flag -d$/m);
    expect(stdout).toMatch(/^LEASE +15s +default$/m);
    expect(stderr).toContain('global.config:3:1: warning: MY_OWN');
    expect(stdout + stderr).not.toContain('hunter2');
  });

  it('reports all problems at once', async () => {
    write('global.config', 'TIMEOUT=soon\nLEASE=x\n');
    const { code, stdout, stderr } = await runInProcess(['config'], { workingDirectory: folder });
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain('error: the configuration has 2 errors\n  global.config:1:9: error: TIMEOUT');
    expect(stderr).toContain('\n  global.config:2:7: error: LEASE');
  });
});

describe('broker', () => {
  it('listens until it is interrupted, and says how an agent connects', async () => {
    const interrupt = new AbortController();
    const ended = runInProcess(['broker', '--port', '0'], { signal: interrupt.signal });
    interrupt.abort();
    const { code, stdout } = await ended;
    expect(code).toBe(0);
    expect(stdout).toMatch(/^broker on mqtt:\/\/127\.0\.0\.1:\d+, open to everybody on this machine\n/);
    expect(stdout).toMatch(/orchestrate agent --name NAME -m 127\.0\.0\.1:\d+\n$/);
  });

  it('off this machine it wants a login or a word', async () => {
    const { code, stderr } = await runInProcess(['broker', '--host', '0.0.0.0', '--port', '0']);
    expect(code).toBe(2);
    expect(stderr).toContain('--allow-anonymous');
  });

  it('takes the password from the first line of its file, and never shows it', async () => {
    write('password', 'hunter2\nmore\n');
    const interrupt = new AbortController();
    interrupt.abort();
    const { code, stdout, stderr } = await runInProcess(
      ['broker', '--host', '0.0.0.0', '--port', '0', '--user', 'lab', '--password-file', 'password'],
      { workingDirectory: folder, signal: interrupt.signal },
    );
    expect(code).toBe(0);
    expect(stdout).toContain('login as lab');
    expect(stdout + stderr).not.toContain('hunter2');
  });

  it.each(['missing', 'empty'])('a password file that is %s', async (file) => {
    write('empty', '\n');
    const argv = ['broker', '--port', '0', '--user', 'lab', '--password-file', file];
    const { code, stderr } = await runInProcess(argv, { workingDirectory: folder });
    expect(code).toBe(2);
    expect(stderr).toContain(`the password file ${file} cannot be used`);
  });
});
