import { createError } from '../../diagnostics/index.ts';
import type { CreateRule } from './rule.ts';

/** Two RECEIVEs on one port, with nothing between them that says the first has its file. */
export const createReceivePortRule: CreateRule = () => {
  const lineOfPort = new Map<number, number>();
  return (step, resolved) => {
    if (resolved.kind === 'waitfor' && resolved.words[0] === 'SENT') lineOfPort.clear();
    if (resolved.kind !== 'receive') return [];
    const line = lineOfPort.get(resolved.port);
    lineOfPort.set(resolved.port, step.position.line);
    if (line === undefined) return [];
    const message =
      `line ${line} still listens on port ${resolved.port}: ` +
      'use another port, or wait between the two until the first file was sent (WAITFOR node1 SENT FILE)';
    return [createError('PORT_IN_USE', step.position, message)];
  };
};
