import { isResultStatus, isVerb, resultWords, statusBeginsWith } from '../../protocol/index.ts';
import { createError } from '../diagnostic.ts';
import type { NodeTerm } from '../model.ts';
import { type CreateRule, termText, verbOf } from './rule.ts';

/** What the last SEND to a node may have been: verb → line. More than one when a group or `*` may include the node. */
type LastSends = Map<string, number>;

/**
 * A wait for the result word of another verb than the one sent last: `SEND n STOP`, `WAITFOR n STARTED`. A wait looks
 * back to the last SEND only. Words that a script says itself are always possible, and so is anything without a SEND.
 */
export const createWaitNeverMetRule: CreateRule = () => {
  const lastSends = new Map<string, LastSends>();
  return (step, resolved) => {
    if (resolved.kind === 'send') {
      for (const term of resolved.nodes.terms) {
        remember(lastSends, term, verbOf(resolved.message), step.position.line);
      }
      return [];
    }
    if (resolved.kind !== 'waitfor' || !isResultStatus(resolved.words)) return [];
    return resolved.nodes.terms.flatMap((term) => {
      const sent = lastSends.get(termText(term));
      if (sent === undefined || [...sent.keys()].some((verb) => canEndWith(verb, resolved.words))) return [];
      const message = `${termText(term)} never says ${resolved.words.join(' ')} after ${describe(sent)}`;
      return [createError('WAIT_NEVER_MET', step.position, message)];
    });
  };
};

/** A SEND to a node replaces what is known of it; everything that may overlap with it only gains a possibility. */
function remember(lastSends: Map<string, LastSends>, sentTo: NodeTerm, verb: string, line: number): void {
  const key = termText(sentTo);
  for (const [other, sent] of lastSends) {
    if (other !== key && (sentTo.kind !== 'node' || other.startsWith('@') || other === '*'))
      sent.set(verb, line);
  }
  lastSends.set(key, new Map([[verb, line]]));
}

/** Whatever an invalid verb makes of a legacy agent is not ours to know. */
function canEndWith(verb: string, words: readonly string[]): boolean {
  if (!isVerb(verb)) return true;
  if (words[0] === 'FAILED') return true;
  const waitedFor = words.join(' ');
  return resultWords(verb).some((result) => statusBeginsWith(waitedFor, result.split(' ')));
}

function describe(sent: LastSends): string {
  return [...sent]
    .map(
      ([verb, line]) =>
        `${verb} (line ${line}), which ends with ${[...resultWords(verb), 'FAILED'].join(' or ')}`,
    )
    .join(', or ');
}
