import type { ResolvedStepOf, SendStep } from '../model.ts';
import type { Fields } from './fields.ts';
import type { TextForm } from './step-line.ts';

export const sendForm: TextForm = {
  keyword: 'SEND',
  usage: 'SEND <nodes> <message>',
  example: 'SEND node1 START SERVER 5201',
  parse(line) {
    const nodes = line.takeWord('nodes and a message');
    const message = nodes && line.takeRest('a message');
    return message && { ...line.base, kind: 'send', nodes, message };
  },
};

export function resolveSend(step: SendStep, fields: Fields): ResolvedStepOf<'send'> | undefined {
  const nodes = fields.nodes(step.nodes);
  const message = fields.message(step.message);
  return nodes && message && { kind: 'send', nodes, ...message };
}
