import { functionOf } from '../../protocol/index.ts';
import type { LoadOutcome, ScriptNeeds } from '../shell/shell.ts';

/** The node script, as far as the agent may use it: loading, ready, or useless for a reason. */
export class Script {
  #functions: ReadonlySet<string> = new Set();
  #state: 'loading' | 'ready' | 'failed' = 'loading';
  #reason = '';
  #needs: ScriptNeeds = { requires: '', path: undefined };

  /** Why it cannot take commands; undefined while it can, or may soon. */
  get unusable(): string | undefined {
    return this.#state === 'failed' ? this.#reason : undefined;
  }

  get state(): 'loading' | 'ready' | 'failed' {
    return this.#state;
  }

  get needs(): ScriptNeeds {
    return this.#needs;
  }

  answers(verb: string): boolean {
    return this.#state !== 'failed' && this.#functions.has(functionOf(verb));
  }

  loaded({ functions, needs = this.#needs }: Extract<LoadOutcome, { ok: true }>): void {
    this.#functions = functions;
    this.#needs = needs;
  }

  ready(): void {
    this.#state = 'ready';
  }

  failed(reason: string): void {
    this.#state = 'failed';
    this.#reason = reason;
  }
}
