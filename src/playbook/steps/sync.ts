import type { ResolvedStepOf, SendStep, SyncStep, Template } from '../model.ts';
import type { Fields } from './fields.ts';
import { resolveSend } from './send.ts';
import type { GoLine, SyncLine, TextForm } from './step-line.ts';

const MAXSKEW = 'MAXSKEW';

export const syncForm: TextForm = {
  keyword: 'SYNC',
  usage: 'SYNC, SENDs on lines of their own, GO',
  example: 'SYNC',
  parse(line) {
    line.end();
    return { ...line.base, kind: 'sync' };
  },
};

export const goForm: TextForm = {
  keyword: 'GO',
  usage: `GO [${MAXSKEW} <duration>]`,
  example: `GO ${MAXSKEW} 5ms`,
  parse(line) {
    return { ...line.base, kind: 'go', maxSkew: line.takeOption(MAXSKEW) };
  },
};

/** On one line: `SYNC client1 START 10; client2 START 20; GO MAXSKEW 5ms`. */
export function joinSync(sync: SyncLine, sends: readonly SendStep[], { maxSkew }: GoLine): SyncStep {
  const calls = sends.map(({ nodes, message }) => `${nodes.text} ${message.text}`);
  const go = maxSkew ? `GO ${MAXSKEW} ${maxSkew.text}` : 'GO';
  return { ...sync, text: `SYNC ${[...calls, go].join('; ')}`, sends, maxSkew };
}

export function resolveSync(step: SyncStep, fields: Fields): ResolvedStepOf<'sync'> | undefined {
  const sends = step.sends.flatMap((send) => resolveSend(send, fields) ?? []);
  const maxSkewMs = step.maxSkew && readMaxSkew(step.maxSkew, fields);
  if (sends.length < step.sends.length || (step.maxSkew && maxSkewMs === undefined)) return undefined;
  return { kind: 'sync', sends, maxSkewMs };
}

function readMaxSkew(template: Template, fields: Fields): number | undefined {
  const durationMs = fields.durationMs(template);
  if (durationMs !== 0) return durationMs;
  const message = `a ${MAXSKEW} of 0 is never met: write what is close enough, such as 5ms, or GO alone`;
  return fields.reject('INVALID_DURATION', template, message);
}
