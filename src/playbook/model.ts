import type { Position } from '../diagnostics/index.ts';
import type { NodeExpression } from '../inventory/index.ts';

/** What both spellings of a playbook are parsed to. Everything after the parser is blind to the spelling. */
export interface Playbook {
  /** As given by the user; `<stdin>` and the like where there is none. For messages only. */
  readonly file: string;
  readonly steps: readonly Step[];
}

/** What every step has. */
export interface StepBase {
  /** Number of the step in the playbook, from 0. */
  readonly index: number;
  readonly position: Position;
  /** The step as written, without surrounding blanks. */
  readonly text: string;
}

/** A piece of a step that may contain `${name}`: replaced, and only then parsed, when the step is resolved. */
export interface Template {
  readonly text: string;
  readonly position: Position;
}

/** Of a message: text, or a variable of the node that it goes to. */
export type MessagePiece = string | { readonly variable: string; readonly position: Position };

/** `SEND <nodes> <message…>` */
export interface SendStep extends StepBase {
  readonly kind: 'send';
  readonly nodes: Template;
  /** The rest of the line, verbatim. */
  readonly message: Template;
}

/** `WAITFOR <nodes> <status> [TIMEOUT <duration>]` */
export interface WaitForStep extends StepBase {
  readonly kind: 'waitfor';
  readonly nodes: Template;
  /** One or more words. */
  readonly status: Template;
  readonly timeout: Template | undefined;
}

/** `WAIT <duration>` */
export interface WaitStep extends StepBase {
  readonly kind: 'wait';
  readonly duration: Template;
}

/** `SET <name>=<value>` */
export interface SetStep extends StepBase {
  readonly kind: 'set';
  readonly name: string;
  readonly value: Template;
}

/** `RECEIVE <port> <file>` */
export interface ReceiveStep extends StepBase {
  readonly kind: 'receive';
  readonly port: Template;
  readonly file: Template;
}

/** `SYNC`, SENDs, `GO [MAXSKEW <duration>]`: the functions that the SENDs call begin at one instant. */
export interface SyncStep extends StepBase {
  readonly kind: 'sync';
  /** At least one. Their `index` is the SYNC's. */
  readonly sends: readonly SendStep[];
  readonly maxSkew: Template | undefined;
}

/** `PROBE <nodes> tcp:<port> [TIMEOUT <duration>]` */
export interface ProbeStep extends StepBase {
  readonly kind: 'probe';
  readonly nodes: Template;
  /** `tcp:<port>` */
  readonly target: Template;
  readonly timeout: Template | undefined;
}

export type Step = SendStep | WaitForStep | WaitStep | SetStep | ReceiveStep | SyncStep | ProbeStep;
export type StepKind = Step['kind'];

/** What a step means once its variables are replaced. */
export type ResolvedStep =
  | {
      readonly kind: 'send';
      readonly nodes: NodeExpression;
      /** With `${node.name}` as it is written. */
      readonly message: string;
      /** When it has such: what it is put together from for each node. */
      readonly pieces?: readonly MessagePiece[];
    }
  | {
      readonly kind: 'waitfor';
      readonly nodes: NodeExpression;
      /** At least one word. */
      readonly words: readonly string[];
      /** Undefined: the run's default. 0: for ever. */
      readonly timeoutMs: number | undefined;
    }
  | { readonly kind: 'wait'; readonly durationMs: number }
  | { readonly kind: 'set'; readonly name: string; readonly value: string }
  | { readonly kind: 'receive'; readonly port: number; readonly file: string }
  | {
      readonly kind: 'sync';
      readonly sends: readonly ResolvedStepOf<'send'>[];
      /** Last start minus first start, at most; undefined: any. More than 0. */
      readonly maxSkewMs: number | undefined;
    }
  | {
      readonly kind: 'probe';
      readonly nodes: NodeExpression;
      readonly port: number;
      /** Undefined: the run's default. 0: for ever. */
      readonly timeoutMs: number | undefined;
    };

export type ResolvedStepOf<K extends StepKind> = Extract<ResolvedStep, { readonly kind: K }>;
