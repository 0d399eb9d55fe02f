import { afterEach, beforeEach, expect, it } from 'vitest';
import { createLab, type Lab, ROOT } from './lab.ts';

/** More than may be unanswered at a time. */
const MANY = 400;

let lab: Lab;
beforeEach(() => {
  lab = createLab();
});
afterEach(() => lab.close());

/** What agents have left that are there no more: an INFO, and no word of farewell. */
async function leaveInfos(): Promise<readonly string[]> {
  const nodes = Array.from({ length: MANY }, (_, index) => `dead${index}`);
  const transport = lab.broker.connect({ clientId: 'dead', clock: lab.clock });
  transport.open([], { onMessage() {}, onConnection() {} });
  await lab.clock.advance(1000);
  for (const node of nodes) {
    const info = {
      ...{ v: 1, node, session: `s-${node}`, version: '0', platform: '' },
      ...{ accepts: ['text', 'envelope'], groups: [], heartbeatMs: 15_000 },
    };
    void transport.publish(`${ROOT}/${node}/INFO`, JSON.stringify(info), { qos: 1, retain: true });
  }
  await lab.clock.advance(100);
  return nodes;
}

it('a SEND to more nodes that do not answer than are asked at a time ends at the ack time-out, for each', async () => {
  const dead = await leaveInfos();
  const agent = lab.agent('here');
  await lab.clock.advance(2000);
  const run = lab.run(`SEND here,${dead.join(',')} START`);
  expect(await run.end()).toBe('unreachable');
  const [step] = run.all('step-finished');
  expect(step?.problems).toHaveLength(MANY);
  expect(step?.tookMs).toBeLessThan(11_000);
  expect(agent.calls).toEqual(['startFunction', 'stopFunction']);
});
