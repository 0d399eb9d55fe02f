import { createError, shorten } from '../../diagnostics/index.ts';
import { isResultStatus, isVerb, resultWords, statusBeginsWith } from '../../protocol/index.ts';
import type { Step } from '../model.ts';
import { type CreateRule, termText, verbOf } from './rule.ts';

interface Sent {
  readonly verb: string;
  readonly step: Step;
}

/**
 * A wait for the result word of another verb than the one sent last: `SEND n STOP`, `WAITFOR n STARTED`. A wait looks
 * back to the last SEND only. Words that a script says itself are always possible, and so is anything without a SEND.
 * Who belongs to a group or to `*` is not known here, so a later SEND to one may have been the node's last.
 */
export const createWaitNeverMetRule: CreateRule = () => {
  const lastToTerm = new Map<string, Sent>();
  const lastOfVerb = { toNodes: new Map<string, Sent>(), toMany: new Map<string, Sent>() };
  return (step, resolved) => {
    if (resolved.kind === 'send') {
      const sent = { verb: verbOf(resolved.message), step };
      for (const term of resolved.nodes.terms) {
        lastToTerm.set(termText(term), sent);
        lastOfVerb[term.kind === 'node' ? 'toNodes' : 'toMany'].set(sent.verb, sent);
      }
      return [];
    }
    if (resolved.kind !== 'waitfor' || !isResultStatus(resolved.words)) return [];
    return resolved.nodes.terms.flatMap((term) => {
      const own = lastToTerm.get(termText(term));
      if (own === undefined) return [];
      const overlapping = [
        ...lastOfVerb.toMany.values(),
        ...(term.kind === 'node' ? [] : lastOfVerb.toNodes.values()),
      ];
      const candidates = [own, ...overlapping.filter((sent) => sent.step.index > own.step.index)];
      if (candidates.some(({ verb }) => canEndWith(verb, resolved.words))) return [];
      const status = shorten(resolved.words.join(' '));
      const message = `${termText(term)} never says ${status} after ${candidates.map(describe).join(', or ')}`;
      return [createError('WAIT_NEVER_MET', step.position, message)];
    });
  };
};

/** Whatever an invalid verb makes of a legacy agent is not ours to know. */
function canEndWith(verb: string, words: readonly string[]): boolean {
  if (!isVerb(verb) || words[0] === 'FAILED') return true;
  const waitedFor = words.join(' ');
  return resultWords(verb).some((result) => statusBeginsWith(waitedFor, result.split(' ')));
}

function describe({ verb, step }: Sent): string {
  return `${verb} (line ${step.position.line}), which ends with ${[...resultWords(verb), 'FAILED'].join(' or ')}`;
}
