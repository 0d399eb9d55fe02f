import { createError, shorten } from '../../diagnostics/index.ts';
import { someNames } from '../../inventory/index.ts';
import { isResultStatus, isVerb, resultWords, statusBeginsWith } from '../../protocol/index.ts';
import type { Step } from '../model.ts';
import { type CreateRule, verbOf } from './rule.ts';
import { subjectsOf } from './subjects.ts';

interface Sent {
  readonly verb: string;
  readonly step: Step;
}

/**
 * A wait for the result word of another verb than the one sent last: `SEND n STOP`, `WAITFOR n STARTED`. A wait looks
 * back to the last SEND only. Words that a script says itself are always possible, and so is anything without a SEND.
 * Without an inventory it is not known who belongs to a group or to `*`, so a later SEND to one may have been the node's last.
 */
export const createWaitNeverMetRule: CreateRule = (options) => {
  const lastToTerm = new Map<string, Sent>();
  const lastOfVerb = { toNodes: new Map<string, Sent>(), toMany: new Map<string, Sent>() };
  return (step, resolved) => {
    if (resolved.kind === 'send') {
      const sent = { verb: verbOf(resolved.message), step };
      for (const { text, kind } of subjectsOf(resolved.nodes, options)) {
        lastToTerm.set(text, sent);
        lastOfVerb[kind === 'node' ? 'toNodes' : 'toMany'].set(sent.verb, sent);
      }
      return [];
    }
    if (resolved.kind !== 'waitfor' || !isResultStatus(resolved.words)) return [];
    const inVain = new Map<string, string[]>();
    for (const { text, kind } of subjectsOf(resolved.nodes, options)) {
      const own = lastToTerm.get(text);
      if (own === undefined) continue;
      const overlapping = [
        ...lastOfVerb.toMany.values(),
        ...(kind === 'node' ? [] : lastOfVerb.toNodes.values()),
      ];
      const candidates = [own, ...overlapping.filter((sent) => sent.step.index > own.step.index)];
      if (candidates.some(({ verb }) => canEndWith(verb, resolved.words))) continue;
      const why = candidates.map(describe).join(', or ');
      inVain.set(why, [...(inVain.get(why) ?? []), text]);
    }
    return [...inVain].map(([why, texts]) => {
      const status = shorten(resolved.words.join(' '));
      const says = texts.length === 1 ? 'says' : 'say';
      const message = `${someNames(texts)} never ${says} ${status} after ${why}`;
      return createError('WAIT_NEVER_MET', step.position, message);
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
