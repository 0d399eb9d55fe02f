import { expect, it, onTestFinished } from 'vitest';
import { startMosquitto } from '../support/mosquitto.ts';
import { connectPacket, connectRaw, publishPacket } from '../support/raw-client.ts';
import type { Broker } from './support/brokers.ts';
import { PATIENCE } from './support/patience.ts';
import type { Ended } from './support/program.ts';
import {
  confirmations,
  createSyncLab,
  eventsOf,
  isArm,
  isArmed,
  isConfirm,
  NODES,
  on,
  problemsOf,
  SYNC,
  SYNC_AND_WAIT,
  type SyncLab,
  watch,
} from './support/sync-lab.ts';

/** What its bash comes to later than that after the instant does not begin. */
const LATEST_START_MS = 250;

/** A lease that lapses before the instant takes back what is confirmed. */
const LEASE_PAST_INSTANT = '5s';

async function createMosquittoLab(): Promise<SyncLab & { readonly broker: Broker }> {
  const broker = await startMosquitto();
  onTestFinished(() => broker.stop());
  return { ...(await createSyncLab(broker)), broker };
}

/** Everyone has begun once. */
async function expectAll({ whoBegan }: SyncLab, ended: Ended): Promise<void> {
  expect(ended.code, ended.stdout).toBe(0);
  expect(await whoBegan()).toEqual(NODES);
}

/** Nobody has begun, nor will. */
async function expectNobody(lab: SyncLab, ended: Ended, code: number, why: RegExp): Promise<void> {
  expect(ended.code, ended.stdout).toBe(code);
  expect(problemsOf(ended).join('\n')).toMatch(why);
  await lab.expectFree();
  expect(await lab.whoBegan()).toEqual([]);
}

/** Some have begun: those are told, and stopped, and so is who has not. */
async function expectWithoutC(lab: SyncLab, ended: Ended, why: RegExp): Promise<void> {
  expect(ended.code, ended.stdout).toBe(4);
  expect(problemsOf(ended).join('\n')).toMatch(why);
  const [measured] = eventsOf(ended, 'sync-measured');
  const told = measured?.starts.filter(({ started }) => started).map(({ node }) => node) ?? [];
  expect(told.toSorted()).toEqual(await lab.whoBegan());
  expect(told).not.toContain('c');
  await expect.poll(lab.atWork, PATIENCE).toEqual([]);
}

it('the answer of one is lost once: all begin, once', async () => {
  const lab = await createMosquittoLab();
  void lab.wires.control.disturb(
    'swallowed',
    ({ text }) => text.includes('/b/REPLY') && text.includes('leftMs'),
  );
  const run = await lab.start(SYNC_AND_WAIT);
  await expectAll(lab, await run.ended);
});

it('the answer of one is lost whenever it is said, the first time: all begin at the second attempt', async () => {
  const lab = await createMosquittoLab();
  let first: string | undefined;
  watch(lab.wires.control, (message) => {
    if (message.node !== 'b' || !isArmed(message)) return;
    first ??= message.id;
    return message.id === first ? 'swallowed' : undefined;
  });
  const ended = await (await lab.start(SYNC_AND_WAIT)).ended;
  await expectAll(lab, ended);
  expect(eventsOf(ended, 'sync-measured')).toMatchObject([{ attempts: 2, verdict: 'passed' }]);
  expect(eventsOf(ended, 'warning-given').map(({ node, message }) => `${node}: ${message}`)).toContainEqual(
    expect.stringMatching(
      /^b: it did not answer within the .*; nothing has begun, and the SYNC is tried once more$/,
    ),
  );
});

it('what arms one never arrives: nobody begins', async () => {
  const lab = await createMosquittoLab();
  watch(lab.wires.b, (message) => (isArm(message) ? 'swallowed' : undefined));
  const ended = await (await lab.start(SYNC)).ended;
  await expectNobody(lab, ended, 4, /^b: it did not answer within the .* that were left before the instant$/);
});

it('no confirmation of one arrives: nobody begins, or whoever has is stopped', async () => {
  const lab = await createMosquittoLab();
  watch(lab.wires.c, (message) => (isConfirm(message) ? 'swallowed' : undefined));
  const ended = await (await lab.start(SYNC)).ended;
  await expectWithoutC(
    lab,
    ended,
    /^c: START sync is expired: it was not confirmed 50 ms before its instant/m,
  );
  await lab.expectFree();
});

it('an agent dies in the moment in which it answers', async () => {
  const lab = await createMosquittoLab();
  on(lab.wires.c, 1, isArmed, () => lab.agents.c.signal('SIGKILL'));
  const ended = await (await lab.start(SYNC, ['--offline-grace', '300ms'])).ended;
  await expectWithoutC(lab, ended, /^c: /m);
});

it('an agent dies in the moment in which it is confirmed', async () => {
  const lab = await createMosquittoLab();
  on(lab.wires.c, 1, isConfirm, () => lab.agents.c.signal('SIGKILL'));
  const ended = await (await lab.start(SYNC, ['--offline-grace', '300ms'])).ended;
  await expectWithoutC(lab, ended, /^c: /m);
});

it('an agent dies once it has taken its confirmation', async () => {
  const lab = await createMosquittoLab();
  on(lab.wires.c, 1, confirmations(), () => lab.agents.c.signal('SIGKILL'));
  const ended = await (await lab.start(SYNC, ['--offline-grace', '300ms'])).ended;
  await expectWithoutC(lab, ended, /^c: /m);
});

