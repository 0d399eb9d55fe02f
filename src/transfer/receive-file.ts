import { constants } from 'node:fs';
import { type FileHandle, open, rename, rm, stat } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { pipeline } from 'node:stream/promises';
import { AppError, errorMessage } from '../base/index.ts';
import type { Arrival, Endorsement } from './arrival.ts';
import { chooseSender } from './choose-sender.ts';

export interface ReceiveOptions {
  /** 0: any free port. */
  readonly port: number;
  /** Absolute path. What arrives has the name `<file>.partial` until it is complete. */
  readonly file: string;
  /** Default: all interfaces, since a node must reach it. */
  readonly host?: string;
  /**
   * Asked once everything has arrived, before the file gets its name; also about each connection without a byte, which
   * is an empty file only to whoever says so.
   * @param signal aborted when the answer can be awaited no longer: it then goes by what is known
   */
  readonly verify?: (arrival: Arrival, signal: AbortSignal) => Promise<Endorsement>;
}

/** What became of a transfer. */
export type Reception =
  | { readonly kind: 'received'; readonly bytes: number }
  /** What arrived is kept as `<file>.partial`. */
  | { readonly kind: 'failed'; readonly bytes: number; readonly reason: string }
  /** Nobody connected, or nobody who sent anything. */
  | { readonly kind: 'nothing' };

export interface FileReceiver {
  readonly port: number;
  /** True while somebody is connected, until `ended`. */
  readonly isReceiving: boolean;
  /** True until a sender is found. */
  readonly isListening: boolean;
  /** True while all that came is a connection without a byte: an empty file, if nothing else comes. */
  readonly hadEmptyVisit: boolean;
  /** Never rejects. */
  readonly ended: Promise<Reception>;
  /** From now on `verify` goes by what is known. */
  stopAsking(): void;
  /**
   * Gives up: no connection is awaited any more, and one that is open is cut.
   * @param why what is then wrong with what came
   */
  close(why: string): void;
}

/**
 * Listens for one sender and writes what it brings into a file. Wire-compatible with `ncat --send-only`, `nc` and
 * our own sender: the end of the stream is the end of the file, and our own end is sent only when all is written, so
 * it tells the sender that everything arrived. What could not be written is told by a reset, since a sender that
 * takes it for stored may empty its own file.
 * @throws AppError LISTEN_FAILED (the port), FILE_UNWRITABLE (the file)
 */
export async function receiveFile(options: ReceiveOptions): Promise<FileReceiver> {
  const partial = `${options.file}.partial`;
  const opened = await openPartial(options.file, partial);
  const { handle } = opened;
  const server = createServer({ allowHalfOpen: true, noDelay: true });
  const port = await listen(server, options).catch(async (thrown: unknown) => {
    await discard(opened, partial);
    throw thrown;
  });
  const asking = new AbortController();
  const verify = (arrival: Arrival): Promise<Endorsement> =>
    options.verify?.(arrival, asking.signal) ?? Promise.resolve({ kind: 'unknown' });
  const choice = chooseSender(server, verify);
  let socket: Socket | undefined;
  let hasEnded = false;
  let givenUp: string | undefined;
  const ended = choice.sender
    .then((sender) => {
      if (sender.kind === 'nobody') return discard(opened, partial);
      if (sender.kind === 'empty-file') return keepEmpty(handle, partial, options.file);
      socket = sender.socket;
      return store(socket, handle, partial, { file: options.file, verify, whyGivenUp: () => givenUp });
    })
    .finally(() => {
      hasEnded = true;
    });
  return {
    port,
    get isReceiving() {
      return !hasEnded && (socket !== undefined || choice.isUnderWay);
    },
    get isListening() {
      return choice.isOpen;
    },
    get hadEmptyVisit() {
      return choice.hadEmptyVisit;
    },
    ended,
    stopAsking: () => asking.abort(),
    close(why) {
      givenUp = why;
      asking.abort();
      choice.close();
      socket?.resetAndDestroy();
    },
  };
}

