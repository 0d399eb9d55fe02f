import {
  doneStatus,
  isStoppingVerb,
  type NodeName,
  parseOffline,
  statusBeginsWith,
} from '../../protocol/index.ts';
import { type Command, recordStatus } from './command.ts';
import type { CommandDesk } from './command-desk.ts';
import type { NodeEffect } from './node-port.ts';
import { Said } from './said.ts';

interface TextOnlyTalkOptions {
  readonly session: string;
  readonly node: NodeName;
  /** What its STATUS said when it was met; null: nothing of this session. */
  readonly status: string | null;
  readonly desk: CommandDesk;
  readonly emit: (effect: NodeEffect) => void;
}

/**
 * The talk with one session of an agent that has INFO and heartbeats, but reads plain text only: its STATUS is all it
 * says about commands. It listens while a function runs, so STOP need not wait; anything else goes out when the last
 * command was reported, since nothing else tells whose a status is.
 */
export class TextOnlyTalk {
  readonly session: string;
  /** What it said since the last command went out. */
  readonly said = new Said();
  readonly #options: TextOnlyTalkOptions;
  #status: string | null;
  /** Its last status may come once more, since it or we were cut off: then that is no news. */
  #mayRepeat = false;
  #unreported: Command | undefined;

  constructor(options: TextOnlyTalkOptions) {
    this.session = options.session;
    this.#options = options;
    this.#status = options.status;
    if (options.status !== null) this.said.record(options.status, 0);
  }

  /** The last status that it said; null before the first, while initFunction runs. */
  get status(): string | null {
    return this.#status;
  }

  /** Why nothing goes out, as the end of a sentence; undefined: nothing is in the way. */
  get reason(): string | undefined {
    if (!this.#unreported) return undefined;
    return `it reads plain text only and is sent one command at a time, and ${this.#unreported.text} has not been reported`;
  }

  /** Either side was cut off. */
  wasCutOff(): void {
    this.#mayRepeat = true;
  }

  /** Whether a status is retained does not matter: what differs from the last one was said since. */
  hear(text: string, now: number): void {
    if (parseOffline(text) !== undefined) {
      this.wasCutOff();
      return;
    }
    const isRepeat = this.#mayRepeat && text === this.#status;
    this.#mayRepeat = false;
    this.#status = text;
    if (!isRepeat) this.#news(text, now);
  }

  /** To be called only while the session is alive. */
  keepTime(now: number): void {
    const { desk } = this.#options;
    for (let next = desk.nextWaiting; next && this.#mayGo(next); next = desk.nextWaiting) this.#send(now);
  }

  #news(text: string, now: number): void {
    const { desk, emit, node } = this.#options;
    this.said.record(text, 0);
    const command = this.#unreported;
    if (command) recordStatus(command, text);
    if (command && endsCommand(text, command)) {
      this.#unreported = undefined;
      // Its PUBACK may be on its way, or was lost with a connection: the agent, at least, has it.
      desk.delivered(command, now);
    }
    emit({ kind: 'event', event: { type: 'status-reported', node, text } });
    const isPart = command?.verb === 'STOP' && command.args.length > 0;
    if (stopsWork(text) && !isPart) desk.workStopped();
  }

  #mayGo({ verb }: Command): boolean {
    return !this.#unreported || isStoppingVerb(verb);
  }

  #send(now: number): void {
    const command = this.#options.desk.sendText(now, this.session);
    if (!command) return;
    this.said.clear();
    this.#unreported = command;
  }
}

/** The words with which such an agent says that a command has failed; undefined when the status is none of these. */
export function failureIn(statuses: Iterable<string>, { verb }: Pick<Command, 'verb'>): string | undefined {
  const beginnings = [verb, `${verb}:`].map((word) => ['FAILED', word]);
  return [...statuses].find((text) => beginnings.some((words) => statusBeginsWith(text, words)));
}

/** A command that a STOP interrupts, also somebody else's, is not reported otherwise. */
function endsCommand(text: string, command: Command): boolean {
  const ends = statusBeginsWith(text, doneStatus(command.verb).split(' '));
  return ends || stopsWork(text) || failureIn([text], command) !== undefined;
}

function stopsWork(text: string): boolean {
  return statusBeginsWith(text, ['STOPPED']) || statusBeginsWith(text, ['TERMINATED']);
}
