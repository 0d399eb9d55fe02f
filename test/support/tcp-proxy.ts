import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { createPacketSplitter } from './packet-splitter.ts';

/** An MQTT packet on its way. */
export interface Packet {
  /** From the client to the server, or back. */
  readonly direction: 'up' | 'down';
  readonly type: number;
  /** All its bytes as characters, to look for a topic or a payload in. */
  readonly text: string;
}

export const PUBLISH = 3;
export const PUBACK = 4;

/** swallowed: it never arrives · cut: it arrives, and the connection ends there and then */
export type Fate = 'swallowed' | 'cut';

/** How bytes trickle. */
export interface Trickle {
  /** So many at a time. */
  readonly pieceBytes: number;
  /** Before each piece. */
  readonly pauseMs: number;
}

/** A wire between MQTT clients and a server on this machine that can be disturbed. */
export interface TcpProxy {
  readonly port: number;
  /** How many connections were taken so far. */
  readonly connections: number;
  /** What is sent from now on, either way, gets stuck; the connections stay open. */
  freeze(): void;
  /** What got stuck goes on its way. */
  thaw(): void;
  /** Ends the connections on both sides; new ones are taken, and flow. */
  cut(): void;
  /** Ends the connections, and new ones at once, until `mend`. */
  sever(): void;
  mend(): void;
  /** From now on bytes trickle; undefined: they flow again. */
  slow(trickle: Trickle | undefined): void;
  /** What is to become of the next packet that fits; resolves when it has. */
  disturb(fate: Fate, fits: (packet: Packet) => boolean): Promise<void>;
  /** Sees every packet right before it goes on its way, and decides what is to become of it; undefined: what otherwise would. */
  watch(look: (packet: Packet) => Fate | undefined): void;
  close(): Promise<void>;
}

interface Disturbance {
  readonly fate: Fate;
  readonly fits: (packet: Packet) => boolean;
  readonly done: () => void;
}
type Watcher = (packet: Packet) => Fate | undefined;

export async function startTcpProxy(targetPort: number): Promise<TcpProxy> {
  const sockets = new Set<Socket>();
  let connections = 0;
  let isSevered = false;
  let trickle: Trickle | undefined;
  let disturbances: readonly Disturbance[] = [];
  const watchers: Watcher[] = [];
  let thawed = Promise.resolve();
  let thaw = (): void => {};

  const server = createServer((near) => {
    connections += 1;
    if (isSevered) {
      near.destroy();
      return;
    }
    const far = connect(targetPort, '127.0.0.1');
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.setNoDelay(true);
      socket.on('error', () => {});
      socket.on('close', () => {
        sockets.delete(socket);
        near.destroy();
        far.destroy();
      });
    }
    void pump(near, far, 'up');
    void pump(far, near, 'down');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');

  async function pump(from: Socket, to: Socket, direction: Packet['direction']): Promise<void> {
    const split = createPacketSplitter();
    try {
      for await (const chunk of from) {
        for (const packet of split(chunk)) {
          await thawed;
          const { fate, done } = decide({
            direction,
            type: packet.readUInt8(0) >> 4,
            text: packet.toString('latin1'),
          });
          if (fate === 'cut') {
            // With a FIN behind the bytes: what arrives is read before the end is.
            await new Promise<void>((resolve) => to.end(packet, resolve));
            from.destroy();
          } else if (!fate) {
            await pass(packet, to);
          }
          done?.();
        }
      }
      to.end();
    } catch {
      // One of the two is gone; so will the other be.
    }
  }

  async function pass(packet: Buffer, to: Socket): Promise<void> {
    const { pieceBytes, pauseMs } = trickle ?? { pieceBytes: packet.length, pauseMs: 0 };
    for (let offset = 0; offset < packet.length; offset += pieceBytes) {
      if (trickle) await sleep(pauseMs);
      if (!to.write(packet.subarray(offset, offset + pieceBytes))) await once(to, 'drain');
    }
  }

  function decide(packet: Packet): { readonly fate?: Fate | undefined; readonly done?: () => void } {
    const seen = watchers.map((look) => look(packet));
    const found = disturbances.find(({ fits }) => fits(packet));
    disturbances = disturbances.filter((each) => each !== found);
    return found ?? { fate: seen.find((fate) => fate !== undefined) };
  }

  /** Nothing gets from a frozen connection onto its way any more: both ends are gone when it thaws. */
  const cut = (): void => {
    for (const socket of sockets) socket.destroy();
    thaw();
  };
  return {
    port: (server.address() as AddressInfo).port,
    get connections() {
      return connections;
    },
    freeze() {
      thawed = new Promise((resolve) => {
        thaw = resolve;
      });
    },
    thaw: () => thaw(),
    cut,
    sever() {
      isSevered = true;
      cut();
    },
    mend() {
      isSevered = false;
    },
    slow(next) {
      trickle = next;
    },
    disturb: (fate, fits) =>
      new Promise((done) => {
        disturbances = [...disturbances, { fate, fits, done }];
      }),
    watch: (look) => void watchers.push(look),
    async close() {
      server.close();
      cut();
      await once(server, 'close');
    },
  };
}
