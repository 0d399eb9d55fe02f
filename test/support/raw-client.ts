import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** A connection on which a test speaks MQTT byte by byte, well or badly. */
export async function connectRaw(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  socket.setNoDelay(true);
  await once(socket, 'connect');
  socket.on('error', () => {});
  return socket;
}

interface Login {
  readonly username: string;
  readonly password: string;
}

/** MQTT 3.1.1, clean session, no keep-alive. */
export function connectPacket(clientId: string, login?: Login): Buffer {
  const flags = login ? 0b1100_0010 : 0b0000_0010;
  const strings = login ? [clientId, login.username, login.password] : [clientId];
  return packet(0x10, Buffer.concat([string('MQTT'), Buffer.from([4, flags, 0, 0]), ...strings.map(string)]));
}

/** At QoS 1, with packet identifier 1. */
export function subscribePacket(filter: string): Buffer {
  return packet(0x82, Buffer.concat([Buffer.from([0, 1]), string(filter), Buffer.from([1])]));
}

/** At QoS 0. */
export function publishPacket(topic: string, payload: Buffer): Buffer {
  return packet(0x30, Buffer.concat([string(topic), payload]));
}

function packet(firstByte: number, body: Buffer): Buffer {
  return Buffer.concat([Buffer.from([firstByte, ...lengthBytes(body.length)]), body]);
}

/** Base 128, lowest digit first, the high bit set on all but the last [MQTT 2.2.3]. */
function lengthBytes(length: number): number[] {
  return length < 128 ? [length] : [(length % 128) | 0x80, ...lengthBytes(Math.floor(length / 128))];
}

function string(text: string): Buffer {
  const bytes = Buffer.from(text);
  return Buffer.concat([Buffer.from([bytes.length >> 8, bytes.length & 0xff]), bytes]);
}
