import { once } from 'node:events';
import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { pipeline } from 'node:stream/promises';
import { type Clock, errorMessage, sleep, withTimeout } from '../base/index.ts';

export interface SendFileOptions {
  /** Absolute path. */
  readonly file: string;
  readonly host: string;
  readonly port: number;
  /** Empty the file once the receiver has confirmed that it has everything. */
  readonly truncate: boolean;
  readonly clock: Clock;
  /** Aborted to give up. */
  readonly signal: AbortSignal;
  /** How long connecting may take, and then how long the receiver may take to confirm the end. Default 30 s. */
  readonly patienceMs?: number;
}

/** What became of a file that was to be sent. */
export type Sending =
  | { readonly kind: 'sent'; readonly bytes: number; readonly warnings: readonly string[] }
  | { readonly kind: 'failed'; readonly bytes: number; readonly reason: string };

const PATIENCE_MS = 30_000;
/** A receiver that was started in the background a moment ago, such as `ncat -l … &`, may not listen yet. */
const REFUSED_MS = 3000;
const RETRY_MS = 100;

/**
 * Sends a file over TCP: its bytes and nothing else, wire-compatible with `ncat -l`. It is sent when every byte was
 * handed over, our end of the stream said so, and the connection then closed without an error. A receiver that ends
 * its own side first (`ncat -l </dev/null`) changes nothing: that is why the socket may be half open. Never rejects.
 */
export async function sendFile(options: SendFileOptions): Promise<Sending> {
  let bytes = 0;
  let handle: FileHandle | undefined;
  let socket: Socket | undefined;
  // At any time, also while nothing but the receiver's end is awaited.
  const giveUp = (): void => void socket?.destroy(new Error('it was interrupted'));
  options.signal.addEventListener('abort', giveUp);
  try {
    handle = await openFile(options);
    socket = await connectTo(options);
    const closed = once(socket, 'close');
    closed.catch(() => {});
    // What the receiver says is of no interest, but its end must be seen.
    socket.resume();
    const source = handle.createReadStream({ autoClose: false });
    await pipeline(source, socket, { signal: options.signal });
    bytes = source.bytesRead;
    await confirmed(closed, options);
    return { kind: 'sent', bytes, warnings: options.truncate ? await truncate(handle, bytes) : [] };
  } catch (thrown) {
    bytes = Math.max(bytes, socket?.bytesWritten ?? 0);
    return {
      kind: 'failed',
      bytes,
      reason: options.signal.aborted ? 'it was interrupted' : reasonOf(thrown, options),
    };
  } finally {
    options.signal.removeEventListener('abort', giveUp);
    socket?.destroy();
    await handle?.close().catch(() => {});
  }
}

const BROKEN = new Set(['ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ERR_STREAM_PREMATURE_CLOSE']);

function reasonOf(thrown: unknown, { host, port }: SendFileOptions): string {
  const { code = '' } = thrown as NodeJS.ErrnoException;
  const message = errorMessage(thrown);
  return BROKEN.has(code)
    ? `${host} port ${port} broke off, and has not stored all of it: ${message}`
    : message;
}

async function openFile({ file, truncate }: SendFileOptions): Promise<FileHandle> {
  // Non-blocking, since opening a pipe would wait for its other end, and nothing could end that.
  const flags = (truncate ? constants.O_RDWR : constants.O_RDONLY) | constants.O_NONBLOCK;
  const handle = await open(file, flags).catch((thrown: NodeJS.ErrnoException) => {
    if (thrown.code === 'ENOENT') throw new Error(`there is no file ${file}`);
    throw new Error(`${file} cannot be read${truncate ? ' and truncated' : ''}: ${thrown.message}`);
  });
  if ((await handle.stat()).isFile()) return handle;
  await handle.close();
  throw new Error(`${file} is no regular file`);
}

async function connectTo(options: SendFileOptions): Promise<Socket> {
  const { host, port, clock, signal, patienceMs = PATIENCE_MS } = options;
  const since = clock.now();
  for (;;) {
    try {
      return await connectOnce(options);
    } catch (thrown) {
      const mayComeYet = isRefusal(thrown) && clock.now() - since < Math.min(REFUSED_MS, patienceMs);
      if (!mayComeYet) throw new Error(`${host} port ${port} cannot be reached: ${errorMessage(thrown)}`);
    }
    await sleep(clock, RETRY_MS, signal);
  }
}

async function connectOnce({
  host,
  port,
  clock,
  signal,
  patienceMs = PATIENCE_MS,
}: SendFileOptions): Promise<Socket> {
  const socket = connect({ host, port, allowHalfOpen: true, noDelay: true });
  try {
    await withTimeout(clock, once(socket, 'connect', { signal }), patienceMs, () => {
      throw new Error(`no answer within ${patienceMs / 1000} s`);
    });
    return socket;
  } catch (thrown) {
    socket.destroy();
    throw thrown;
  }
}

function isRefusal(thrown: unknown): boolean {
  return thrown instanceof Error && 'code' in thrown && thrown.code === 'ECONNREFUSED';
}

function confirmed(
  closed: Promise<unknown>,
  { clock, patienceMs = PATIENCE_MS }: SendFileOptions,
): Promise<unknown> {
  return withTimeout(clock, closed, patienceMs, () => {
    throw new Error(
      `the receiver did not close the connection within ${patienceMs / 1000} s after the end of the file`,
    );
  });
}

/** A file that has grown since is left as it is: what came later was not sent. */
async function truncate(handle: FileHandle, sentBytes: number): Promise<readonly string[]> {
  const { size } = await handle.stat();
  if (size > sentBytes)
    return [`it was not truncated: it has grown by ${size - sentBytes} bytes since it was sent`];
  await handle.truncate(0);
  return [];
}
