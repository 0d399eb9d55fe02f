import type { ResolvedStepOf, WaitForStep } from '../model.ts';
import type { Fields } from './fields.ts';
import type { TextForm } from './step-line.ts';

const TIMEOUT = 'TIMEOUT';

export const waitForForm: TextForm = {
  keyword: 'WAITFOR',
  usage: 'WAITFOR <nodes> <status> [TIMEOUT <duration>]',
  example: 'WAITFOR node1,node2 STARTED TIMEOUT 30s',
  parse(line) {
    const nodes = line.takeWord('nodes and a status');
    const status = nodes && line.takeWordsUntil(endsStatus, 'a status');
    if (!status) return undefined;
    return { ...line.base, kind: 'waitfor', nodes, status, timeout: line.takeOption(TIMEOUT) };
  },
};

/** No status has a word that begins with `#`; the original looked at one word only, so a comment could follow. */
const endsStatus = (word: string): boolean => word === TIMEOUT || word.startsWith('#');

export function resolveWaitFor(step: WaitForStep, fields: Fields): ResolvedStepOf<'waitfor'> | undefined {
  const nodes = fields.nodes(step.nodes);
  const status = fields.filledText(step.status, 'the status');
  const timeoutMs = step.timeout && fields.durationMs(step.timeout);
  if (!nodes || status === undefined || (step.timeout && timeoutMs === undefined)) return undefined;
  return { kind: 'waitfor', nodes, words: status.trim().split(/\s+/), timeoutMs };
}
