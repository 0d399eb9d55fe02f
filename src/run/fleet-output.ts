import type { RunEventBody } from '../events/index.ts';
import type { NodeName, OutputBatch, Reply } from '../protocol/index.ts';
import { OutputStream } from './output-stream.ts';
import type { OwnCommands } from './own-commands.ts';

interface FleetOutputOptions {
  readonly ownCommands: Pick<OwnCommands, 'has'>;
  readonly emit: (event: RunEventBody) => void;
  /** What was awaited of a node has come. */
  readonly onComplete: (node: NodeName) => void;
}

/** What the commands of a run print on all its nodes. */
export class FleetOutput {
  readonly #options: FleetOutputOptions;
  readonly #streams = new Map<NodeName, OutputStream>();

  constructor(options: FleetOutputOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#streams.size;
  }

  /** True while output is missing that a result of this run says was sent. */
  isAwaited(node: NodeName): boolean {
    return this.#streams.get(node)?.isAwaited === true;
  }

  forget(node: NodeName): void {
    this.#streams.delete(node);
  }

  /** The result of a command may overtake what the command printed. */
  announced(node: NodeName, reply: Reply): void {
    if (reply.kind !== 'result' || reply.output === undefined) return;
    if (this.#options.ownCommands.has(reply.id)) this.#streamOf(node).announce(reply.session, reply.output);
  }

  receive(node: NodeName, batch: OutputBatch): void {
    const { emit, ownCommands, onComplete } = this.#options;
    const stream = this.#streamOf(node);
    const wasAwaited = stream.isAwaited;
    const lost = stream.receive(batch);
    if (wasAwaited && !stream.isAwaited) onComplete(node);
    if (lost === undefined) return;
    if (lost > 0)
      emit({ type: 'warning-given', node, message: `${lost} batches of its output were lost on the way` });
    const { id, stream: name, lines } = batch;
    if (id !== undefined && ownCommands.has(id))
      emit({ type: 'output-received', node, commandId: id, stream: name, lines });
  }

  #streamOf(node: NodeName): OutputStream {
    const stream = this.#streams.get(node) ?? new OutputStream();
    this.#streams.set(node, stream);
    return stream;
  }
}
