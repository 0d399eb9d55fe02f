import { quote } from '../../diagnostics/index.ts';
import type { ProbeStep, ResolvedStepOf, Template } from '../model.ts';
import type { Fields } from './fields.ts';
import { parsePort, rejectPort } from './port.ts';
import type { TextForm } from './step-line.ts';

export const probeForm: TextForm = {
  keyword: 'PROBE',
  usage: 'PROBE <nodes> tcp:<port> [TIMEOUT <duration>]',
  example: 'PROBE server tcp:5201 TIMEOUT 10s',
  parse(line) {
    const nodes = line.takeWord('nodes and a port');
    const target = nodes && line.takeWord('a port');
    return target && { ...line.base, kind: 'probe', nodes, target, timeout: line.takeOption('TIMEOUT') };
  },
};

export function resolveProbe(step: ProbeStep, fields: Fields): ResolvedStepOf<'probe'> | undefined {
  const nodes = fields.nodes(step.nodes);
  const port = readTarget(step.target, fields);
  const timeoutMs = step.timeout && fields.durationMs(step.timeout);
  if (!nodes || port === undefined || (step.timeout && timeoutMs === undefined)) return undefined;
  return { kind: 'probe', nodes, port, timeoutMs };
}

const TARGET = /^(?:([A-Za-z]+):)?(.*)$/s;

function readTarget(template: Template, fields: Fields): number | undefined {
  const text = fields.text(template);
  if (text === undefined) return undefined;
  const [, protocol, rest = ''] = TARGET.exec(text) ?? [];
  if (protocol === 'tcp' && rest !== '') return parsePort(rest) ?? rejectPort(rest, template, fields);
  if (protocol?.toLowerCase() === 'udp') {
    const message =
      'PROBE can see TCP ports only: a UDP socket does not listen, so nothing shows that it is served; ' +
      'let the script say when it is ready (publish_mqtt READY), and WAITFOR that';
    return fields.reject('INVALID_PORT', template, message);
  }
  const suggestion = parsePort(rest) === undefined ? undefined : `tcp:${rest}`;
  return fields.reject('INVALID_PORT', template, `${quote(text)} is not of the form tcp:<port>`, suggestion);
}
