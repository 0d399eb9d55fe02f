import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/base/index.ts';
import { createControlGroups, systemProcessTable } from '../../src/process/index.ts';

const probe = createControlGroups(`test-probe-${process.pid}`);
await probe?.close(systemClock);

const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

/** A shell that does what it reads. */
function startShell(): ChildProcess & { pid: number } {
  const shell = spawn('bash', { stdio: ['pipe', 'pipe', 'ignore'] });
  children.push(shell);
  if (shell.pid === undefined) throw new Error('bash cannot be started');
  return shell as ChildProcess & { pid: number };
}

async function pidFrom(shell: ChildProcess, command: string): Promise<number> {
  shell.stdin?.write(`${command}\n`);
  const [line] = shell.stdout ? await once(shell.stdout, 'data') : [''];
  return Number(String(line));
}

describe.runIf(probe)('groups of what commands started', () => {
  it('hold what has left session, parent, environment and pipes behind, until the group is ended', async () => {
    const groups = createControlGroups(`test-${process.pid}-escape`);
    if (!groups) throw new Error('there were groups a moment ago');
    const shell = startShell();
    groups.enter(shell.pid, 'one');
    const escaped = await pidFrom(
      shell,
      `env -i setsid bash -c 'exec 3>&1; (exec 3>&-; exec sleep 1000 <&- >&- 2>&-) & echo $!'`,
    );
    groups.leave(shell.pid);
    // What started it takes a moment to end.
    await expect.poll(() => [...groups.members(new Set())]).toEqual([[escaped, 'one']]);
    expect(groups.members(new Set(['one']))).toEqual(new Map());
    await groups.close(systemClock);
    expect(systemProcessTable.find(escaped)).toBeUndefined();
    expect(existsSync(groups.directory)).toBe(false);
    expect(shell.exitCode).toBeNull();
  });

  it('are gone when nothing is left in them, and with their folder at the end', async () => {
    const groups = createControlGroups(`test-${process.pid}-empty`);
    if (!groups) throw new Error('there were groups a moment ago');
    const shell = startShell();
    for (let n = 1; n <= 100; n += 1) {
      groups.enter(shell.pid, `command ${n}`);
      groups.leave(shell.pid);
    }
    expect(groups.members(new Set())).toEqual(new Map());
    expect(existsSync(`${groups.directory}/100`)).toBe(false);
    await groups.close(systemClock);
    expect(existsSync(groups.directory)).toBe(false);
  });

  it('do not mind a process that is gone', async () => {
    const groups = createControlGroups(`test-${process.pid}-gone`);
    groups?.enter(2 ** 22 - 3, 'one');
    groups?.leave(2 ** 22 - 3);
    expect(groups?.members(new Set())).toEqual(new Map());
    await groups?.close(systemClock);
    expect(existsSync(groups?.directory ?? '')).toBe(false);
  });
});

it('are refused rather than made twice', async () => {
  const name = `test-${process.pid}-twice`;
  const first = createControlGroups(name);
  if (first) expect(createControlGroups(name)).toBeUndefined();
  await first?.close(systemClock);
});
