import type { ReplyOf } from '../../protocol/index.ts';

/** What a PROBE waits for on one node, from its begin to its end. */
export interface PortWatch {
  /** A TCP port. */
  readonly port: number;
  /** The session that is asked; undefined before the first question. */
  session: string | undefined;
  /** What that said last. */
  seen: Pick<ReplyOf<'probed'>, 'state' | 'addresses' | 'reason'> | undefined;
}

export function createPortWatch(port: number): PortWatch {
  return { port, session: undefined, seen: undefined };
}

/** Where something listens that no other machine reaches. */
export function isLoopback(address: string): boolean {
  return address.startsWith('127.') || address === '::1';
}
