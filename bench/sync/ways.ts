import { nodeName } from '../support/fleet-request.ts';
import { GROUP } from './fleet.ts';

/** A way of starting nodes together, as lines of a playbook. */
interface Way {
  readonly title: string;
  /** Each start in a run of its own, so that it begins without any knowledge of the clocks, and may fail for itself. */
  readonly isSync: boolean;
  lines(nodes: readonly string[], message: string): readonly string[];
}

const sync = (title: string, go: string): Way => ({
  title,
  isSync: true,
  lines: (nodes, message) => ['SYNC', `SEND ${nodes.join(',')} ${message}`, go],
});

const BY_NAME = {
  sends: {
    title: 'a SEND each',
    isSync: false,
    lines: (nodes: readonly string[], message: string) => nodes.map((node) => `SEND ${node} ${message}`),
  },
  list: {
    title: 'SEND a,b,…',
    isSync: false,
    lines: (nodes: readonly string[], message: string) => [`SEND ${nodes.join(',')} ${message}`],
  },
  group: {
    title: 'SEND @group',
    isSync: false,
    lines: (_nodes: readonly string[], message: string) => [`SEND @${GROUP} ${message}`],
  },
  sync: sync('SYNC', 'GO'),
  // With 20 nodes and 0–40 ms of jitter, this asks for nearly 200 pings, which take 4 s.
  'sync-long': sync('SYNC, MAXSKEW 3ms', 'GO MAXSKEW 3ms'),
} as const satisfies Readonly<Record<string, Way>>;

export type WayName = keyof typeof BY_NAME;

/** Names as on the command line. */
export const WAYS: Readonly<Record<WayName, Way>> = BY_NAME;
export const WAY_NAMES = Object.keys(BY_NAME) as readonly WayName[];

export function isWayName(text: string): text is WayName {
  return Object.hasOwn(WAYS, text);
}

/** A start in one way; the tag is its stamps'. */
export interface Start {
  readonly way: WayName;
  readonly tag: string;
}

/** A playbook that makes these starts, one after the other, and lets each come to its end. */
export function playbookOf(count: number, starts: readonly Start[]): string {
  const nodes = Array.from({ length: count }, (_, index) => nodeName(index));
  const lines = [`WAITFOR ${nodes.join(',')} ALIVE`];
  for (const { way, tag } of starts) {
    if (lines.length > 1) lines.push(`WAIT ${CALM}`);
    lines.push(...WAYS[way].lines(nodes, `START ${tag}`), `WAITFOR ${nodes.join(',')} STARTED`);
  }
  return `${lines.join('\n')}\n`;
}

/** Results and heartbeats are over by then. */
const CALM = '100ms';
