import { expect, inject, it } from 'vitest';
import { createWorkplace, type Workplace } from './support/workplace.ts';

const SCRIPT =
  'startFunction() { echo "hello $1"; update "half of it"; [[ $1 != fail ]]; }\nstopFunction() { :; }';
const LINES = ['WAITFOR node1 ALIVE', 'SEND node1 START world', 'WAITFOR node1 STARTED'];

async function localWorkplace(): Promise<Workplace> {
  const workplace = await createWorkplace();
  await workplace.write('node-scripts/default/functions.sh', SCRIPT);
  await workplace.write('playbook', `${LINES.join('\n')}\n`);
  return workplace;
}

it('--reporter ndjson: one event a line, and nothing else on stdout', async () => {
  const { end } = await localWorkplace();
  const { code, stdout, stderr } = await end(['--local', '--reporter', 'ndjson']);
  expect(stderr).toBe('');
  expect(code, stdout).toBe(0);
  const events = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  const [{ runId }] = events;
  events.forEach((event, index) => {
    expect(event).toMatchObject({
      runId,
      seq: index + 1,
      type: expect.any(String),
      elapsedMs: expect.any(Number),
    });
    expect(new Date(event.at).toISOString()).toBe(event.at);
  });
  const of = (type: string) => events.filter((event) => event.type === type);
  const [{ commandId }] = of('command-sent');
  expect(of('run-started')).toHaveLength(1);
  expect(of('command-sent')).toEqual([expect.objectContaining({ node: 'node1', text: 'START world' })]);
  expect(of('update-reported')).toEqual([
    expect.objectContaining({ node: 'node1', commandId, text: 'half of it' }),
  ]);
  expect(of('output-received')).toEqual([
    expect.objectContaining({ node: 'node1', commandId, stream: 'stdout', lines: ['hello world'] }),
  ]);
  expect(of('command-finished')).toEqual([expect.objectContaining({ node: 'node1', commandId, end: 'ok' })]);
  expect(of('step-finished').map(({ step, verdict }) => [step.line, verdict])).toEqual([
    [1, 'passed'],
    [2, 'passed'],
    [3, 'passed'],
  ]);
  expect(events.at(-1)).toMatchObject({ type: 'run-finished', verdict: 'passed', problems: [] });
});

it('--reporter quiet: what the nodes report, trouble, and the Recap', async () => {
  const { end, run } = await localWorkplace();
  const good = await end(['--local', '--reporter', 'quiet']);
  expect(good.stdout).toMatch(
    /^\[.*\] .* node1: half of it\n\nRecap\n.*\n {2}node1 .*\n\nPASSED in .*\nrecorded in runs\/\S+\n$/,
  );
  const bad = await run(['SEND node1 START fail'], ['--local', '--reporter', 'quiet']);
  expect(bad.stdout).toContain('node1: START fail failed with exit code 1');
  expect(bad.stdout).not.toContain('hello fail');
  expect(bad.code).toBe(1);
});

it('no escape sequences where no terminal is', async () => {
  const { end } = await localWorkplace();
  const { stdout, stderr } = await end(['--local'], { env: { TERM: 'xterm-256color' } });
  expect(stdout).toContain('PASSED');
  expect(stdout + stderr).not.toContain('\x1b');
});

// biome-ignore lint/suspicious/noControlCharactersInRegex: looked for
const COLOUR = /\x1b\[[\d;]+m/;

it('colours on a terminal, unless NO_COLOR is set', async () => {
  const { program } = await localWorkplace();
  // script(1) gives it a terminal.
  const onTerminal = (variables: string): Promise<{ stdout: string }> =>
    program('script', [
      '-qefc',
      `${variables} '${process.execPath}' '${inject('program')}' --local`,
      '/dev/null',
    ]).ended;
  const coloured = await onTerminal('TERM=xterm-256color');
  expect(coloured.stdout).toContain('PASSED');
  expect(coloured.stdout).toMatch(COLOUR);
  const plain = await onTerminal('TERM=xterm-256color NO_COLOR=1');
  expect(plain.stdout).toContain('PASSED');
  expect(plain.stdout).not.toMatch(COLOUR);
});

it('a reader that has had enough is no error, and does not stop the run', async () => {
  const { program } = await localWorkplace();
  // biome-ignore lint/suspicious/noTemplateCurlyInString: the shell's, not ours
  const script = '"$@" | head -n 1; echo "${PIPESTATUS[0]}"';
  const words = [process.execPath, inject('program'), '--local'];
  const { stdout, stderr } = await program('bash', ['-c', script, 'bash', ...words]).ended;
  expect(stdout).toMatch(/^\[ +0\.0s\] .*playbook: 3 steps.*\n0\n$/);
  expect(stderr).toBe('');
});
