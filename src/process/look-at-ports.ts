import { findPortOwners } from './port-owners.ts';
import { findListeners } from './system-listeners.ts';

/** Whether a TCP port is listened on. */
export interface PortLook {
  readonly port: number;
  readonly state: 'free' | 'listening' | 'unknown';
  /** As `name (pid)`; empty where the system does not tell. */
  readonly owners?: readonly string[];
  /** Why it is unknown. */
  readonly reason?: string;
}

/** Port for port, whether anything listens there on this machine, and who. Nothing is connected to. */
export async function lookAtPorts(ports: readonly number[]): Promise<readonly PortLook[]> {
  if (ports.length === 0) return [];
  const found = await findListeners();
  if (found.kind === 'unknown')
    return ports.map((port) => ({ port, state: 'unknown', reason: found.reason }));
  const taken = new Set(found.listeners.map(({ port }) => port).filter((port) => ports.includes(port)));
  const owners = await findPortOwners(taken);
  return ports.map((port) =>
    taken.has(port)
      ? { port, state: 'listening', owners: (owners.get(port) ?? []).slice(0, MOST_OWNERS) }
      : { port, state: 'free' },
  );
}

/** A server may have a process for each connection. */
const MOST_OWNERS = 20;
