import type { AgentMessage } from '../../channel/index.ts';
import type { RunEventBody } from '../../events/index.ts';
import type { InspectQuestion } from '../../protocol/index.ts';
import type { ArmedCommand, Command } from './command.ts';
import type { PortWatch } from './port-watch.ts';

/** Everything that can happen to what the control machine knows of one node. Times are monotonic milliseconds. */
export type NodeInput =
  | { readonly kind: 'message'; readonly message: Exclude<AgentMessage, { kind: 'output' }> }
  /** `_report` was published to all: from now on silence means something. */
  | { readonly kind: 'asked' }
  | { readonly kind: 'connected' }
  | { readonly kind: 'disconnected' }
  | { readonly kind: 'send'; readonly command: Command }
  /** The instant of a prepared command is known: in the agent's monotonic milliseconds. */
  | { readonly kind: 'arm'; readonly command: ArmedCommand; readonly atMs: number }
  /** All others have it, too. What is not confirmed until then (control machine's clock) is dropped by the agent. */
  | { readonly kind: 'confirm'; readonly command: ArmedCommand; readonly until: number }
  /** It is not to begin. */
  | { readonly kind: 'cancel'; readonly command: ArmedCommand; readonly reason: string }
  /** The broker has the plain text of a command. */
  | { readonly kind: 'published'; readonly command: Command }
  /** A command or question to it waits until others have answered; then it goes out. */
  | { readonly kind: 'held-back'; readonly id: string }
  | { readonly kind: 'went-out'; readonly id: string }
  /** Other nodes' replies were lost: what this one said last may be gone too. */
  | { readonly kind: 'doubted' }
  /** The channel took a new clock id. */
  | { readonly kind: 'clock-renewed' }
  /** The run has ended: what has not gone out stays here, and nothing is sent again. */
  | { readonly kind: 'withdraw' }
  /** `stop`: the agent ends whatever the run has left there. */
  | { readonly kind: 'release'; readonly stop: boolean }
  | { readonly kind: 'ask-strays'; readonly verb: StraysVerb }
  | { readonly kind: 'ask-inspection'; readonly question: InspectQuestion }
  /** A PROBE begins, and ends, to wait for a port. */
  | { readonly kind: 'watch-port' | 'end-watch'; readonly watch: PortWatch }
  | { readonly kind: 'tick' };

/** What to ask of strays: what there is, or that it be ended. */
export type StraysVerb = '_strays' | '_stop-strays';

/** Everything that is done about a node, as data. */
export type NodeEffect =
  | {
      readonly kind: 'publish';
      readonly id: string;
      readonly verb: string;
      readonly args: readonly string[];
      readonly session: string | undefined;
      /** False: the command names no run (`_ping`, `_report`, what `send` sends). */
      readonly asRun: boolean;
    }
  | { readonly kind: 'publish-text'; readonly command: Command }
  /** `_ping` as plain text, for an agent that reads nothing else: it answers with a heartbeat. */
  | { readonly kind: 'ping-as-text' }
  /** `_report` to everybody, since this node gave no sign of reading anything but plain text. */
  | { readonly kind: 'ask-all' }
  | { readonly kind: 'renew-clock' }
  /** A session that was met before announces itself again: what was said to it meanwhile may not have reached it. */
  | { readonly kind: 'returned' }
  /** So many replies more did not arrive and are asked for. */
  | { readonly kind: 'replies-missed'; readonly count: number }
  | { readonly kind: 'event'; readonly event: RunEventBody };

export interface NodeSettings {
  readonly owner: string;
  /** 0: the lease never lapses. */
  readonly leaseMs: number;
  readonly takeOver: boolean;
  /** False: commands go out in no run's name and need no lease. */
  readonly holdLease: boolean;
  /** How long a command may stay unacknowledged while the broker is connected. */
  readonly ackTimeoutMs: number;
  /** How long a node may be OFFLINE before it is lost. */
  readonly offlineGraceMs: number;
  /** The same after the control machine's own reconnect. */
  readonly reconnectGraceMs: number;
  /** Between two questions to a node that has not answered; also before a silent one counts as legacy, twice that. */
  readonly askEveryMs: number;
  readonly createId: () => string;
}
