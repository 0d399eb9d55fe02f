import { type Clock, withTimeout } from '../base/index.ts';
import type { Fleet } from './fleet.ts';
import type { Command } from './node/command.ts';

type Watched = Pick<Fleet, 'ledger' | 'onChange'>;

/** How long the result of a SENDFILE may take once its bytes have arrived. */
const RESULT_MS = 5000;

/**
 * What the agent that was last told to send a file to a port has to say against these bytes; undefined: nothing, or no
 * agent of ours was told.
 */
export async function checkSentFile(
  fleet: Watched,
  clock: Clock,
  port: number,
  bytes: number,
): Promise<string | undefined> {
  const command = fleet.ledger.lastSendFileTo(port);
  if (!command) return undefined;
  await awaitEnd(command, fleet, clock);
  const { text, end, reason } = command;
  if (end === undefined) return `${text} has no result`;
  if (end !== 'ok') return `${text} ${end}${reason === '' ? '' : `: ${reason}`}`;
  const isWhole = command.bytes === undefined || command.bytes === bytes;
  return isWhole ? undefined : `the agent sent ${command.bytes} bytes, ${bytes} arrived`;
}

async function awaitEnd(command: Command, fleet: Watched, clock: Clock): Promise<void> {
  let stopListening = (): void => {};
  const end = new Promise<void>((resolve) => {
    const look = (): void => {
      if (command.phase === 'ended') resolve();
    };
    stopListening = fleet.onChange(look);
    look();
  });
  await withTimeout(clock, end, RESULT_MS, () => {});
  stopListening();
}
