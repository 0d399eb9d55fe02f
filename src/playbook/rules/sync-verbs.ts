import { createError, shorten } from '../../diagnostics/index.ts';
import { isReservedVerb } from '../../protocol/index.ts';
import { type CreateRule, pairSends, verbOf } from './rule.ts';

/** What the agent does by itself, and at once; there is no function that could wait for an instant. */
const OF_THE_AGENT: ReadonlySet<string> = new Set(['STOP', 'TERMINATE', 'SENDFILE']);

/** A SEND in a SYNC that starts no function. */
export const createSyncVerbsRule: CreateRule = () => (step, resolved) => {
  if (step.kind !== 'sync' || resolved.kind !== 'sync') return [];
  return pairSends(step, resolved).flatMap(([send, { message }]) => {
    const verb = verbOf(message);
    if (!OF_THE_AGENT.has(verb) && !isReservedVerb(verb)) return [];
    const reason = `a SYNC starts functions (START, or a verb of your own), and ${shorten(verb)} is none`;
    const advice = `SEND it before SYNC (line ${step.position.line}) or after its GO`;
    return [createError('NOT_IN_SYNC', send.message.position, `${reason}: ${advice}`)];
  });
};
