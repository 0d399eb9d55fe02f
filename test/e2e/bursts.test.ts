import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { describeCoreOnEachBroker } from './support/brokers.ts';
import { createLab } from './support/lab.ts';

const NUMBERS = Array.from({ length: 1000 }, (_, index) => String(index + 1));
const SCRIPT = `startFunction() { echo "$1" >>order; }\nflushFunction() { :; }`;

describeCoreOnEachBroker('a thousand commands run in order, each once', (broker) => {
  it('as plain text, in one burst', async () => {
    const lab = await createLab(broker());
    const log = await lab.listen();
    await lab.agent('node1', { script: SCRIPT });
    await lab.publish('node1/COMMAND', ...NUMBERS.map((number) => `START ${number}`), 'FLUSH');
    await log.heard('node1/STATUS', 'FLUSH-DONE');
    expect(await readFile(join(lab.folder, 'order'), 'utf8')).toBe(`${NUMBERS.join('\n')}\n`);
    expect(log.texts('node1/STATUS').filter((text) => text === 'STARTED')).toHaveLength(NUMBERS.length);
  });

  it('as SENDs of a playbook', async () => {
    const lab = await createLab(broker());
    await lab.agent('node1', { script: SCRIPT });
    const { code, stdout } = await lab.run(NUMBERS.map((number) => `SEND node1 START ${number}`));
    expect(stdout).toMatch(/\n {2}node1 +1000 +0 .*\n\nPASSED in /);
    expect(code).toBe(0);
    expect(await readFile(join(lab.folder, 'order'), 'utf8')).toBe(`${NUMBERS.join('\n')}\n`);
  });
});
