import type { Command } from './command.ts';

/** What a step that waits thinks of a node at one moment. */
export type Judgement =
  | {
      readonly kind: 'met';
      /** It may cease to be as long as others are waited for: the node goes on being judged. */
      readonly mayCease?: boolean;
    }
  | { readonly kind: 'pending'; readonly reason: string }
  | Hopeless;

interface Hopeless {
  readonly kind: 'hopeless';
  readonly verdict: 'failed' | 'unreachable';
  readonly reason: string;
}

export const MET: Judgement = { kind: 'met' };
export const MET_FOR_NOW: Judgement = { kind: 'met', mayCease: true };
export const pending = (reason: string): Judgement => ({ kind: 'pending', reason });
export const failed = (reason: string): Hopeless => ({ kind: 'hopeless', verdict: 'failed', reason });
export const unreachable = (reason: string): Hopeless => ({
  kind: 'hopeless',
  verdict: 'unreachable',
  reason,
});

/** What is to be thought of a command that will not come to a good end; undefined while it may, or has. */
export function judgeBadEnd(command: Command): Hopeless | undefined {
  const { end, text, busy, reason } = command;
  const why = reason === '' ? '' : `: ${reason}`;
  switch (end) {
    case 'refused':
      return busy ? unreachable(reason) : failed(`it refused ${text}${why}`);
    case 'not-delivered':
      return unreachable(`${text} was not delivered${why}`);
    case 'expired':
    case 'lost':
      return unreachable(`${text} is ${end}${why}`);
    case 'failed':
      return failed(`${text} failed${why}`);
    case 'cancelled':
      return (busy ? unreachable : failed)(`${text} was cancelled${why}`);
    case 'ok':
    case undefined:
      return undefined;
  }
}

export function describeProgress({ phase, text }: Command): string {
  switch (phase) {
    case 'waiting':
      return `${text} has not been sent yet`;
    case 'sent':
      return `${text} is not acknowledged yet`;
    case 'acknowledged':
      return `${text} is under way`;
    case 'ended':
      return `${text} has ended`;
  }
}
