import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';

/** Takes WebSocket clients and passes what their binary frames hold to a TCP port of this machine, and back. */
export interface WebSocketBridge {
  readonly port: number;
  close(): Promise<void>;
}

const BINARY = 0x82;
const CLOSE = 0x88;

export async function startWebSocketBridge(targetPort: number): Promise<WebSocketBridge> {
  const sockets = new Set<Socket>();
  const server = createServer().listen(0, '127.0.0.1');
  server.on('upgrade', (request, near: Socket) => {
    const far = connect(targetPort, '127.0.0.1');
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => {
        near.destroy();
        far.destroy();
        sockets.delete(socket);
      });
    }
    near.write(
      [
        'HTTP/1.1 101 Switching Protocols',
        'Upgrade: websocket',
        'Connection: Upgrade',
        `Sec-WebSocket-Accept: ${acceptKey(request.headers['sec-websocket-key'])}`,
        'Sec-WebSocket-Protocol: mqtt',
        '\r\n',
      ].join('\r\n'),
    );
    let unread = Buffer.alloc(0);
    near.on('data', (chunk: Buffer) => {
      unread = Buffer.concat([unread, chunk]);
      for (let frame = readFrame(unread); frame; frame = readFrame(unread)) {
        unread = unread.subarray(frame.length);
        if (frame.opcode === CLOSE) near.end(Buffer.from([CLOSE, 0]));
        else far.write(frame.payload);
      }
    });
    far.on('data', (chunk: Buffer) => near.write(Buffer.concat([frameHeader(chunk.length), chunk])));
  });
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      server.close();
      for (const socket of sockets) socket.destroy();
      await once(server, 'close');
    },
  };
}

function acceptKey(key: string | undefined): string {
  return createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
}

/** A client's frame, which is always masked (RFC 6455, 5.2); below 64 KiB here. */
function readFrame(bytes: Buffer): { opcode: number; payload: Buffer; length: number } | undefined {
  if (bytes.length < 6) return undefined;
  const shortLength = bytes.readUInt8(1) & 0x7f;
  const maskAt = shortLength === 126 ? 4 : 2;
  const payloadLength = shortLength === 126 ? bytes.readUInt16BE(2) : shortLength;
  const payloadAt = maskAt + 4;
  const length = payloadAt + payloadLength;
  if (bytes.length < length) return undefined;
  const payload = bytes
    .subarray(payloadAt, length)
    .map((byte, index) => byte ^ bytes.readUInt8(maskAt + (index % 4)));
  return { opcode: bytes.readUInt8(0), payload: Buffer.from(payload), length };
}

function frameHeader(length: number): Buffer {
  if (length < 126) return Buffer.from([BINARY, length]);
  return Buffer.from([BINARY, 126, length >> 8, length & 0xff]);
}
