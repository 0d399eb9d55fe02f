import { quote } from '../../diagnostics/index.ts';
import type { ResolvedStepOf, SetStep } from '../model.ts';
import { isVariableName } from '../variables.ts';
import type { Fields } from './fields.ts';
import type { TextForm } from './step-line.ts';

export const setForm: TextForm = {
  keyword: 'SET',
  usage: 'SET <name>=<value>',
  example: 'SET seconds=20',
  parse(line) {
    const assignment = line.takeRest('a name and a value');
    if (!assignment) return undefined;
    const { text, position } = assignment;
    const equals = text.indexOf('=');
    if (equals < 0) {
      return line.reject('MISSING_PART', assignment, `SET needs "=" and a value: ${setForm.usage}`);
    }
    const name = text.slice(0, equals).trim();
    if (!isVariableName(name)) {
      const rule = 'a letter or "_", then letters, digits and "_"';
      return line.reject('INVALID_VARIABLE', assignment, `${quote(name)} is no name of a variable: ${rule}`);
    }
    const value = text.slice(equals + 1).trimStart();
    const column = position.column + text.length - value.length;
    return {
      ...line.base,
      kind: 'set',
      name,
      value: { text: value, position: { ...position, column, length: Math.max(value.length, 1) } },
    };
  },
};

export function resolveSet(step: SetStep, fields: Fields): ResolvedStepOf<'set'> | undefined {
  const value = fields.text(step.value);
  return value === undefined ? undefined : { kind: 'set', name: step.name, value };
}
