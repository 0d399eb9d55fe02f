import { readFile } from 'node:fs/promises';
import { endianness } from 'node:os';
import { errorMessage } from '../base/index.ts';
import type { Listener, Listeners } from './listeners.ts';

/** The listening sockets of Linux. */
export async function procListeners(): Promise<Listeners> {
  try {
    const tables = await Promise.all([
      readFile('/proc/self/net/tcp', 'latin1'),
      readFile('/proc/self/net/tcp6', 'latin1').catch(absentTable),
    ]);
    return { kind: 'known', listeners: tables.flatMap(parseProcTable) };
  } catch (thrown) {
    return { kind: 'unknown', reason: errorMessage(thrown) };
  }
}

/** Where IPv6 is off there is no such file. */
function absentTable(thrown: NodeJS.ErrnoException): string {
  if (thrown.code === 'ENOENT') return '';
  throw thrown;
}

/** As in `   0: 0100007F:1451 00000000:0000 0A …`: addresses in words of 32 bits, in the machine's own byte order. */
const LISTENING = /^\s*\d+: ([0-9A-F]+):([0-9A-F]{4}) [0-9A-F]+:0000 0A /gm;

export function parseProcTable(table: string): readonly Listener[] {
  return [...table.matchAll(LISTENING)].map(([, address = '', port = '']) => ({
    address: formatAddress(bytesOf(address)),
    port: Number.parseInt(port, 16),
  }));
}

function bytesOf(hex: string): Buffer {
  const bytes = Buffer.from(hex, 'hex');
  return endianness() === 'LE' ? bytes.swap32() : bytes;
}

function formatAddress(bytes: Buffer): string {
  const isMapped = bytes.length === 16 && bytes.subarray(0, 12).equals(MAPPED);
  if (bytes.length === 4 || isMapped) return bytes.subarray(-4).join('.');
  const groups = bytes.toString('hex').match(/.{4}/g) ?? [];
  // It writes IPv6 in the usual short form, in brackets.
  return new URL(`http://[${groups.join(':')}]`).hostname.slice(1, -1);
}

/** `::ffff:0.0.0.0/96`: IPv4 on a socket of IPv6. */
const MAPPED = Buffer.from('00000000000000000000ffff', 'hex');
