import { createError, type Diagnostic } from '../diagnostics/index.ts';
import type { ReadLine } from './line-reader.ts';
import type { SendStep, Step } from './model.ts';
import type { GoLine, SyncLine } from './steps/step-line.ts';
import { joinSync } from './steps/sync.ts';

interface Block {
  readonly sync: SyncLine;
  readonly lines: InnerLine[];
}

interface InnerLine extends Pick<ReadLine, 'position' | 'keyword'> {
  readonly step: Step | undefined;
}

/** Makes steps of lines, where a SYNC and what follows up to its GO are one; every other line is a step by itself. */
export class BlockReader {
  readonly #report: (problem: Diagnostic) => void;
  readonly #steps: Step[] = [];
  #block: Block | undefined;
  /** Since the last SYNC or GO: what cannot be read may be the one that is missing, and is reported already. */
  #hasUnknownLine = false;
  /** SYNCs that another SYNC put an end to: a GO too many is theirs. */
  #cutShort = 0;

  constructor(report: (problem: Diagnostic) => void) {
    this.#report = report;
  }

  get steps(): readonly Step[] {
    return this.#steps;
  }

  add(line: ReadLine): void {
    const { position, keyword, content } = line;
    if (content?.kind === 'sync') this.#begin(content);
    else if (content?.kind === 'go') this.#go(content);
    else if (this.#block) this.#block.lines.push({ position, keyword, step: content });
    else if (content) this.#steps.push(content);
    if (keyword === undefined) this.#hasUnknownLine = true;
  }

  /** @returns all steps. When there is an error, only for what they show by themselves. */
  end(): readonly Step[] {
    if (this.#block && !this.#hasUnknownLine) {
      const message = 'this SYNC has no GO: write GO, or GO MAXSKEW 5ms, on a line below its SENDs';
      this.#report(createError('SYNC_WITHOUT_GO', this.#block.sync.position, message));
    }
    this.#giveUp();
    return this.#steps;
  }

  #begin(sync: SyncLine): void {
    if (this.#block && !this.#hasUnknownLine) {
      const { line } = this.#block.sync.position;
      const message = `the SYNC of line ${line} has no GO before this one: a SYNC cannot stand in another`;
      this.#report(createError('SYNC_WITHOUT_GO', sync.position, message));
      this.#cutShort += 1;
    }
    this.#giveUp();
    this.#block = { sync, lines: [] };
    this.#hasUnknownLine = false;
  }

  #go(go: GoLine): void {
    const block = this.#block;
    if (block) {
      this.#close(block, go);
    } else if (this.#cutShort > 0) {
      this.#cutShort -= 1;
    } else if (!this.#hasUnknownLine) {
      const message = 'this GO has no SYNC: write SYNC on a line above the SENDs that shall start together';
      this.#report(createError('GO_WITHOUT_SYNC', go.position, message));
    }
    this.#hasUnknownLine = false;
  }

  #close({ sync, lines }: Block, go: GoLine): void {
    if (lines.length === 0) {
      const message =
        'nothing stands between SYNC and GO: a SYNC needs at least one SEND, on a line of its own';
      this.#report(createError('MISSING_PART', sync.position, message));
    }
    const sends: SendStep[] = [];
    for (const { position, keyword, step } of lines) {
      if (keyword !== undefined && keyword !== 'SEND') {
        const message = `${keyword} cannot stand between SYNC (line ${sync.position.line}) and GO: only SENDs can`;
        this.#report(createError('NOT_IN_SYNC', position, message));
      }
      if (step?.kind === 'send') sends.push(step);
      else if (step) this.#steps.push(step);
    }
    this.#steps.push(joinSync(sync, sends, go));
    this.#block = undefined;
  }

  /** There is an error; what stands in the block is looked at line by line all the same. */
  #giveUp(): void {
    for (const { step } of this.#block?.lines ?? []) {
      if (step) this.#steps.push(step);
    }
    this.#block = undefined;
  }
}