it('the control machine dies when all are armed: nobody begins', async () => {
  const lab = await createMosquittoLab();
  const run = await lab.start(SYNC, ['--lease', '1s']);
  on(lab.wires.control, 3, isArmed, () => run.signal('SIGKILL'));
  expect((await run.ended).code).toBeUndefined();
  await lab.untilFree();
  await lab.expectFree();
  expect(await lab.whoBegan()).toEqual([]);
});

it('the control machine dies when all are confirmed: all begin, and end with its lease', async () => {
  const lab = await createMosquittoLab();
  const run = await lab.start(SYNC, ['--lease', LEASE_PAST_INSTANT]);
  on(lab.wires.control, 3, isConfirm, () => run.signal('SIGKILL'));
  expect((await run.ended).code).toBeUndefined();
  const log = await lab.lab.listen();
  for (const node of NODES) await log.heard(`${node}/STATUS`, 'STOPPED lease-lost');
  expect(await lab.whoBegan()).toEqual(NODES);
  await expect.poll(lab.atWork, PATIENCE).toEqual([]);
  await lab.expectFree();
});

it('the broker restarts when all are armed, before anything is confirmed: all begin, or nobody', async () => {
  const lab = await createMosquittoLab();
  const { control } = lab.wires;
  let restarted: Promise<unknown> | undefined;
  on(control, 3, isArmed, () => {
    control.freeze();
    restarted = restart(lab.broker).finally(() => control.cut());
  });
  const ended = await (await lab.start(SYNC_AND_WAIT)).ended;
  await restarted;
  if (ended.code === 0) await expectAll(lab, ended);
  else await expectNobody(lab, ended, 4, /^[abc]: /);
});

it('the broker restarts when all are confirmed: all begin, and say so when it is back', async () => {
  const lab = await createMosquittoLab();
  let restarted: Promise<unknown> | undefined;
  on(lab.wires.control, 3, confirmations(), () => {
    restarted = restart(lab.broker);
  });
  const ended = await (await lab.start(SYNC_AND_WAIT)).ended;
  await restarted;
  await expectAll(lab, ended);
  expect(eventsOf(ended, 'sync-measured')).toMatchObject([{ attempts: 1, verdict: 'passed' }]);
});

it('a link stalls once its node is armed', async () => {
  const lab = await createMosquittoLab();
  on(lab.wires.c, 1, isArmed, () => lab.wires.c.freeze());
  const ended = await (await lab.start(SYNC, ['--ack-timeout', '2s'])).ended;
  await expectWithoutC(lab, ended, /^c: /m);
});

it('a link stalls once its node is confirmed: that one begins, too, and ends with the lease', async () => {
  const lab = await createMosquittoLab();
  on(lab.wires.c, 1, confirmations(), () => lab.wires.c.freeze());
  const ended = await (await lab.start(SYNC, ['--ack-timeout', '2s', '--lease', LEASE_PAST_INSTANT])).ended;
  expect(ended.code, ended.stdout).toBe(4);
  expect(problemsOf(ended)).toContain(
    'c: it has not said that it began within 2s after the instant, and may have begun',
  );
  expect(await lab.whoBegan()).toEqual(NODES);
  await expect.poll(lab.atWork, PATIENCE).toEqual([]);
});

it('a link stalls for a while once its node is confirmed: it begins, and says so later', async () => {
  const lab = await createMosquittoLab();
  on(lab.wires.c, 1, confirmations(), () => lab.wires.c.freeze());
  const run = await lab.start(SYNC_AND_WAIT);
  await expect.poll(lab.whoBegan, PATIENCE).toEqual(NODES);
  lab.wires.c.thaw();
  const ended = await run.ended;
  await expectAll(lab, ended);
  expect(eventsOf(ended, 'sync-measured')).toMatchObject([{ attempts: 1, verdict: 'passed' }]);
});

it('a bash stands still beyond the instant: its function does not begin', async () => {
  const lab = await createMosquittoLab();
  on(lab.wires.c, 1, confirmations(), () => process.kill(lab.shellOf('c'), 'SIGSTOP'));
  const run = await lab.start(SYNC);
  await expect.poll(lab.whoBegan, PATIENCE).toEqual(['a', 'b']);
  const since = performance.now();
  await expect.poll(() => performance.now() - since, PATIENCE).toBeGreaterThan(3 * LATEST_START_MS);
  process.kill(lab.shellOf('c'), 'SIGCONT');
  await expectWithoutC(lab, await run.ended, /^c: START sync is expired: /m);
  await lab.expectFree();
});

it('Ctrl-C while they are armed: nobody begins', async () => {
  const lab = await createMosquittoLab();
  watch(lab.wires.b, (message) => (isArmed(message) ? 'swallowed' : undefined));
  const run = await lab.start(SYNC);
  on(lab.wires.control, 2, isArmed, () => run.signal('SIGINT'));
  const ended = await run.ended;
  await expectNobody(lab, ended, 130, /^$/);
});

it('STOP as plain text to one that is armed: it is cancelled, and nobody begins', async () => {
  const lab = await createMosquittoLab();
  const hand = await connectRaw(lab.broker.port);
  onTestFinished(() => void hand.destroy());
  hand.write(connectPacket('by-hand'));
  watch(lab.wires.c, (message) => (isArmed(message) ? 'swallowed' : undefined));
  on(
    lab.wires.control,
    1,
    (message) => isArmed(message) && message.node === 'b',
    () => hand.write(publishPacket(`${lab.lab.root}/b/COMMAND`, Buffer.from('STOP'))),
  );
  const ended = await (await lab.start(SYNC)).ended;
  await expectNobody(lab, ended, 1, /^b: START sync was cancelled: by STOP$/);
});

async function restart(broker: Broker): Promise<void> {
  await broker.stop();
  const again = await startMosquitto({ port: broker.port });
  onTestFinished(() => again.stop());
}
