import { parseDuration } from '../../base/index.ts';
import { createWarning, type Diagnostic, quote } from '../../diagnostics/index.ts';
import { isProtocolVerb, isResultStatus, isVerb } from '../../protocol/index.ts';
import type { SendStep, WaitForStep } from '../model.ts';
import { type CreateRule, verbOf } from './rule.ts';

/** Verbs that no agent takes, and statuses that no agent says, in most cases for the letter case alone. */
export const createLetterCaseRule: CreateRule = () => (step, resolved) => {
  if (step.kind === 'send' && resolved.kind === 'send') return checkVerb(step, verbOf(resolved.message));
  if (step.kind === 'waitfor' && resolved.kind === 'waitfor') return checkStatus(step, resolved.words);
  return [];
};

function checkVerb(step: SendStep, verb: string): Diagnostic[] {
  if (isVerb(verb) || isProtocolVerb(verb)) return [];
  const upper = verb.toUpperCase();
  const rule = 'upper-case letters, digits, "-" and "_", at most 32';
  return [
    isVerb(upper)
      ? createWarning('LETTER_CASE', step.message.position, `verbs are upper case, not ${quote(verb)}`, upper)
      : createWarning(
          'INVALID_VERB',
          step.message.position,
          `the message begins with ${quote(verb)}, which is no verb (${rule}): an agent refuses it`,
        ),
  ];
}

function checkStatus(step: WaitForStep, words: readonly string[]): Diagnostic[] {
  const [beforeLast = '', last = ''] = words.slice(-2);
  if (beforeLast.toUpperCase() === 'TIMEOUT' && words.length > 2 && parseDuration(last) !== undefined) {
    const message = `${quote(`${beforeLast} ${last}`)} is taken for a part of the status`;
    return [createWarning('LETTER_CASE', step.status.position, message, `TIMEOUT ${last}`)];
  }
  const upper = words.map((word) => word.toUpperCase());
  if (isSaidByAgents(words) || !isSaidByAgents(upper)) return [];
  const message = `agents say ${upper[0]} in upper case: only a script that says ${quote(words.join(' '))} can meet this`;
  return [createWarning('LETTER_CASE', step.status.position, message, upper.join(' '))];
}

const isSaidByAgents = (words: readonly string[]): boolean => words[0] === 'ALIVE' || isResultStatus(words);
