import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import type { RunEvent, RunEventBody } from '../../../src/events/index.ts';
import { type Fate, type Packet, PUBLISH, startTcpProxy, type TcpProxy } from '../../support/tcp-proxy.ts';
import type { Broker } from './brokers.ts';
import { createLab, type Lab } from './lab.ts';
import { PATIENCE } from './patience.ts';
import type { Ended, Program } from './program.ts';

export const NODES = ['a', 'b', 'c'] as const;
export type Node = (typeof NODES)[number];

export const SYNC = 'SYNC\nSEND a START sync\nSEND b START sync\nSEND c START sync\nGO';
export const SYNC_AND_WAIT = `${SYNC}\nWAITFOR a,b,c STARTED`;

/** An envelope or a reply on its way. */
export interface Message {
  readonly direction: Packet['direction'];
  readonly node: string;
  readonly id: string;
  /** Of an envelope: what it asks for, and whose clock it was sent by. */
  readonly verb?: string;
  readonly clock?: string;
  /** Of a reply. */
  readonly kind?: string;
  readonly leftMs?: number;
}

interface Begun {
  readonly node: string;
  /** Milliseconds since 1970 by this machine's clock, as the first thing that the function looked at. */
  readonly atMs: number;
}

/** Nodes that are to begin at one instant. Each is on a wire of its own, and so is the control machine. */
export interface SyncLab {
  readonly lab: Lab;
  readonly agents: Readonly<Record<Node, Program>>;
  readonly wires: Readonly<Record<Node | 'control', TcpProxy>>;
  /** Runs a playbook; what happens is said as NDJSON unless the words say otherwise. */
  start(playbook: string, words?: readonly string[]): Promise<Program>;
  /** What the functions that a SYNC has begun so far noted themselves. */
  begun(): Promise<readonly Begun[]>;
  /** Their nodes, one for each time, in the order of their names. */
  whoBegan(): Promise<readonly string[]>;
  /** Pid of a node's bash. */
  shellOf(node: Node): number;
  /** Everything that a SYNC began here and that still runs. */
  atWork(): readonly string[];
  /** Waits until no run has a node any more. */
  untilFree(): Promise<void>;
  /** All nodes are free: a run gets them at once, and before that nothing begins any more. */
  expectFree(): Promise<void>;
}

/** How long one answer is held up, so that a run takes its time to get ready, however busy this machine is. */
const HELD_MS = 400;
/** Longer than a test may take. */
const WORK = 'sleep 600';

export async function createSyncLab(broker: Broker): Promise<SyncLab> {
  const lab = await createLab(broker);
  const wire = async (): Promise<TcpProxy> => {
    const proxy = await startTcpProxy(broker.port);
    onTestFinished(() => proxy.close());
    return proxy;
  };
  const [control, a, b, c] = await Promise.all([wire(), wire(), wire(), wire()]);
  const wires = { control, a, b, c };
  const [agentA, agentB, agentC] = await Promise.all(
    NODES.map((node) => lab.agent(node, { script: scriptOf(node), port: wires[node].port })),
  );
  if (!agentA || !agentB || !agentC) throw new Error('there is one agent for each node');
  holdAnAnswer(control);

  const told = async (word: string): Promise<readonly Begun[]> => {
    const text = await readFile(join(lab.folder, 'told'), 'utf8').catch(() => '');
    const lines = text.matchAll(new RegExp(`^(\\S+) ${word} (\\S+)$`, 'gm'));
    return [...lines].map(([, node = '', seconds]) => ({ node, atMs: Number(seconds) * 1000 }));
  };
  const nodesOf = (all: readonly Begun[]): readonly string[] => all.map(({ node }) => node).toSorted();
  return {
    lab,
    agents: { a: agentA, b: agentB, c: agentC },
    wires,
    start: (playbook, words = []) =>
      lab.startRun(playbook.split('\n'), [
        ...['--reporter', 'ndjson', '-m', `127.0.0.1:${control.port}`],
        ...words,
      ]),
    begun: () => told('sync'),
    whoBegan: async () => nodesOf(await told('sync')),
    shellOf: (node) => Number(readFileSync(join(lab.folder, `${node}.shell`), 'utf8')),
    atWork: () => lab.processes().filter((line) => line === WORK),
    async untilFree() {
      const lines = ['SEND a,b,c IDLE', 'WAITFOR a,b,c IDLE-DONE'];
      await expect.poll(async () => (await lab.run(lines)).code, PATIENCE).toBe(0);
    },
    async expectFree() {
      const { code, stdout } = await lab.run(['SEND a,b,c START free', 'WAITFOR a,b,c STARTED']);
      expect(code, stdout).toBe(0);
      expect(nodesOf(await told('free'))).toEqual(NODES);
    },
  };
}

