import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import type { Arrival, Endorsement } from '../transfer/index.ts';
import type { LedgerEntry } from './command-ledger.ts';
import type { Fleet } from './fleet.ts';

type Sendings = readonly LedgerEntry[];

/**
 * What the agents that were told to send a file to a port have to say about what came there: one of them may have sent
 * it. Waits for their results.
 * @param sendings may become more
 * @param signal aborted when they can be awaited no longer
 */
export async function askSenders(
  sendings: Sendings,
  fleet: Pick<Fleet, 'onChange'>,
  arrival: Arrival,
  signal: AbortSignal,
): Promise<Endorsement> {
  await resultsOrConfirmation(sendings, fleet, arrival, signal);
  if (sendings.some((sending) => isConfirmedBy(sending, arrival))) return { kind: 'confirmed' };
  const objections = await Promise.all(sendings.map((sending) => objectionOf(sending, arrival)));
  const reason = objections.findLast((objection) => objection !== undefined);
  return reason === undefined ? { kind: 'unknown' } : { kind: 'contradicted', reason };
}

function resultsOrConfirmation(
  sendings: Sendings,
  fleet: Pick<Fleet, 'onChange'>,
  arrival: Arrival,
  signal: AbortSignal,
): Promise<void> {
  return new Promise((resolve) => {
    const settle = (): void => {
      stopListening();
      signal.removeEventListener('abort', settle);
      resolve();
    };
    const look = (): void => {
      const haveEnded = sendings.every(({ command }) => command.phase === 'ended');
      if (haveEnded || sendings.some((sending) => isConfirmedBy(sending, arrival))) settle();
    };
    const stopListening = fleet.onChange(look);
    signal.addEventListener('abort', settle);
    if (signal.aborted) settle();
    else look();
  });
}

/** A legacy agent does not say how many bytes it sent. */
function isConfirmedBy({ command: { end, bytes } }: LedgerEntry, arrival: Arrival): boolean {
  return end === 'ok' && (bytes === undefined || bytes === arrival.bytes);
}

/**
 * A sending that went well elsewhere says nothing about these bytes, and neither does one that never handed over as
 * many. One that broke may be where they come from.
 */
async function objectionOf(
  { node, command }: LedgerEntry,
  { bytes, localAddress }: Arrival,
): Promise<string | undefined> {
  const { text, end, reason, args } = command;
  if (end === 'ok') {
    const [, host = ''] = args;
    const isHere = localAddress !== undefined && (await addressesOf(host)).includes(plain(localAddress));
    return isHere ? `${node} sent ${command.bytes} bytes, ${bytes} arrived` : undefined;
  }
  if (end === undefined) return `${text} of ${node} has no result`;
  if ((command.bytes ?? bytes) < bytes) return undefined;
  return `${text} of ${node} ${end}${reason === '' ? '' : `: ${reason}`}`;
}

/** None for a name that this machine does not know. */
async function addressesOf(host: string): Promise<readonly string[]> {
  if (isIP(host)) return [plain(host)];
  const found = await lookup(host, { all: true }).catch(() => []);
  return found.map(({ address }) => plain(address));
}

/** Of a socket that takes both families, IPv4 addresses have a prefix. */
function plain(address: string): string {
  return address.replace(/^::ffff:/i, '');
}
