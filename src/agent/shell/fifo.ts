import { execFile } from 'node:child_process';
import { closeSync, constants, openSync, readSync } from 'node:fs';
import { type ConnectOpts, Socket, type SocketConstructorOpts } from 'node:net';
import { promisify } from 'node:util';

/**
 * FIFOs instead of the pipes that Node gives its children: those are sockets, which a script cannot open again as
 * /dev/stdout, and a FIFO can be opened by name at any time, from any process.
 */
export async function createFifos(paths: readonly string[]): Promise<void> {
  await promisify(execFile)('mkfifo', ['-m', '600', ...paths]);
}

/**
 * For a FIFO that has a reader, so that this does not wait; close it with `closeSync`. Blocking, unlike the other ends:
 * a child that inherits it must wait when the pipe is full, and not fail.
 */
export function openWriteEnd(path: string): number {
  return openSync(path, constants.O_WRONLY);
}

/** Opened for reading and writing, a FIFO never ends and never fails, whoever comes and goes on its other side. */
function openBothEnds(path: string): number {
  return openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
}

function openReadEnd(path: string): number {
  return openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
}

interface FifoListeners {
  /** @param chunk is valid during the call only */
  readonly onBytes: (chunk: Uint8Array) => void;
  /** Every writer is gone, and everything was read. Not called after `close`. */
  readonly onEnd?: () => void;
}

/** One piece of memory for all readers: libuv fills it and hands it over within one turn. */
const sharedBuffer = Buffer.allocUnsafe(64 * 1024);
const drainBuffer = Buffer.allocUnsafe(64 * 1024);

/** How much a pipe of Linux holds: what was written before a moment is within this many bytes from it. */
const PIPE_CAPACITY_BYTES = 64 * 1024;

/** Reads a FIFO as its writers write, without ever waiting for them. */
export class FifoReader {
  readonly #fd: number;
  readonly #socket: Socket;
  readonly #onBytes: (chunk: Uint8Array) => void;
  #open = true;
  #paused = false;

  /** @param endless keeps the FIFO open when no writer is left; without it, somebody must have it open for writing now */
  constructor(path: string, { onBytes, onEnd }: FifoListeners, { endless = false } = {}) {
    this.#onBytes = onBytes;
    this.#fd = endless ? openBothEnds(path) : openReadEnd(path);
    const options: SocketConstructorOpts & Pick<ConnectOpts, 'onread'> = {
      fd: this.#fd,
      readable: true,
      writable: false,
      onread: {
        buffer: sharedBuffer,
        callback: (size, buffer) => {
          onBytes(buffer.subarray(0, size));
          return !this.#paused;
        },
      },
    };
    this.#socket = new Socket(options);
    const end = (): void => {
      if (!this.#open) return;
      this.close();
      onEnd?.();
    };
    this.#socket.once('end', end);
    this.#socket.once('error', end);
    this.#socket.resume();
  }

  /** Lets writers wait, once the pipe is full. */
  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    if (this.#open) this.#socket.resume();
  }

  /** Takes now what was written before now, paused or not; a writer that never stops cannot hold us here. */
  drain(): void {
    let leftBytes = PIPE_CAPACITY_BYTES;
    while (this.#open && leftBytes > 0) {
      const size = readAvailable(this.#fd, leftBytes);
      if (size === 0) return;
      leftBytes -= size;
      this.#onBytes(drainBuffer.subarray(0, size));
    }
  }

  close(): void {
    this.#open = false;
    this.#socket.destroy();
  }
}

/** @returns 0 when there is nothing now */
function readAvailable(fd: number, limitBytes: number): number {
  try {
    return readSync(fd, drainBuffer, 0, limitBytes, null);
  } catch {
    return 0;
  }
}

/** Read only when asked: what is written here wakes nobody. */
export class QuietFifo {
  readonly #fd: number;

  constructor(path: string) {
    this.#fd = openBothEnds(path);
  }

  /** What was written since the last time, at most as much as a pipe holds. */
  read(): string {
    return drainBuffer.toString('latin1', 0, readAvailable(this.#fd, PIPE_CAPACITY_BYTES));
  }

  close(): void {
    closeSync(this.#fd);
  }
}

/** Writes to a FIFO in order; what it cannot take now follows when its reader makes room. */
export class FifoWriter {
  readonly #socket: Socket;

  constructor(path: string) {
    this.#socket = new Socket({ fd: openBothEnds(path), readable: false, writable: true });
    // The only failure is that of a descriptor closed underneath us; the shell that does not answer is noticed anyway.
    this.#socket.on('error', () => {});
  }

  write(bytes: Uint8Array): void {
    this.#socket.write(bytes);
  }

  close(): void {
    this.#socket.destroy();
  }
}
