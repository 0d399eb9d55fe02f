import { constants } from 'node:fs';
import { type FileHandle, open, rename, rm, stat } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { pipeline } from 'node:stream/promises';
import { AppError, errorMessage } from '../base/index.ts';

export interface ReceiveOptions {
  /** 0: any free port. */
  readonly port: number;
  /** Absolute path. What arrives has the name `<file>.partial` until it is complete. */
  readonly file: string;
  /** Default: all interfaces, since a node must reach it. */
  readonly host?: string;
  /**
   * Asked once everything has arrived, before the file gets its name.
   * @returns what is wrong with these bytes; undefined when nothing is
   */
  readonly verify?: (bytes: number) => Promise<string | undefined>;
}

/** What became of a transfer. */
export type Reception =
  | { readonly kind: 'received'; readonly bytes: number }
  /** What arrived is kept as `<file>.partial`. */
  | { readonly kind: 'failed'; readonly bytes: number; readonly reason: string }
  /** Nobody connected. */
  | { readonly kind: 'nothing' };

export interface FileReceiver {
  readonly port: number;
  /** True from the moment somebody connects until `ended`. */
  readonly isReceiving: boolean;
  /** Never rejects. */
  readonly ended: Promise<Reception>;
  /** Gives up: no connection is awaited any more, and one that is open is cut. */
  close(): void;
}

/**
 * Listens for one connection and writes what it brings into a file. Wire-compatible with `ncat --send-only`, `nc` and
 * our own sender: the end of the stream is the end of the file, and our own end is sent only when all is written, so
 * it tells the sender that everything arrived.
 * @throws AppError LISTEN_FAILED (the port), FILE_UNWRITABLE (the file)
 */
export async function receiveFile(options: ReceiveOptions): Promise<FileReceiver> {
  const partial = `${options.file}.partial`;
  const handle = await openPartial(options.file, partial);
  const server = createServer({ allowHalfOpen: true, noDelay: true });
  const port = await listen(server, options).catch(async (thrown: unknown) => {
    await discard(handle, partial);
    throw thrown;
  });
  let socket: Socket | undefined;
  let isReceiving = false;
  const connection = new Promise<Socket | undefined>((resolve) => {
    server.once('connection', (first: Socket) => {
      socket = first;
      isReceiving = true;
      // One connection is one file: a second sender is told at once that nobody listens.
      server.close();
      resolve(first);
    });
    server.once('close', () => resolve(undefined));
  });
  const ended = connection
    .then((first) => (first ? store(first, handle, partial, options) : discard(handle, partial)))
    .finally(() => {
      isReceiving = false;
    });
  return {
    port,
    get isReceiving() {
      return isReceiving;
    },
    ended,
    close() {
      server.close();
      socket?.destroy(new Error('given up'));
    },
  };
}

/** Opened once and kept: what has this name later is of no interest. A link in its place is not followed. */
async function openPartial(file: string, partial: string): Promise<FileHandle> {
  try {
    const before = await stat(file).catch(() => undefined);
    if (before?.isDirectory()) throw new Error('it is a folder');
    if (before && !before.isFile()) throw new Error('it is no regular file, and would be replaced by one');
    return await open(
      partial,
      constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC | constants.O_NOFOLLOW,
    );
  } catch (thrown) {
    throw new AppError('FILE_UNWRITABLE', `${file} cannot be written: ${errorMessage(thrown)}`, {
      hint: 'name a file in a folder that exists and that you may write to',
      cause: thrown,
    });
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

async function store(
  socket: Socket,
  handle: FileHandle,
  partial: string,
  { file, verify }: ReceiveOptions,
): Promise<Reception> {
  const failed = (reason: string): Reception => ({ kind: 'failed', bytes: socket.bytesRead, reason });
  // Once all is written, an error on the way back to the sender changes nothing.
  socket.on('error', () => {});
  try {
    await pipeline(socket, handle.createWriteStream());
  } catch (thrown) {
    socket.destroy();
    return failed(`the connection broke: ${errorMessage(thrown)}`);
  }
  socket.end();
  const bytes = socket.bytesRead;
  const problem = await verify?.(bytes);
  if (problem !== undefined) return failed(problem);
  try {
    await rename(partial, file);
  } catch (thrown) {
    return failed(`it cannot be renamed: ${errorMessage(thrown)}`);
  }
  return { kind: 'received', bytes };
}

async function discard(handle: FileHandle, partial: string): Promise<Reception> {
  await handle.close();
  await rm(partial, { force: true });
  return { kind: 'nothing' };
}
