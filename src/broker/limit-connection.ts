import type { Socket } from 'node:net';
import { createPacketScanner } from './packet-scanner.ts';

interface ConnectionLimits {
  readonly maxBufferedBytes: number;
  readonly maxPacketBytes: number;
}

/**
 * Destroys the connection of a client that does not read what it subscribed to, or sends a packet that is too large.
 *
 * aedes has neither limit. Worse, it stops reading from a publisher while any of its subscribers waits for `drain`
 * (seen: 5,000 QoS 1 messages to a stalled `#` subscriber came to a halt at the 408th), so that one who does not
 * read blocks all who write. Hence every write counts as taken, and the bound on memory is here.
 */
export function limitConnection(
  socket: Socket,
  { maxBufferedBytes, maxPacketBytes }: ConnectionLimits,
  onDrop: (why: string) => void,
): void {
  const drop = (why: string): void => {
    if (socket.destroyed) return;
    socket.destroy();
    onDrop(why);
  };

  const write = socket.write;
  socket.write = (...args: unknown[]) => {
    Reflect.apply(write, socket, args);
    if (socket.writableLength > maxBufferedBytes)
      drop(`it leaves more than ${maxBufferedBytes} bytes unread`);
    return true;
  };

  const read = socket.read;
  const scanner = createPacketScanner(maxPacketBytes);
  socket.read = (size) => {
    const chunk: Buffer | null = Reflect.apply(read, socket, [size]);
    if (chunk === null || scanner.isWithinLimit(chunk)) return chunk;
    drop(`it sent a packet of more than ${maxPacketBytes} bytes`);
    return null;
  };
}
