import type { ResolvedStepOf, WaitStep } from '../model.ts';
import type { Fields } from './fields.ts';
import type { TextForm } from './step-line.ts';

export const waitForm: TextForm = {
  keyword: 'WAIT',
  usage: 'WAIT <duration>',
  example: 'WAIT 2.5',
  parse(line) {
    const duration = line.takeWord('a duration');
    line.end();
    return duration && { ...line.base, kind: 'wait', duration };
  },
};

export function resolveWait(step: WaitStep, fields: Fields): ResolvedStepOf<'wait'> | undefined {
  const durationMs = fields.durationMs(step.duration);
  return durationMs === undefined ? undefined : { kind: 'wait', durationMs };
}
