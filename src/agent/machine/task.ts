import type { NodeLoss } from '../../protocol/index.ts';

/** Something the agent does, one at a time, in the order received. */
export interface Task {
  /** init: initFunction · call: START or a verb of the user's · the others: the verb of that name */
  readonly kind: 'init' | 'call' | 'send-file' | 'stop' | 'terminate';
  /** Of the command that asked for it; the agent's own id when no command did. */
  readonly id: string;
  readonly run: string | undefined;
  readonly verb: string;
  readonly args: readonly string[];
  /** Of a call that is to begin at an instant: in the agent's monotonic milliseconds. */
  readonly at?: number;
  /** It came as plain text. */
  readonly asText?: boolean;
  /** Why the agent does it unasked; then there is no command to answer. */
  readonly because?: 'started' | 'run-over' | 'strays' | 'shut-down' | NodeLoss['because'];
  /** Who took the node over. */
  readonly by?: string;
}

const LONGEST_VERB_SHOWN = 40;

/** A verb in messages: anybody may have sent it, of any length. */
export function shownVerb(verb: string): string {
  return [...verb.slice(0, 2 * LONGEST_VERB_SHOWN)].slice(0, LONGEST_VERB_SHOWN).join('');
}

/** What a word costs beyond its text. */
const WORD_OVERHEAD = 50;

/** About how much memory a command takes, in characters. */
export function weightOf({ verb, args }: Pick<Task, 'verb' | 'args'>): number {
  return args.reduce((sum, word) => sum + word.length + WORD_OVERHEAD, verb.length + WORD_OVERHEAD);
}

/** The verbs that the agent answers by itself; every other one is a call of the user's script. */
const KIND_OF_VERB: Readonly<Record<string, Task['kind']>> = {
  STOP: 'stop',
  TERMINATE: 'terminate',
  SENDFILE: 'send-file',
};

export function taskKind(verb: string): Task['kind'] {
  return (Object.hasOwn(KIND_OF_VERB, verb) ? KIND_OF_VERB[verb] : undefined) ?? 'call';
}

/** How the run lost its node whose work this task ends; undefined when it did not. */
export function nodeLoss({ because, by }: Task): NodeLoss | undefined {
  if (because !== 'lease-lost' && because !== 'taken-over') return undefined;
  return by === undefined ? { because } : { because, by };
}
