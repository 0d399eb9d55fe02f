/** Something the agent does, one at a time, in the order received. */
export interface Task {
  /** init: initFunction · call: START or a verb of the user's · stop · terminate */
  readonly kind: 'init' | 'call' | 'stop' | 'terminate';
  /** Of the command that asked for it; the agent's own id when no command did. */
  readonly id: string;
  readonly run: string | undefined;
  readonly verb: string;
  readonly args: readonly string[];
  /** Why the agent stops work unasked; then there is no command to answer. */
  readonly because?: 'lease-lost' | 'taken-over';
}

/** The function of the user's script that answers a verb: START → startFunction, MY-VERB → my_verbFunction. */
export function functionOf(verb: string): string {
  return `${verb.toLowerCase().replaceAll('-', '_')}Function`;
}

export function taskKind(verb: string): Task['kind'] {
  if (verb === 'STOP') return 'stop';
  return verb === 'TERMINATE' ? 'terminate' : 'call';
}
