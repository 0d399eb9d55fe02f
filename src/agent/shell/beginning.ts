import type { ControlChannel } from './control-channel.ts';
import type { ControlMessage } from './control-decoder.ts';
import type { FunctionOutcome } from './shell.ts';

/** How a function comes to begin. */
export interface Beginning {
  /** What the prelude is told of it: the instant, the latest one, how long to look at the clock all the time. */
  readonly words: readonly [at: string, latest: string, spin: string];
  /** The prelude's word of the end; undefined when the shell ended without it. */
  readonly end: Promise<ControlMessage | undefined>;
  /** Why it is not to begin at all: asked in the same turn in which the prelude is told. */
  whyNot(): FunctionOutcome['unbegun'];
  /** Nothing more is to be seen to. @returns whether the function has begun */
  finish(): boolean;
}

export function beginNow(control: ControlChannel, commandId: string): Beginning {
  let hasBegun = false;
  return {
    words: ['', '', ''],
    end: control.next('begun', commandId).then((begun) => {
      hasBegun = begun !== undefined;
      return begun && control.next('end', commandId);
    }),
    whyNot: () => undefined,
    finish: () => hasBegun,
  };
}
