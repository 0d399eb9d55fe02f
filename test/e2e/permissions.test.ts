import { expect, it, onTestFinished } from 'vitest';
import { startMosquitto } from '../support/mosquitto.ts';
import { createLab, type Lab } from './support/lab.ts';
import type { Ended, Program } from './support/program.ts';

/** Without passwords mosquitto takes everybody at his word, and the rules go by that. */
const ACL = `
topic readwrite #

user control
topic readwrite #

user control-without-COMMAND
topic read #
topic write +/+/_all/COMMAND

user control-that-only-reads
topic read #

user agent-without-REPLY
topic read #
topic write +/+/+/STATUS
topic write +/+/+/INFO
topic write +/+/+/HEARTBEAT

user agent-that-only-writes
topic write #
topic read +/+/+/COMMAND
`;

/** @param limits with `none`, this mosquitto ends the connection of whoever publishes what he may not */
async function createLabWithRules(limits: 'none' | 'default'): Promise<Lab> {
  const mosquitto = await startMosquitto({ limits, config: 'acl_file acl', files: { acl: ACL } });
  onTestFinished(() => mosquitto.stop());
  return createLab(mosquitto);
}

const as = (user: string) => ({ env: { MQTT_USERNAME: user } });

async function startAgent(lab: Lab, user: string): Promise<Program> {
  await lab.write('functions.sh', 'startFunction() { :; }');
  return lab.start(['agent', '--name', 'node1'], as(user));
}

function sendAs(lab: Lab, user: string): Promise<Ended> {
  return lab.run(['SEND node1 START'], ['--ack-timeout', '1s'], as(user));
}

it.each([
  {
    user: 'control-that-only-reads',
    why: 'it has an INFO but does not answer (has its agent died, or does the broker forbid one side its COMMAND or REPLY topic?)',
  },
  {
    user: 'control-without-COMMAND',
    why: 'it answers what is sent to all, but not what is sent to it alone (does the broker forbid one side its COMMAND topic?)',
  },
])('4: a control machine may not write COMMAND, and is told so: $user', async ({ user, why }) => {
  const lab = await createLabWithRules('default');
  await lab.agent('node1', { script: 'startFunction() { :; }' });
  const { code, stdout } = await sendAs(lab, user);
  expect(stdout).toContain(`node1: START was not delivered: ${why}`);
  expect(code, stdout).toBe(4);
  expect((await sendAs(lab, 'control')).code).toBe(0);
});

it('4: an agent may not write REPLY, so that it never answers: permission is named as a cause', async () => {
  const lab = await createLabWithRules('default');
  const log = await lab.listen();
  await startAgent(lab, 'agent-without-REPLY');
  await log.heard('node1/STATUS', 'ALIVE');
  const { code, stdout } = await sendAs(lab, 'control');
  expect(stdout).toMatch(/node1: START was not delivered: .* forbid one side its COMMAND or REPLY topic\?/);
  expect(code, stdout).toBe(4);
});

const WAY_OUT =
  'hint: allow this agent to write and to read the topics of the node node1 (readwrite STATUS, INFO, HEARTBEAT; write REPLY, OUTPUT)\n';

it('5: an agent that is not handed back its STATUS ends', async () => {
  const lab = await createLabWithRules('default');
  const { code, stderr } = await (await startAgent(lab, 'agent-that-only-writes')).ended;
  expect(stderr).toMatch(
    /^error: the broker took this agent's STATUS but did not hand it back within 5000 ms$/m,
  );
  expect(stderr).toContain(WAY_OUT);
  expect(code, stderr).toBe(5);
});

it('5: an agent that the broker throws out whenever it answers ends, instead of coming back for ever', async () => {
  const lab = await createLabWithRules('none');
  const { code, stderr } = await (await startAgent(lab, 'agent-without-REPLY')).ended;
  expect(stderr).toMatch(
    /^error: the broker has ended 5 connections in a row, each before what this agent had to say/m,
  );
  expect(stderr).toContain(WAY_OUT);
  expect(code, stderr).toBe(5);
});
