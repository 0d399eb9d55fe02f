import { type Clock, errorMessage, type Logger } from '../base/index.ts';
import { describeProcess } from '../process/index.ts';
import { endDeadAgents, findDeadAgents, type Whose } from './shell/dead-agents.ts';

/**
 * Ends what killed agents of this name left here, and says so. Nobody else can: their commands are forgotten, and a
 * STOP for this agent would not reach it. Never rejects: an agent that cannot clean up is better than none.
 */
export async function endPredecessors(
  whose: Whose,
  { clock, logger }: { readonly clock: Clock; readonly logger: Logger },
): Promise<void> {
  try {
    const left = findDeadAgents(whose);
    if (left.length === 0) return;
    const found = left.flatMap(({ processes }) => processes.map(describeProcess));
    await endDeadAgents(whose, { clock });
    const survivors = findDeadAgents(whose).flatMap(({ processes }) => processes.map(describeProcess));
    const ended = found.filter((each) => !survivors.includes(each));
    const what = 'an agent of this name was killed here';
    if (ended.length > 0) logger.warn(`${what}; what it had left was ended: ${ended.join(', ')}`);
    else if (survivors.length === 0) logger.info(`${what}; its temporary files were removed`);
    if (survivors.length > 0) logger.warn(`${what}; this could not be ended: ${survivors.join(', ')}`);
  } catch (thrown) {
    logger.warn(`could not look for what a killed agent of this name may have left: ${errorMessage(thrown)}`);
  }
}
