import type { ResolvedStep, Step, StepKind } from '../model.ts';
import type { Fields } from './fields.ts';
import { probeForm, resolveProbe } from './probe.ts';
import { receiveForm, resolveReceive } from './receive.ts';
import { resolveSend, sendForm } from './send.ts';
import { resolveSet, setForm } from './set.ts';
import type { TextForm } from './step-line.ts';
import { goForm, resolveSync, syncForm } from './sync.ts';
import { resolveWait, waitForm } from './wait.ts';
import { resolveWaitFor, waitForForm } from './wait-for.ts';

/** A new kind of step has its file in this folder and a line in each of these two; the compiler asks for both. */
const TEXT_FORMS: Readonly<Record<StepKind, TextForm>> = {
  send: sendForm,
  waitfor: waitForForm,
  wait: waitForm,
  set: setForm,
  receive: receiveForm,
  sync: syncForm,
  probe: probeForm,
};

export function resolveFields(step: Step, fields: Fields): ResolvedStep | undefined {
  switch (step.kind) {
    case 'send':
      return resolveSend(step, fields);
    case 'waitfor':
      return resolveWaitFor(step, fields);
    case 'wait':
      return resolveWait(step, fields);
    case 'set':
      return resolveSet(step, fields);
    case 'receive':
      return resolveReceive(step, fields);
    case 'sync':
      return resolveSync(step, fields);
    case 'probe':
      return resolveProbe(step, fields);
  }
}

/** Keyword of the text form → how its line is read. */
export const TEXT_FORM_OF_KEYWORD: ReadonlyMap<string, TextForm> = new Map(
  [...Object.values(TEXT_FORMS), goForm].map((form) => [form.keyword, form]),
);
