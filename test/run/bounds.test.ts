import { expect, it } from 'vitest';
import { createId, silentLogger } from '../../src/base/index.ts';
import { createControlChannel } from '../../src/channel/index.ts';
import type { RunEventBody } from '../../src/events/index.ts';
import { Fleet } from '../../src/run/fleet.ts';
import { DEFAULT_TIMES } from '../../src/run/times.ts';
import { createMemoryBroker } from '../../src/transport/index.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { createScriptedAgent, type NodeScript } from '../support/scripted-agent.ts';

const COMMANDS = 40_000;
const AT_ONCE = 500;

/** A fleet of one node, and its agent. */
async function fleetOf(script: NodeScript, emit: (event: RunEventBody) => void) {
  const clock = createFakeClock();
  const broker = createMemoryBroker();
  const createTransport = (clientId: string) => broker.connect({ clientId, clock });
  const agent = createScriptedAgent({ createTransport, clock, root: 'lab', node: 'node1', script });
  const transport = broker.connect({ clientId: 'control', clock });
  const fleet = new Fleet({
    channel: createControlChannel({ transport, root: 'lab', clock, logger: silentLogger, ttlMs: 30_000 }),
    clock,
    logger: silentLogger,
    runId: createId(),
    settings: { ...DEFAULT_TIMES, owner: 'me', leaseMs: 0, takeOver: false, holdLease: true, createId },
    emit,
  });
  fleet.open(true);
  await clock.advance(2000);
  const close = async (): Promise<void> => {
    await fleet.close();
    await agent.close();
  };
  return { clock, agent, fleet, close };
}

it('remembers no more after 40,000 commands than after 20,000', async () => {
  let finished = 0;
  const { clock, agent, fleet, close } = await fleetOf({ startFunction: {} }, (event) => {
    if (event.type === 'command-finished' && event.end === 'ok') finished += 1;
  });
  const sizes: number[] = [];
  const timers: number[] = [];
  for (let sent = 0; sent < COMMANDS; ) {
    for (let one = 0; one < AT_ONCE; one += 1) {
      sent += 1;
      fleet.commands.send(agent.node, `START ${sent}`);
    }
    await clock.advance(1000);
    sizes.push(fleet.size);
    timers.push(clock.pendingTimers());
  }
  expect(finished).toBe(COMMANDS);
  expect(agent.calls).toHaveLength(COMMANDS);
  expect(agent.calls.at(-1)).toBe(`startFunction ${COMMANDS}`);
  const half = sizes.length / 2;
  expect(Math.max(...sizes.slice(half))).toBeLessThanOrEqual(Math.max(...sizes.slice(0, half)));
  expect(Math.max(...timers)).toBeLessThan(10);
  await close();
  expect(clock.pendingTimers()).toBe(0);
}, 120_000);

it('keeps the latest of very many texts', async () => {
  const says = Array.from({ length: 3000 }, (_, number) => [0, `N ${number}`] as const);
  const { clock, agent, fleet, close } = await fleetOf({ startFunction: { says, takesMs: 1 } }, () => {});
  const command = fleet.commands.send(agent.node, 'START');
  await clock.advance(2000);
  expect(command.end).toBe('ok');
  expect([...command.statuses].slice(-2)).toEqual(['N 2999', 'STARTED']);
  expect(fleet.node(agent.node).size).toBeLessThanOrEqual(1000);
  await close();
});
