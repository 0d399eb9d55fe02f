import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readlinkSync } from 'node:fs';
import { text } from 'node:stream/consumers';

/** A TCP connection of this process, as the kernel has it. */
export interface TcpEnd {
  readonly localPort: number;
  readonly remotePort: number;
  readonly noDelay: boolean;
}

/** Prints a line for each TCP connection that it inherits: both ports, and whether TCP_NODELAY is on. */
const SCRIPT = `
use Socket;
for my $fd (3 .. $ARGV[0]) {
  open(my $socket, '+<&=', $fd) or next;
  my ($here, $there) = (getsockname($socket), getpeername($socket));
  next unless $here && $there && sockaddr_family($here) == AF_INET;
  my $option = getsockopt($socket, Socket::IPPROTO_TCP, Socket::TCP_NODELAY) or next;
  print join(' ', (sockaddr_in($here))[0], (sockaddr_in($there))[0], unpack('i', $option)), "\\n";
}`;

/** The connections of this process over IPv4. Node.js cannot tell the options of a socket: a child is asked that inherits them. */
export async function tcpEnds(): Promise<readonly TcpEnd[]> {
  const sockets = readdirSync('/proc/self/fd').map(Number).filter(isSocket);
  const perl = spawn('perl', ['-e', SCRIPT, String(2 + sockets.length)], {
    stdio: ['ignore', 'pipe', 'inherit', ...sockets],
  });
  const { stdout } = perl;
  if (!stdout) throw new Error('its standard output is not a pipe');
  const [output] = await Promise.all([text(stdout), once(perl, 'exit')]);
  return output
    .split('\n')
    .slice(0, -1)
    .map((line) => {
      const [localPort = 0, remotePort = 0, noDelay = 0] = line.split(' ').map(Number);
      return { localPort, remotePort, noDelay: noDelay !== 0 };
    });
}

function isSocket(fd: number): boolean {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`).startsWith('socket:');
  } catch {
    return false;
  }
}
