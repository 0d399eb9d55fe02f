import { decodeInspectQuestion, type InspectQuestion } from '../../protocol/index.ts';
import type { AgentEffect, Seen } from './agent-port.ts';
import type { TaskLine } from './task-line.ts';
import type { Voice } from './voice.ts';

interface InspectDeskOptions {
  readonly line: Pick<TaskLine, 'script' | 'answers'>;
  readonly voice: Voice;
  readonly emit: (effect: AgentEffect) => void;
}

/** More questions at a time are ignored: whoever asked asks again. */
const MOST_QUESTIONS = 4;

/** Answers what there is on this machine for a run to find: functions, commands, ports, ways to others, space. */
export class InspectDesk {
  readonly #options: InspectDeskOptions;
  readonly #questions = new Map<string, InspectQuestion>();

  constructor(options: InspectDeskOptions) {
    this.#options = options;
  }

  /** `_inspect <question>`; one that is looked into already is not begun again. */
  inspect(id: string, [text = '']: readonly string[]): void {
    const { line, voice, emit } = this.#options;
    const question = decodeInspectQuestion(text);
    if (!question.ok) {
      voice.passing({ kind: 'inspected', id, reason: `the question is not understood: ${question.problem}` });
      return;
    }
    if (this.#questions.has(id) || this.#questions.size >= MOST_QUESTIONS) return;
    this.#questions.set(id, question.value);
    emit({ kind: 'inspect', id, question: question.value, needs: line.script.needs });
  }

  inspected(id: string, seen: Seen): void {
    const { line, voice } = this.#options;
    const question = this.#questions.get(id);
    if (!question) return;
    this.#questions.delete(id);
    const { state, unusable } = line.script;
    const script = { state, ...(unusable !== undefined && { reason: unusable }) };
    const unanswered = question.verbs.filter((verb) => !line.answers(verb));
    voice.passing({ kind: 'inspected', id, found: { script, unanswered, ...seen } });
  }
}
