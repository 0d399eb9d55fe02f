import type { Clock, Dispose } from '../../src/base/index.ts';
import type { MemoryBroker } from '../../src/transport/index.ts';

const HEARTBEAT_MS = 15_000;
const BEAT_EVERY_MS = 5000;

export interface TextOnlyOptions {
  readonly broker: MemoryBroker;
  readonly clock: Clock;
  readonly root: string;
  readonly node: string;
  readonly groups?: readonly string[];
  /** What the agent says at once to a plain text, by its verb. Default: nothing, but for TERMINATE. */
  readonly answers?: Readonly<Record<string, readonly string[]>>;
}

/** An agent that reads plain text only, as agent.sh is one, seen from outside: INFO, will, heartbeats, STATUS. */
export interface TextOnlyAgent {
  /** Plain texts but `_ping`. */
  readonly received: readonly string[];
  readonly pings: number;
  readonly session: string;
  says(text: string): void;
  /** The connection is lost; it comes back by itself and says its last status again. */
  drop(): void;
  /** The process dies: its will is published. */
  kill(): void;
  close(): Promise<void>;
}

let sessions = 0;

export function createTextOnlyAgent(options: TextOnlyOptions): TextOnlyAgent {
  const { broker, clock, root, node, groups = [], answers = {} } = options;
  sessions += 1;
  const session = `text-${sessions}`;
  const clientId = `${node}-${session}`;
  const here = `${root}/${node}`;
  const will = { topic: `${here}/STATUS`, payload: `OFFLINE ${session}`, qos: 1, retain: true } as const;
  const transport = broker.connect({ clientId, will, clock, random: () => 0.5 });
  const received: string[] = [];
  let pings = 0;
  let status = '';
  let isDead = false;
  let stopBeating: Dispose = () => {};

  const publish = (topic: string, text: string, retain: boolean): void => {
    if (isDead || !transport.connected) return;
    transport.publish(`${here}/${topic}`, text, { qos: 1, retain }).catch(() => {});
  };
  const says = (text: string): void => {
    status = text;
    publish('STATUS', text, true);
  };
  const beat = (): void => {
    publish('HEARTBEAT', JSON.stringify({ session, busy: false, seq: 0 }), false);
    stopBeating();
    stopBeating = clock.setTimer(BEAT_EVERY_MS, beat);
  };
  const announce = (): void => {
    const about = { v: 1, node, session, version: 'test', accepts: ['text'], groups };
    publish('INFO', JSON.stringify({ ...about, heartbeatMs: HEARTBEAT_MS, platform: 'test' }), true);
    says(status === '' ? 'ALIVE' : status);
    beat();
  };
  const obey = (text: string): void => {
    if (text === '_ping') {
      pings += 1;
      beat();
      return;
    }
    received.push(text);
    const [verb = ''] = text.split(' ');
    for (const answer of answers[verb] ?? []) says(answer);
    if (verb !== 'TERMINATE') return;
    says('TERMINATED');
    publish('INFO', '', true);
    void close();
  };
  const close = async (): Promise<void> => {
    isDead = true;
    stopBeating();
    await transport.close();
  };

  transport.open([`${here}/COMMAND`], {
    onMessage: ({ payload }) => isDead || obey(new TextDecoder().decode(payload)),
    onConnection: ({ kind }) => kind === 'connected' && announce(),
  });

  return {
    received,
    get pings() {
      return pings;
    },
    session,
    says,
    drop: () => broker.drop(clientId),
    kill() {
      isDead = true;
      stopBeating();
      broker.kill(clientId);
    },
    close,
  };
}
