import type { Clock } from '../base/index.ts';
import { describeProcess } from '../process/index.ts';
import type { AgentInput, EffectOf } from './machine/agent-port.ts';
import { endDeadAgents, findDeadAgents } from './shell/dead-agents.ts';
import type { Shell } from './shell/shell.ts';

type Question = Pick<EffectOf<'find-strays'>, 'kept' | 'endDead'> & { readonly root: string };
type Found = Pick<Extract<AgentInput, { kind: 'strays-found' }>, 'work' | 'leftovers'>;

/** What runs here but for the `kept` commands, and what dead agents left, after that has been ended if it is to be. */
export async function findStrays(
  { root, kept, endDead }: Question,
  { shell, clock }: { readonly shell: Shell; readonly clock: Clock },
): Promise<Found> {
  if (endDead) await endDeadAgents({ root }, { clock });
  const leftovers = findDeadAgents({ root }).map(({ session, node, processes }) => ({
    session,
    node,
    processes: processes.map(describeProcess),
  }));
  return { work: shell.findWork(new Set(kept)), leftovers };
}
