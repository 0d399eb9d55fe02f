import { connect } from 'node:net';
import { errorMessage, formatDuration } from '../../base/index.ts';
import type { InspectQuestion, WaySeen } from '../../protocol/index.ts';
import { type BriefOptions, runBriefly } from './run-briefly.ts';

type Way = InspectQuestion['ways'][number];
type Seen = Omit<WaySeen, 'host' | 'port'>;

/** A SYN that was lost is sent again after one second, and once more after three. */
const CONNECT_MS = 4000;
const PING_MS = 5000;

/** Whether another machine can be reached from here, by the least that shows it. Takes 5 s at most. */
export async function tryWay({ host, port }: Way, options: BriefOptions): Promise<WaySeen> {
  const seen = await (port === undefined ? ping(host, options) : tryToConnect(host, port, options));
  return { host, ...(port !== undefined && { port }), ...seen };
}

/** Nothing is said: a connection that is taken is closed at once. */
function tryToConnect(host: string, port: number, { clock, signal }: BriefOptions): Promise<Seen> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const socket = connect({ host, port });
    const settle = (finish: () => void): void => {
      stopTimer();
      signal.removeEventListener('abort', onAbort);
      socket.destroy();
      finish();
    };
    const end = (seen: Seen): void => settle(() => resolve(seen));
    const onAbort = (): void => settle(() => reject(signal.reason));
    const late = `no answer within ${formatDuration(CONNECT_MS)}`;
    const stopTimer = clock.setTimer(CONNECT_MS, () => end({ state: 'silent', by: 'tcp', reason: late }));
    signal.addEventListener('abort', onAbort);
    socket.once('connect', () => end({ state: 'open', by: 'tcp' }));
    socket.on('error', (error: NodeJS.ErrnoException) => end(seenOf(error)));
  });
}

/** What the system says when there is no way. */
const NO_WAY: Readonly<Record<string, string>> = {
  EHOSTUNREACH: 'there is no way to this machine',
  EHOSTDOWN: 'this machine is down',
  ENETUNREACH: 'there is no way to this network',
  ENETDOWN: 'the network is down',
  ENOTFOUND: 'there is no such name',
  EAI_AGAIN: 'the name server does not answer',
  EADDRNOTAVAIL: 'this machine has no address for that network',
  EAFNOSUPPORT: 'this machine has no network of that kind',
  EINVAL: 'the address cannot be used so; one of a link needs its interface, as in fe80::1%eth0',
  EPERM: 'a firewall of this machine forbids it',
  EACCES: 'a firewall of this machine forbids it',
};

function seenOf(error: NodeJS.ErrnoException): Seen {
  const { code = '' } = error;
  const why = NO_WAY[code];
  // Whoever resets is there as much as whoever refuses.
  if (code === 'ECONNREFUSED' || code === 'ECONNRESET') return { state: 'refused', by: 'tcp' };
  if (code === 'ETIMEDOUT') return { state: 'silent', by: 'tcp', reason: errorMessage(error) };
  if (why !== undefined) return { state: 'unreachable', by: 'tcp', reason: `${why} (${code})` };
  return { state: 'unknown', by: 'tcp', reason: errorMessage(error) };
}

async function ping(host: string, options: BriefOptions): Promise<Seen> {
  const by = 'ping';
  const end = await runBriefly('ping', ['-c1', '-W1', host], PING_MS, options);
  if (end.kind === 'not-started')
    return { state: 'unknown', by, reason: 'there is no program ping, and no port to connect to' };
  if (end.kind === 'timed-out') return { state: 'silent', by, reason: 'ping was not over in time' };
  if (end.kind === 'killed') return { state: 'unknown', by, reason: `ping was ended by ${end.by}` };
  if (end.code === 0) return { state: 'answered', by };
  const said = lastLine(end.stderr) || lastLine(end.stdout);
  if (/not permitted|denied/i.test(end.stderr)) return { state: 'unknown', by, reason: said };
  if (/unreachable|unknown host|bad address|not known|resolution/i.test(`${end.stderr}${end.stdout}`))
    return { state: 'unreachable', by, reason: said };
  return end.code === 1
    ? { state: 'silent', by, reason: 'no answer to a ping within 1s' }
    : { state: 'unknown', by, reason: said };
}

const LONGEST_REASON = 300;

function lastLine(text: string): string {
  return text.trimEnd().split('\n').at(-1)?.slice(0, LONGEST_REASON) ?? '';
}
