import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createNarrowTransport, type NarrowTransport } from '../support/narrow-transport.ts';
import { createLab, type Lab, type LabAgent, type Run } from './lab.ts';

const NODES = Array.from({ length: 400 }, (_, index) => `node${index + 1}`).sort();
const PLAYBOOK = 'SEND * START\nWAITFOR * STARTED\nSEND * STOP\nWAITFOR * STOPPED';

let lab: Lab;
let agents: readonly LabAgent[];
let narrow: NarrowTransport | undefined;
beforeEach(async () => {
  lab = createLab();
  agents = NODES.map((node) => lab.agent(node, { startFunction: {}, stopFunction: {} }));
  await lab.clock.advance(100);
});
afterEach(() => lab.close());

/** The control machine reads 20 messages a millisecond, and the broker keeps so many for it. */
function runBehind(mostKept: number): Run {
  return lab.run(PLAYBOOK, {}, (transport) => {
    narrow = createNarrowTransport(transport, lab.clock, { mostKept, perMs: 20 });
    return narrow;
  });
}

describe('a large fleet behind a broker that drops what it cannot keep', () => {
  it('is complete, does everything once, and what was lost is asked for again and said', async () => {
    const run = runBehind(150);
    expect(await run.end()).toBe('passed');
    expect(narrow?.dropped).toBeGreaterThan(100);
    expect(run.all('nodes-resolved')).toMatchObject([{ expression: '*', nodes: NODES }]);
    for (const { calls } of agents) expect(calls).toEqual(['startFunction', 'stopFunction']);
    expect(run.all('command-finished')).toHaveLength(2 * NODES.length);
    expect(run.all('warning-given')).toMatchObject([
      { message: expect.stringMatching(/^the broker did not pass on \d+ replies of \d+ nodes/) },
    ]);
    expect(run.all('warning-given')[0]?.message).toContain('max_queued_messages 0');
  });

  it('does not overrun one that keeps a thousand messages', async () => {
    const run = runBehind(1000);
    expect(await run.end()).toBe('passed');
    expect(narrow?.dropped).toBe(0);
    expect(run.all('warning-given')).toEqual([]);
  });
});
