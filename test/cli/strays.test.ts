import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Leftover } from '../../src/agent/machine/agent-port.ts';
import { silentLogger, systemClock } from '../../src/base/index.ts';
import { type Broker, startBroker } from '../../src/broker/index.ts';
import { createMqttTransport } from '../../src/transport/index.ts';
import { createScriptedAgent, type ScriptedAgent } from '../support/scripted-agent.ts';
import { runInProcess } from './run-in-process.ts';

const ROOT = 'cli/strays';
const SCRIPT = { startFunction: {}, stopFunction: {} };

let broker: Broker;
const agents: ScriptedAgent[] = [];
beforeEach(async () => {
  broker = await startBroker({ port: 0, logger: silentLogger });
});
afterEach(async () => {
  for (const agent of agents.splice(0)) await agent.close();
  await broker.close();
});

function startAgent(node: string, leftovers: Leftover[]): void {
  const url = { scheme: 'mqtt', host: broker.host, port: broker.port } as const;
  agents.push(
    createScriptedAgent({
      createTransport: (clientId, will) =>
        createMqttTransport({ url, clientId, will, clock: systemClock, logger: silentLogger }),
      clock: systemClock,
      root: ROOT,
      node,
      script: SCRIPT,
      leftovers,
    }),
  );
}

const nodes = (...words: readonly string[]): ReturnType<typeof runInProcess> =>
  runInProcess(['nodes', '-m', `127.0.0.1:${broker.port}`, '-t', ROOT, ...words], {
    environment: { LANG: 'C.UTF-8' },
  });

describe('nodes --stop-strays', () => {
  it('1: something survived', async () => {
    startAgent('node1', [{ session: 's7', node: 'node7', processes: ['nc (9)', 'stuck (10)'] }]);
    const table = await nodes('--stop-strays');
    expect(table).toEqual({
      code: 1,
      stdout: [
        'outcome   node   what      command  processes   since  state',
        'ended     node7  leftover  -        nc (9)          -  dead agent node7, on the machine of node1',
        'survived  node7  leftover  -        stuck (10)      -  dead agent node7, on the machine of node1',
        '',
      ].join('\n'),
      stderr: '',
    });
    const json = await nodes('--stop-strays', '--json');
    expect(json.code).toBe(1);
    expect(JSON.parse(json.stdout)).toEqual({
      ended: [],
      survived: [
        {
          node: 'node7',
          what: 'leftover',
          session: 's7',
          foundBy: 'node1',
          processes: ['stuck (10)'],
          processCount: 1,
        },
      ],
      unlisted: [],
      held: [],
      unknown: [],
    });
  });
});

describe('nodes --strays', () => {
  it('shows the beginning of a long list of processes, and nothing that a terminal would obey', async () => {
    const processes = ['\u001b[2J (1)', 'a\nb (2)', 'c (3)', 'd (4)', 'e (5)'];
    startAgent('node1', [
      { session: 's7', node: 'node7', processes },
      { session: 's8', node: 'node8', processes: [] },
    ]);
    expect((await nodes('--strays')).stdout).toBe(
      [
        'node   what      command  processes                         since  state',
        'node7  leftover  -        ␛[2J (1), a b (2), c (3), 2 more      -  dead agent node7, on the machine of node1',
        'node8  leftover  -        temporary files                       -  dead agent node8, on the machine of node1',
        '',
      ].join('\n'),
    );
  });

  it('says that there are none, or nobody', async () => {
    const where = `below ${ROOT}/ on mqtt://127.0.0.1:${broker.port}\n`;
    expect(await nodes('--strays')).toEqual({ code: 0, stdout: '', stderr: `no node ${where}` });
    startAgent('node1', []);
    expect(await nodes('--strays')).toEqual({ code: 0, stdout: '', stderr: `no strays ${where}` });
  });
});
