// Agents without bash over real connections, in a process of their own: the real machines, their functions as data.
import { systemClock } from '../../src/base/index.ts';
import { createMqttTransport } from '../../src/transport/index.ts';
import { createScriptedAgent, type NodeScript } from '../../test/support/scripted-agent.ts';
import { type FleetRequest, nodeName } from '../support/fleet-request.ts';
import { inTurns } from '../support/in-turns.ts';
import { serveParent } from '../support/own-process.ts';

const SCRIPT: NodeScript = { startFunction: {}, stopFunction: {}, workFunction: {} };

serveParent(async ({ port, root, count }: FleetRequest) => {
  const agents = await inTurns(count, async (index) => {
    const agent = createScriptedAgent({
      root,
      node: nodeName(index),
      script: SCRIPT,
      // Thousands in one process may be slow without anything being wrong.
      echoLimitMs: 60_000,
      clock: systemClock,
      createTransport: (clientId, will) =>
        createMqttTransport({
          url: { scheme: 'mqtt', host: '127.0.0.1', port },
          clientId: clientId.slice(0, 40),
          will,
          clock: systemClock,
        }),
    });
    await agent.alive;
    return agent;
  });
  return {
    calls: () => agents.map(({ calls }) => calls.length),
    heapMb() {
      globalThis.gc?.();
      return process.memoryUsage().heapUsed / (1024 * 1024);
    },
  };
});
