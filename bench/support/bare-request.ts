import type { Exchange } from './exchange.ts';
import type { FleetRequest } from './fleet-request.ts';

/** What bare clients are told that stand for the nodes, or for the control machine. */
export interface BareRequest extends FleetRequest {
  readonly exchanges: readonly Exchange[];
}

/** The first byte of a bare command says which exchange it begins. */
export function bareCommand({ commandBytes }: Exchange, index: number): Buffer {
  return Buffer.alloc(commandBytes, index);
}
