import { quote } from '../../diagnostics/index.ts';
import type { Template } from '../model.ts';
import type { Fields } from './fields.ts';

export function parsePort(text: string): number | undefined {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  return port >= 1 && port <= 65_535 ? port : undefined;
}

export function rejectPort(text: string, template: Template, fields: Fields): undefined {
  return fields.reject('INVALID_PORT', template, `${quote(text)} is no port: a number from 1 to 65535`);
}
