import { randomUUID } from 'node:crypto';

/** A new random identifier (UUID version 4): of a command, a run, a session, a clock. */
export function createId(): string {
  return randomUUID();
}
