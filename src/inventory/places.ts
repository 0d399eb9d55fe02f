import type { LineCounter, Node } from 'yaml';
import type { Position } from '../diagnostics/index.ts';

/** Where the parts of a YAML text stand. */
export class Places {
  readonly #source: string;
  readonly #lines: LineCounter;

  constructor(source: string, lines: LineCounter) {
    this.#source = source;
    this.#lines = lines;
  }

  of(node: Pick<Node, 'range'>): Position {
    const [start, end] = node.range ?? [0, 1];
    return this.from(start, end);
  }

  /** Of what reaches over several lines, the first. */
  from(start: number, end: number): Position {
    const { line, col } = this.#lines.linePos(start);
    const [first = ''] = this.#source.slice(start, end).split('\n');
    return { line: Math.max(line, 1), column: Math.max(col, 1), length: Math.max(first.trimEnd().length, 1) };
  }
}
