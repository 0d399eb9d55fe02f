import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { type AddressInfo, connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/base/index.ts';
import type { RunEventBody } from '../../src/events/index.ts';
import { Receptions } from '../../src/run/receptions.ts';
import type { Arrival, Endorsement } from '../../src/transfer/index.ts';
import { createFakeClock } from '../support/fake-clock.ts';

let folder: string;
let port: number;
let events: RunEventBody[];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'receptions-'));
  port = await freePort();
  events = [];
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** Nobody else is told this port at the same moment; the system hands them out in turn. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port: free } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return free;
}

function receptions(
  ask: (port: number, arrival: Arrival) => Promise<Endorsement> = async () => ({ kind: 'unknown' }),
  clock = systemClock,
) {
  let tell = (): void => {};
  const told = new Promise<void>((resolve) => {
    tell = resolve;
  });
  const emit = (event: RunEventBody): void => {
    events.push(event);
    tell();
  };
  const watchSenders = (watched: number) => (arrival: Arrival) => ask(watched, arrival);
  return { all: new Receptions({ clock, emit, watchSenders }), told };
}

/** Sends a text, and resolves when the other end has closed. */
async function send(text: string): Promise<void> {
  const socket = connect(port, '127.0.0.1');
  const closed = new Promise((resolve) => socket.once('close', resolve));
  socket.resume().end(text);
  await closed;
}

/** Resolves when the first bytes of a file have been stored. */
async function begun(file: string): Promise<void> {
  while ((await stat(join(folder, `${file}.partial`))).size === 0) await new Promise(setImmediate);
}

