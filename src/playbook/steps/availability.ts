import type { StepKind } from '../model.ts';

/** Words of the language that no step has yet. */
export const LATER_KEYWORDS: ReadonlySet<string> = new Set(['SYNC', 'GO', 'PROBE', 'FETCH', 'EXPECT']);

/** Kinds of steps that are understood but cannot be carried out yet, with the reason. */
export const LATER_KINDS: Readonly<Partial<Record<StepKind, string>>> = {
  receive: "RECEIVE comes with the agent's file transfer",
};
