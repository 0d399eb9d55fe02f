import type { Clock } from '../../src/base/index.ts';
import type { MemoryBroker, Transport } from '../../src/transport/index.ts';
import { createScriptedAgent, type NodeScript } from '../support/scripted-agent.ts';
import { createHistory, type NodeHistory } from './history.ts';
import { createMortalClock } from './mortal-clock.ts';

/** A managed machine: its agent dies and is started again. */
export interface Host {
  readonly history: NodeHistory;
  /** `kill -9`; the agent is started again after so long. */
  kill(forMs: number): void;
  /** The link swallows everything, then breaks. */
  cutOff(forMs: number): void;
  /** The link breaks, and can be made again at once. */
  drop(): void;
}

interface HostOptions {
  readonly broker: MemoryBroker;
  readonly clock: Clock;
  readonly root: string;
  readonly node: string;
  readonly random: () => number;
}

/** How soon an agent that ended by itself is started again. */
const RESTART_MS = 5000;

const SCRIPT: NodeScript = {
  startFunction: { takesMs: 50 },
  measureFunction: { takesMs: 3000 },
  hangFunction: { takesMs: Number.POSITIVE_INFINITY },
  failFunction: { takesMs: 10, code: 7, stderr: 'no' },
  // It lies, too: a word of the agent's said by the script counts for nothing.
  sayFunction: {
    takesMs: 30,
    says: [
      [10, 'READY'],
      [20, 'STARTED'],
    ],
  },
  stopFunction: { takesMs: 200 },
};
const LEAVES = new Set(['startFunction']);

export function createHost({ broker, clock, root, node, random }: HostOptions): Host {
  const history = createHistory(() => clock.now(), LEAVES);
  let process: ReturnType<typeof startProcess> | undefined;

  function startProcess() {
    const own = createMortalClock(clock, Math.floor(random() * 1e6));
    let transport: Transport | undefined;
    const agent = createScriptedAgent({
      createTransport(clientId, will) {
        transport = broker.connect({ clientId, will, clock: own, random });
        return transport;
      },
      clock: own,
      root,
      node,
      script: SCRIPT,
      heartbeatMs: 3000,
      observe: (input, effects) => history.observe(agent.session, input, effects),
      onFail: () => over(RESTART_MS),
    });
    void agent.ended.then(() => over(RESTART_MS));
    return { agent, own, transport };
  }

  function over(restartMs: number): void {
    if (!process) return;
    process = undefined;
    history.sessionEnded();
    clock.setTimer(restartMs, () => {
      process = startProcess();
    });
  }

  const broken = (how: 'drop' | 'freeze'): boolean => {
    if (!process?.transport?.connected) return false;
    broker[how](process.agent.clientId);
    return true;
  };

  process = startProcess();
  return {
    history,
    kill(forMs) {
      if (!process) return;
      const { agent, own, transport } = process;
      agent.die();
      own.die();
      if (transport?.connected) broker.kill(agent.clientId);
      else void transport?.close();
      over(forMs);
    },
    cutOff(forMs) {
      const cut = process;
      if (broken('freeze')) clock.setTimer(forMs, () => cut === process && broken('drop'));
    },
    drop: () => void broken('drop'),
  };
}
