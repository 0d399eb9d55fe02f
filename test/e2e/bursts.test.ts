import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { describeCoreOnEachBroker } from './support/brokers.ts';
import { createLab } from './support/lab.ts';

const NUMBERS = Array.from({ length: 1000 }, (_, index) => String(index + 1));
const SCRIPT = `startFunction() { echo "$1" >>order; }\nflushFunction() { :; }`;

describeCoreOnEachBroker('a thousand commands run in order, each once', (broker, startAnother) => {
  it('as plain text, in one burst', async () => {
    const lab = await createLab(broker());
    const log = await lab.listen();
    await lab.agent('node1', { script: SCRIPT });
    await lab.publish('node1/COMMAND', ...NUMBERS.map((number) => `START ${number}`), 'FLUSH');
    await log.heard('node1/STATUS', 'FLUSH-DONE');
    expect(await readFile(join(lab.folder, 'order'), 'utf8')).toBe(`${NUMBERS.join('\n')}\n`);
    expect(log.texts('node1/STATUS').filter((text) => text === 'STARTED')).toHaveLength(NUMBERS.length);
  });

  it('as envelopes, in one burst', async () => {
    const lab = await createLab(broker());
    const log = await lab.listen();
    await lab.agent('node1', { script: SCRIPT });
    const envelopes = NUMBERS.map((number) => envelope(number, 'START', [number]));
    await lab.publish('node1/COMMAND', ...envelopes, envelope('last', 'FLUSH', []));
    await log.heard('node1/STATUS', 'FLUSH-DONE');
    expect(await readFile(join(lab.folder, 'order'), 'utf8')).toBe(`${NUMBERS.join('\n')}\n`);
    const results = log.texts('node1/REPLY').filter((text) => text.includes('"kind":"result"'));
    expect(new Set(results.map((text) => JSON.parse(text).id)).size).toBe(NUMBERS.length + 1);
  });

  it('as SENDs of a playbook, while the broker is killed and started again', async () => {
    const first = await startAnother();
    onTestFinished(() => first.stop());
    const lab = await createLab(first);
    await lab.agent('node1', { script: SCRIPT });
    const run = await lab.startRun(NUMBERS.map((number) => `SEND node1 START ${number}`));
    await run.printed(/✓ +400\/1000/);
    await first.kill();
    await run.printed(/connection to broker .* lost/);
    const again = await startAnother({ port: first.port });
    onTestFinished(() => again.stop());
    const { code, stdout } = await run.ended;
    expect(stdout).toMatch(/\n {2}node1 +1000 +0 .*\n\nPASSED in /);
    expect(code).toBe(0);
    expect(await readFile(join(lab.folder, 'order'), 'utf8')).toBe(`${NUMBERS.join('\n')}\n`);
  });
});

function envelope(id: string, verb: string, args: readonly string[]): string {
  return JSON.stringify({ v: 1, id, verb, args, clock: 'c', sent: 0, ttlMs: 60_000 });
}
