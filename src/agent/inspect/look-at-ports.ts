import { findListeners, findPortOwners } from '../../process/index.ts';
import { type Inspection, MOST_INSPECTED } from '../../protocol/index.ts';

/** Whether anything listens on these ports, and who. */
export async function lookAtPorts(ports: readonly number[]): Promise<Inspection['ports']> {
  if (ports.length === 0) return [];
  const found = await findListeners();
  if (found.kind === 'unknown')
    return ports.map((port) => ({ port, state: 'unknown', reason: found.reason }));
  const taken = new Set(found.listeners.map(({ port }) => port).filter((port) => ports.includes(port)));
  const owners = await findPortOwners(taken);
  return ports.map((port) =>
    taken.has(port)
      ? { port, state: 'listening', owners: (owners.get(port) ?? []).slice(0, MOST_INSPECTED) }
      : { port, state: 'free' },
  );
}
