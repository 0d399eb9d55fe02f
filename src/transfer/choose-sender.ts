import type { Server, Socket } from 'node:net';
import type { Arrival, Endorsement } from './arrival.ts';

/** Whose connection brings the file. */
type Sender =
  /** It has sent its first byte, which is not read yet. */
  | { readonly kind: 'sender'; readonly socket: Socket }
  | { readonly kind: 'empty-file' }
  | { readonly kind: 'nobody' };

interface SenderChoice {
  readonly sender: Promise<Sender>;
  /** True while somebody is connected who may become the sender, or is it. */
  readonly isUnderWay: boolean;
  /** True until the sender is known, or nobody is awaited any more. */
  readonly isOpen: boolean;
  /** True when somebody came and left without a byte, which nobody has claimed: it may have been an empty file. */
  readonly hadEmptyVisit: boolean;
  /** Awaits no connection any more. Settles `sender`. */
  close(): void;
}

/** Who is connected and says nothing; the one who has waited longest goes first. */
const MOST_VISITORS = 64;

/**
 * The sender is whoever sends the first byte: whoever only knocks (a port scanner, `nc -z`, a monitor) is not mistaken
 * for it. A connection without a byte is an empty file if its sender says so, or if by the end nobody else came.
 * @param judge asked about a connection without a byte
 */
export function chooseSender(
  server: Server,
  judge: (arrival: Arrival) => Promise<Endorsement>,
): SenderChoice {
  const visitors = new Set<Socket>();
  let emptyVisit: Arrival | undefined;
  let judging = 0;
  let isSettled = false;
  let resolveSender: (sender: Sender) => void = () => {};
  const sender = new Promise<Sender>((resolve) => {
    resolveSender = resolve;
  });

  server.on('connection', (socket: Socket) => {
    if (isSettled) {
      socket.resetAndDestroy();
      return;
    }
    visitors.add(socket);
    socket.on('error', () => {});
    socket.once('close', () => visitors.delete(socket));
    socket.once('readable', () => look(socket));
    const [oldest] = visitors;
    if (visitors.size > MOST_VISITORS) oldest?.resetAndDestroy();
  });

  function look(socket: Socket): void {
    if (isSettled) return;
    const chunk: Buffer | null = socket.read();
    if (chunk !== null) {
      socket.unshift(chunk);
      visitors.delete(socket);
      settle({ kind: 'sender', socket });
    } else if (!socket.destroyed) {
      const visit = { bytes: 0, localAddress: socket.localAddress };
      emptyVisit = visit;
      // Our own end tells the sender of an empty file that it has arrived.
      socket.end();
      void judgeEmpty(visit, ({ kind }) => kind === 'confirmed');
    }
  }

  async function judgeEmpty(visit: Arrival, accepts: (word: Endorsement) => boolean): Promise<void> {
    judging += 1;
    const word = await judge(visit);
    judging -= 1;
    if (accepts(word)) settle({ kind: 'empty-file' });
  }

  /** One connection is one file: a second sender is told at once that nobody listens. */
  function settle(found: Sender): void {
    if (isSettled) return;
    isSettled = true;
    server.close();
    for (const visitor of visitors) visitor.resetAndDestroy();
    resolveSender(found);
  }

  return {
    sender,
    get isUnderWay() {
      return visitors.size > 0 || judging > 0;
    },
    get isOpen() {
      return !isSettled;
    },
    get hadEmptyVisit() {
      return !isSettled && emptyVisit !== undefined;
    },
    close() {
      if (!emptyVisit) {
        settle({ kind: 'nobody' });
        return;
      }
      server.close();
      void judgeEmpty(emptyVisit, ({ kind }) => kind !== 'contradicted').then(() =>
        settle({ kind: 'nobody' }),
      );
    },
  };
}
