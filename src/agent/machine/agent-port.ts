import type { ErrorCode } from '../../base/index.ts';
import type { ControlMessage } from '../../channel/index.ts';
import type { Listeners } from '../../process/index.ts';
import type { Heartbeat, Info, Inspection, InspectQuestion, Reply } from '../../protocol/index.ts';
import type { Sending } from '../../transfer/index.ts';
import type {
  CommandWork,
  FunctionOutcome,
  FunctionStart,
  LoadOutcome,
  ScriptNeeds,
} from '../shell/shell.ts';

/** Everything that can happen to an agent. */
export type AgentInput =
  | { readonly kind: 'connected' }
  | { readonly kind: 'disconnected' }
  | { readonly kind: 'message'; readonly message: ControlMessage }
  | { readonly kind: 'script-loaded'; readonly outcome: LoadOutcome }
  /** Of a function that waited for its instant: some time after it began, before it is said to have ended. */
  | { readonly kind: 'function-started'; readonly id: string; readonly start: FunctionStart }
  | {
      readonly kind: 'function-ended';
      readonly outcome: FunctionOutcome;
      /** Number of the last batch of what it printed; undefined when it printed nothing. */
      readonly output?: number | undefined;
    }
  | { readonly kind: 'leftovers-ended'; readonly survivors: readonly string[] }
  | { readonly kind: 'file-sent'; readonly sending: Sending }
  /** In answer to `find-strays`. */
  | {
      readonly kind: 'strays-found';
      readonly id: string;
      readonly work: readonly CommandWork[];
      readonly leftovers: readonly Leftover[];
    }
  /** In answer to `find-listeners`. */
  | { readonly kind: 'listeners-found'; readonly found: Listeners }
  /** In answer to `inspect`. */
  | { readonly kind: 'inspected'; readonly id: string; readonly seen: Seen }
  | { readonly kind: 'script-said'; readonly commandId: string | undefined; readonly text: string }
  | { readonly kind: 'script-updated'; readonly commandId: string | undefined; readonly text: string }
  /** SIGTERM, SIGINT or the end of the program that embeds the agent. */
  | { readonly kind: 'shutdown' }
  /** The shutdown has had its time: what has not ended by now is left to the clean-up. */
  | { readonly kind: 'shutdown-overdue' }
  | { readonly kind: 'tick' };

/** Everything an agent does, as data. */
export type AgentEffect =
  | { readonly kind: 'reply'; readonly reply: Reply }
  | { readonly kind: 'status'; readonly text: string }
  | { readonly kind: 'info'; readonly info: Info | undefined }
  | { readonly kind: 'heartbeat'; readonly heartbeat: Heartbeat }
  /** Ends what dead agents of this name left, starts the shell and sources the script. */
  | { readonly kind: 'load-script' }
  | {
      readonly kind: 'run-function';
      readonly id: string;
      readonly name: string;
      readonly args: readonly string[];
      /** When it is to begin, in monotonic milliseconds. Default: now. */
      readonly at?: number;
    }
  /** A function will perhaps have to begin at an instant soon: what costs time is done beforehand. */
  | { readonly kind: 'prepare-start' }
  /** A function that waits for its instant is not begun; one that has begun goes on. */
  | { readonly kind: 'cancel-start' }
  | { readonly kind: 'interrupt' }
  /** Ends what functions left running; `kept`: ids of the commands whose processes stay. None: ends all. */
  | { readonly kind: 'end-leftovers'; readonly kept: readonly string[] }
  /**
   * Looks for what functions run and left running, but for the `kept` commands, and for what killed agents of this
   * machine left; `endDead`: after that has been ended.
   */
  | {
      readonly kind: 'find-strays';
      readonly id: string;
      readonly kept: readonly string[];
      readonly endDead: boolean;
    }
  /** Looks which ports of this machine are listened on. */
  | { readonly kind: 'find-listeners' }
  /** Looks whether the machine has what is asked for, and what the node script requires. */
  | {
      readonly kind: 'inspect';
      readonly id: string;
      readonly question: InspectQuestion;
      readonly needs: ScriptNeeds;
    }
  | {
      readonly kind: 'send-file';
      readonly file: string;
      readonly host: string;
      readonly port: number;
      readonly truncate: boolean;
    }
  /** Ends the sending that is under way. */
  | { readonly kind: 'give-up-file' }
  | {
      readonly kind: 'log';
      readonly level: 'debug' | 'info' | 'warn';
      readonly message: string;
      /** Somebody else's message was the cause, and there may be any number of them. */
      readonly isCausedByMessage?: true;
    }
  /** The agent is done. */
  | { readonly kind: 'exit' }
  /** The agent cannot go on. */
  | { readonly kind: 'fail'; readonly code: ErrorCode; readonly message: string; readonly hint: string };

export type EffectOf<K extends AgentEffect['kind']> = Extract<AgentEffect, { kind: K }>;

/** What only a look at the machine tells. */
export type Seen = Omit<Inspection, 'script' | 'unanswered'>;

/** What a killed agent of this machine left. */
export interface Leftover {
  /** Names the dead agent. */
  readonly session: string;
  readonly node: string;
  /** As `name (pid)`. */
  readonly processes: readonly string[];
}

/** One reading of both clocks: `mono` to measure with, `wall` to tell people. Milliseconds. */
export interface Moment {
  readonly mono: number;
  readonly wall: number;
}
