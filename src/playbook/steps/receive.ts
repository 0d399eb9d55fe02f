import type { ReceiveStep, ResolvedStepOf, Template } from '../model.ts';
import type { Fields } from './fields.ts';
import { parsePort, rejectPort } from './port.ts';
import type { TextForm } from './step-line.ts';

export const receiveForm: TextForm = {
  keyword: 'RECEIVE',
  usage: 'RECEIVE <port> <file>',
  example: 'RECEIVE 6000 iperf.log',
  parse(line) {
    const port = line.takeWord('a port and a file');
    const file = port && line.takeRest('a file');
    return file && { ...line.base, kind: 'receive', port, file };
  },
};

export function resolveReceive(step: ReceiveStep, fields: Fields): ResolvedStepOf<'receive'> | undefined {
  const port = readPort(step.port, fields);
  const file = fields.filledText(step.file, 'the file');
  return port !== undefined && file !== undefined ? { kind: 'receive', port, file } : undefined;
}

function readPort(template: Template, fields: Fields): number | undefined {
  const text = fields.text(template);
  if (text === undefined) return undefined;
  return parsePort(text) ?? rejectPort(text, template, fields);
}