/** Calls for every envelope and reply on a wire right before it goes on. */
export function watch(wire: TcpProxy, look: (message: Message) => Fate | undefined): void {
  wire.watch((packet) => {
    const message = messageIn(packet);
    return message && look(message);
  });
}

/** Acts once: when so many such messages have come. */
export function on(
  wire: TcpProxy,
  count: number,
  fits: (message: Message) => boolean,
  act: (message: Message) => void,
): void {
  let come = 0;
  watch(wire, (message) => {
    if (fits(message)) {
      come += 1;
      if (come === count) act(message);
    }
    return undefined;
  });
}

export const isArm = ({ verb }: Message): boolean => verb === '_arm';
export const isConfirm = ({ verb }: Message): boolean => verb === '_confirm';
/** The answer to an `_arm`. */
export const isArmed = ({ kind, leftMs }: Message): boolean => kind === 'ack' && leftMs !== undefined;

/** Tells the answers to confirmations that it has seen. */
export function confirmations(): (message: Message) => boolean {
  const ids = new Set<string | undefined>();
  return (message) => {
    if (isConfirm(message)) ids.add(message.id);
    return message.kind === 'ack' && ids.delete(message.id);
  };
}

export function eventsOf<T extends RunEventBody['type']>(
  { stdout }: Pick<Ended, 'stdout'>,
  type: T,
): readonly Extract<RunEvent, { type: T }>[] {
  const events = stdout.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as RunEvent]));
  return events.filter((event): event is Extract<RunEvent, { type: T }> => event.type === type);
}

/** `node: reason` of everything that the run could not do, or did not find done. */
export function problemsOf(ended: Pick<Ended, 'stdout'>): readonly string[] {
  const steps = eventsOf(ended, 'step-finished');
  return steps.flatMap(({ problems }) => problems.map(({ node, reason }) => `${node}: ${reason}`));
}

/** Notes when it begins, and works until it is stopped. */
export function scriptOf(node: string): string {
  return `
    echo "$$" >${node}.shell
    startFunction() { echo "${node} $1 $EPOCHREALTIME" >>told; if [[ $1 == sync ]]; then ${WORK} & fi; }
    stopFunction() { :; }
    idleFunction() { :; }
  `;
}

/** Of each run: the lead of a SYNC grows with the longest round trip that was seen. */
function holdAnAnswer(wire: TcpProxy): void {
  const runs = new Set<string | undefined>();
  watch(wire, ({ verb, clock }) => {
    if (verb !== '_ping' || runs.has(clock)) return undefined;
    runs.add(clock);
    wire.freeze();
    setTimeout(() => wire.thaw(), HELD_MS);
    return undefined;
  });
}

function messageIn({ direction, type, text }: Packet): Message | undefined {
  const [, node] = /\/(\w+)\/(?:COMMAND|REPLY)/.exec(text) ?? [];
  const from = text.indexOf('{"v":1');
  return type === PUBLISH && node !== undefined && from > 0
    ? { direction, node, ...JSON.parse(text.slice(from)) }
    : undefined;
}
