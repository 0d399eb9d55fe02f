import type { CommandEnd } from '../../events/index.ts';
import { isStoppingVerb } from '../../protocol/index.ts';
import type { Command } from './command.ts';

/** Whether something that has ended may have left work of this run on a node. */
export class WorkLeft {
  #isThere = false;

  get isThere(): boolean {
    return this.#isThere;
  }

  /** Nobody knows what became of something that was sent: a STOP is due at the end. */
  suppose(): void {
    this.#isThere = true;
  }

  /** It was stopped, or is gone with its session. */
  clear(): void {
    this.#isThere = false;
  }

  /** A command that went out has ended. */
  count(command: Command, end: CommandEnd): void {
    // What was taken back before it began leaves nothing, and stops nothing.
    if (command.arming && !command.arming.fired && (!command.arming.mayBegin || end === 'cancelled')) return;
    const stopsAll = isStoppingVerb(command.verb) && command.args.length === 0;
    // Plain text has ended once the broker has it; whether it stopped anything, STATUS alone tells.
    if (stopsAll && end === 'ok' && command.session !== undefined) this.clear();
    // Somebody else stopped it, perhaps to take the node over: a STOP of ours would hit what runs there next.
    else if (end === 'cancelled' && !command.stoppedByRun) this.clear();
    else if (leavesWork(command) && end !== 'refused' && end !== 'expired') this.suppose();
  }
}

/** Whether a command may leave something running: of an original agent only START does, of ours every function may. */
export function leavesWork({ verb, session }: Command): boolean {
  return session === undefined ? verb === 'START' : !isStoppingVerb(verb) && verb !== 'SENDFILE';
}
