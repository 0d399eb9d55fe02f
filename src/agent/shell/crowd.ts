import * as os from 'node:os';
import type { ProcessTable } from '../../process/index.ts';
import { findMarkedAgent } from './agent-mark.ts';
import { eachPrivateDirectory } from './private-directory.ts';
import { createSharedLook } from './shared-look.ts';

const VALID_MS = 1000;

/**
 * Whether this machine has more living agents than cores: those that wait for an instant must not wait busily then,
 * since they take the cores from each other at that very instant.
 */
export const isCrowded = createSharedLook((table: ProcessTable): boolean => {
  const cores = coreCount();
  let agents = 0;
  for (const { agent } of eachPrivateDirectory()) {
    // One of which nobody can tell may be alive.
    if (findMarkedAgent(agent, table)?.isAlive !== false) agents += 1;
    if (agents > cores) return true;
  }
  return false;
}, VALID_MS);

/** Node.js has `availableParallelism` since 18.14. */
function coreCount(): number {
  const { availableParallelism, cpus }: Partial<typeof os> & Pick<typeof os, 'cpus'> = os;
  return availableParallelism?.() ?? cpus().length;
}
