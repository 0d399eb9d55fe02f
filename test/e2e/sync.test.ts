import { describe, expect, it, onTestFinished } from 'vitest';
import { startMosquitto } from '../support/mosquitto.ts';
import { type Broker, describeCoreOnEachBroker } from './support/brokers.ts';
import { startLegacyAgent } from './support/legacy.ts';
import { PATIENCE } from './support/patience.ts';
import {
  createSyncLab,
  eventsOf,
  NODES,
  SYNC,
  SYNC_AND_WAIT,
  type SyncLab,
  scriptOf,
} from './support/sync-lab.ts';

const OF_FOUR = SYNC_AND_WAIT.replace('GO', 'SEND d START sync\nGO').replace('a,b,c', 'a,b,c,d');
const FOUR = [...NODES, 'd'];
const PLAIN = ['--reporter', 'plain'];

describeCoreOnEachBroker('SYNC', (broker) => {
  it('0: lets all begin at one instant, and tells when each of them did', async () => {
    const { lab, start, begun, whoBegan, atWork } = await createSyncLab(broker());
    await lab.agent('d', { script: scriptOf('d') });
    const ended = await (await start(OF_FOUR)).ended;
    expect(ended.code, ended.stdout).toBe(0);
    expect(await whoBegan()).toEqual(FOUR);

    const [measured, ...more] = eventsOf(ended, 'sync-measured');
    if (!measured) throw new Error('a SYNC that passed is measured');
    expect(more).toEqual([]);
    expect(measured.verdict).toBe('passed');
    const starts = measured.starts.flatMap((each) => (each.started ? [each] : []));
    expect(starts.map(({ node, stampedBy }) => `${node} ${stampedBy}`)).toEqual(
      FOUR.map((node) => `${node} shell`),
    );
    const after = starts.map(({ afterMs }) => afterMs);
    expect(measured.skewMs).toBeCloseTo(Math.max(...after) - Math.min(...after), 6);
    // What the function notes first comes after its start, never before it.
    const notes = await begun();
    for (const { node, afterMs, uncertaintyMs } of starts) {
      const earliestMs = Date.parse(measured.plannedAt) + afterMs - uncertaintyMs;
      expect(notes.find((note) => note.node === node)?.atMs, node).toBeGreaterThanOrEqual(earliestMs);
    }
    expect(eventsOf(ended, 'step-finished').map(({ verdict }) => verdict)).toEqual(['passed', 'passed']);
    expect(atWork()).toHaveLength(4);

    const again = await (await start(OF_FOUR, PLAIN)).ended;
    expect(again.code, again.stdout).toBe(0);
    expect(again.stdout).toMatch(
      /✓ SYNC 4 nodes started within [\d.]+ ms( at the second attempt)? \(clocks ±[\d.]+ ms\)\n/,
    );
    expect(again.stdout).toMatch(/✓ 2\/2 {2}WAITFOR a,b,c,d STARTED/);
    expect(await whoBegan()).toEqual([...FOUR, ...FOUR].toSorted());
  });

  it('1: above MAXSKEW it names who began last, and stops all', async () => {
    const { start, whoBegan, atWork } = await createSyncLab(broker());
    const run = await start(SYNC.replace('GO', 'GO MAXSKEW 0.001ms'), PLAIN);
    const { code, stdout } = await run.ended;
    expect(stdout).toMatch(/✗ SYNC 3 nodes started within [\d.]+ ms.*, above the budget of 0.001 ms/);
    expect(stdout).toMatch(/ {4}[abc]: it began [\d.]+ ms after [abc]; MAXSKEW allows 0\.001 ms\n/);
    expect(code, stdout).toBe(1);
    expect(await whoBegan()).toEqual(NODES);
    await expect.poll(atWork, PATIENCE).toEqual([]);
  });
});

describe('a SYNC starts nobody when one of its nodes', () => {
  async function createMosquittoLab(): Promise<SyncLab & { readonly broker: Broker }> {
    const broker = await startMosquitto();
    onTestFinished(() => broker.stop());
    return { ...(await createSyncLab(broker)), broker };
  }

  async function expectNobody(
    { start, whoBegan, expectFree }: SyncLab,
    playbook: string,
    code: number,
    why: RegExp,
  ): Promise<void> {
    const ended = await (await start(playbook, [...PLAIN, '--ack-timeout', '3s'])).ended;
    expect(ended.stdout).toMatch(why);
    expect(ended.code, ended.stdout).toBe(code);
    await expectFree();
    expect(await whoBegan()).toEqual([]);
  }

  it('1: is of the original kind, which is sent nothing', async () => {
    const syncLab = await createMosquittoLab();
    const { lab, broker } = syncLab;
    await startLegacyAgent(lab, broker, 'd', scriptOf('d'));
    const log = await lab.listen();
    const why =
      / {4}d: it refused START sync: its agent reads plain text only and cannot wait for an instant\n/;
    await expectNobody(syncLab, OF_FOUR, 1, why);
    expect(log.texts('d/COMMAND').filter((text) => !text.startsWith('{'))).toEqual([]);
  });

  it('1: has something to do', async () => {
    const syncLab = await createMosquittoLab();
    await syncLab.lab.agent('d');
    const why = / {4}d: it refused START sync: START has not come to its end here\n/;
    await expectNobody(syncLab, `SEND d START sleep 601\n${OF_FOUR}`, 1, why);
    await expect.poll(syncLab.lab.processes, PATIENCE).not.toContain('sleep 601');
  });

  it('1: has no such function', async () => {
    const syncLab = await createMosquittoLab();
    await syncLab.lab.agent('d', { script: 'stopFunction() { :; }' });
    const why = / {4}d: it refused START sync: the node script has no function for START\n/;
    await expectNobody(syncLab, OF_FOUR, 1, why);
  });

  it('4: belongs to another run', async () => {
    const syncLab = await createMosquittoLab();
    const { lab } = syncLab;
    await lab.agent('d');
    const lines = ['SEND d START background 601', 'WAIT 600'];
    const first = await lab.startRun(lines, [], { env: { USER: 'alice' } });
    await first.printed(/✓ 1\/2/);
    const why = / {4}d: .*BUSY \S+ alice@\S+ since \S+; --take-over stops that run first\n/;
    await expectNobody(syncLab, OF_FOUR, 4, why);
    expect(lab.processes()).toContain('sleep 601');
  });

  it('4: is not there', async () => {
    const why = / {4}d: START sync was not delivered: it has not been heard of\n/;
    await expectNobody(await createMosquittoLab(), OF_FOUR, 4, why);
  });
});