describe('Receptions', () => {
  it('refuse a second one for a file that is still being received', async () => {
    const { all } = receptions();
    await all.open(port, join(folder, 'a'), 'a');
    await expect(all.open(await freePort(), join(folder, 'a'), 'a')).rejects.toMatchObject({
      code: 'FILE_UNWRITABLE',
      message: expect.stringContaining('another RECEIVE is writing a'),
    });
    await all.finish();
  });

  it('store a file beside the steps that follow, and tell when it is there', async () => {
    const { all, told } = receptions();
    await all.open(port, join(folder, 'log.txt'), 'log.txt');
    await send('hello');
    await told;
    expect(events).toEqual([{ type: 'file-received', port, file: 'log.txt', outcome: 'received', bytes: 5 }]);
    expect(await readFile(join(folder, 'log.txt'), 'utf8')).toBe('hello');
    expect(await all.finish()).toEqual([]);
  });

  it('wait at the end for a transfer that is under way', async () => {
    const { all } = receptions();
    await all.open(port, join(folder, 'log.txt'), 'log.txt');
    const socket = connect(port, '127.0.0.1').resume();
    const closed = new Promise((resolve) => socket.once('close', resolve));
    socket.write('first, ');
    await begun('log.txt');
    const finishing = all.finish();
    socket.end('last');
    expect(await finishing).toEqual([]);
    await closed;
    expect(await readFile(join(folder, 'log.txt'), 'utf8')).toBe('first, last');
  });

  it('cut off a transfer that does not end within ten seconds, and fail', async () => {
    const clock = createFakeClock();
    const { all } = receptions(undefined, clock);
    await all.open(port, join(folder, 'log.txt'), 'log.txt');
    const socket = connect(port, '127.0.0.1').resume();
    const closed = new Promise((resolve) => socket.once('close', resolve));
    socket.on('error', () => {});
    socket.write('half');
    await begun('log.txt');
    const finishing = all.finish();
    await clock.advance(10_000);
    expect(await finishing).toEqual([
      `RECEIVE ${port} log.txt: it was not complete within 10 s of the end of the run; what came is in log.txt.partial`,
    ]);
    await closed;
    expect(clock.pendingTimers()).toBe(0);
  });

  it('close a port to which nobody came: that is no failure', async () => {
    const { all } = receptions();
    await all.open(port, join(folder, 'log.txt'), 'log.txt');
    expect(await all.finish()).toEqual([]);
    expect(events).toEqual([{ type: 'file-received', port, file: 'log.txt', outcome: 'nothing' }]);
    await expect(stat(join(folder, 'log.txt.partial'))).rejects.toThrow(/ENOENT/);
  });

  it('fail when the sender says that something is missing', async () => {
    const asked: [number, number][] = [];
    const { all, told } = receptions(async (watched, { bytes }) => {
      asked.push([watched, bytes]);
      return { kind: 'contradicted', reason: 'node1 sent 9 bytes, 5 arrived' };
    });
    await all.open(port, join(folder, 'log.txt'), 'log.txt');
    await send('hello');
    await told;
    expect(asked).toEqual([[port, 5]]);
    expect(await all.finish()).toEqual([
      `RECEIVE ${port} log.txt: node1 sent 9 bytes, 5 arrived; what came is in log.txt.partial`,
    ]);
    expect(await readFile(join(folder, 'log.txt.partial'), 'utf8')).toBe('hello');
  });

  it('take a connection without a byte for an empty file when nothing else has come by the end', async () => {
    const { all } = receptions();
    await all.open(port, join(folder, 'log.txt'), 'log.txt');
    await send('');
    expect(events).toEqual([]);
    expect(await all.finish()).toEqual([]);
    expect(events).toEqual([{ type: 'file-received', port, file: 'log.txt', outcome: 'received', bytes: 0 }]);
    expect(await readFile(join(folder, 'log.txt'), 'utf8')).toBe('');
  });

  it('wait on, after a connection without a byte, for the file', async () => {
    const { all, told } = receptions();
    await all.open(port, join(folder, 'log.txt'), 'log.txt');
    await send('');
    await send('hello');
    await told;
    expect(events).toMatchObject([{ outcome: 'received', bytes: 5 }]);
    expect(await all.finish()).toEqual([]);
  });

  it('have nothing when the agents say that the connection without a byte was none of theirs', async () => {
    const { all } = receptions(async () => ({
      kind: 'contradicted',
      reason: 'node1 sent 9 bytes, 0 arrived',
    }));
    await all.open(port, join(folder, 'log.txt'), 'log.txt');
    await send('');
    expect(await all.finish()).toEqual([]);
    expect(events).toMatchObject([{ outcome: 'nothing' }]);
  });

  it('let the next RECEIVE have the port once the first has its file, an empty one too', async () => {
    const { all } = receptions();
    await all.open(port, join(folder, 'a'), 'a');
    await send('');
    await all.open(port, join(folder, 'b'), 'b');
    await send('hello');
    await all.finish();
    expect(events).toMatchObject([
      { file: 'a', outcome: 'received', bytes: 0 },
      { file: 'b', outcome: 'received', bytes: 5 },
    ]);
  });

  it('wait for the word of an agent about an empty file before the next RECEIVE has the port', async () => {
    let say = (_word: Endorsement): void => {};
    const word = new Promise<Endorsement>((resolve) => {
      say = resolve;
    });
    const { all } = receptions(() => word);
    await all.open(port, join(folder, 'a'), 'a');
    await send('');
    const opening = all.open(port, join(folder, 'b'), 'b');
    say({ kind: 'confirmed' });
    await opening;
    expect(events).toMatchObject([{ file: 'a', outcome: 'received', bytes: 0 }]);
    await all.finish();
  });

  it('refuse a port that is taken, and a folder that is not there', async () => {
    const { all } = receptions();
    await all.open(port, join(folder, 'a'), 'a');
    await expect(all.open(port, join(folder, 'b'), 'b')).rejects.toMatchObject({
      code: 'LISTEN_FAILED',
      message: `the RECEIVE of a still waits for its file on port ${port}`,
    });
    await expect(all.open(0, join(folder, 'no', 'c'), 'c')).rejects.toMatchObject({
      code: 'FILE_UNWRITABLE',
    });
    await all.finish();
  });
});