interface OpenedPartial {
  readonly handle: FileHandle;
  /** Nothing else had its name: an older one is what an earlier transfer has left. */
  readonly isNew: boolean;
}

/**
 * Opened once and kept: what has this name later is of no interest. A link in its place is not followed. What an older
 * one holds stays there until there is something to take its place.
 */
async function openPartial(file: string, partial: string): Promise<OpenedPartial> {
  try {
    const before = await stat(file).catch(() => undefined);
    if (before?.isDirectory()) throw new Error('it is a folder');
    if (before && !before.isFile()) throw new Error('it is no regular file, and would be replaced by one');
    return await openOrCreate(partial);
  } catch (thrown) {
    throw new AppError('FILE_UNWRITABLE', `${file} cannot be written: ${errorMessage(thrown)}`, {
      hint: 'name a file in a folder that exists and that you may write to',
      cause: thrown,
    });
  }
}

async function openOrCreate(partial: string): Promise<OpenedPartial> {
  const flags = constants.O_WRONLY | constants.O_NOFOLLOW;
  try {
    return { handle: await open(partial, flags | constants.O_CREAT | constants.O_EXCL), isNew: true };
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code !== 'EEXIST') throw thrown;
    return { handle: await open(partial, flags), isNew: false };
  }
}

function listen(server: Server, { port, host }: ReceiveOptions): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const why = error.code === 'EADDRINUSE' ? 'something else listens there' : error.message;
      reject(
        new AppError('LISTEN_FAILED', `port ${port} cannot be listened on: ${why}`, {
          hint: 'choose another port in the playbook, or end what uses this one',
          cause: error,
        }),
      );
    });
    server.listen({ port, host }, () => {
      // From now on nobody is told: a connection that fails to be accepted is the sender's to try again.
      server.on('error', () => {});
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : port);
    });
  });
}

interface StoreOptions {
  readonly file: string;
  readonly verify: (arrival: Arrival) => Promise<Endorsement>;
  /** Undefined: it was not. */
  readonly whyGivenUp: () => string | undefined;
}

async function store(
  socket: Socket,
  handle: FileHandle,
  partial: string,
  { file, verify, whyGivenUp }: StoreOptions,
): Promise<Reception> {
  const { localAddress } = socket;
  const failed = (reason: string): Reception => ({ kind: 'failed', bytes: socket.bytesRead, reason });
  const writer = handle.createWriteStream();
  let isUnwritable = true;
  writer.once('error', () => {
    // The pipeline hands an error of the one on to the other.
    isUnwritable = socket.errored === null;
    // Before the pipeline does it in a way that looks to the sender as if all had been stored.
    socket.resetAndDestroy();
  });
  try {
    await handle.truncate();
    isUnwritable = false;
    await pipeline(socket, writer);
  } catch (thrown) {
    socket.resetAndDestroy();
    writer.destroy();
    const what = isUnwritable ? 'it cannot be written' : 'the connection broke';
    return failed(whyGivenUp() ?? `${what}: ${errorMessage(thrown)}`);
  }
  socket.end();
  const bytes = socket.bytesRead;
  const word = await verify({ bytes, localAddress });
  if (word.kind === 'contradicted') return failed(word.reason);
  return named(partial, file, bytes);
}

async function keepEmpty(handle: FileHandle, partial: string, file: string): Promise<Reception> {
  try {
    await handle.truncate();
    await handle.close();
  } catch (thrown) {
    return { kind: 'failed', bytes: 0, reason: `it cannot be written: ${errorMessage(thrown)}` };
  }
  return named(partial, file, 0);
}

async function named(partial: string, file: string, bytes: number): Promise<Reception> {
  try {
    await rename(partial, file);
    return { kind: 'received', bytes };
  } catch (thrown) {
    return { kind: 'failed', bytes, reason: `it cannot be renamed: ${errorMessage(thrown)}` };
  }
}

async function discard({ handle, isNew }: OpenedPartial, partial: string): Promise<Reception> {
  await handle.close();
  if (isNew) await rm(partial, { force: true });
  return { kind: 'nothing' };
}
