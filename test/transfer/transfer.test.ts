import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createReadStream, existsSync, openSync, truncateSync } from 'node:fs';
import { appendFile, mkdtemp, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/base/index.ts';
import { receiveFile, sendFile } from '../../src/transfer/index.ts';
import { freePort } from '../support/free-port.ts';

const LOOPBACK = '127.0.0.1';
const never = new AbortController().signal;

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'transfer-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

function send(
  file: string,
  port: number,
  more: { truncate?: boolean; signal?: AbortSignal; patienceMs?: number } = {},
) {
  return sendFile({
    file,
    host: LOOPBACK,
    port,
    truncate: false,
    clock: systemClock,
    signal: never,
    ...more,
  });
}

async function sourceFile(bytes: number): Promise<{ file: string; content: Buffer }> {
  const content = randomBytes(bytes);
  const file = join(folder, 'source');
  await writeFile(file, content);
  return { file, content };
}

/** `ncat -l` on a free port, as a shell would start it in the background. */
async function startNcat(out: string) {
  const probe = createServer().listen(0, LOOPBACK);
  await once(probe, 'listening');
  const { port } = probe.address() as { port: number };
  probe.close();
  await once(probe, 'close');
  const stdio = [openSync('/dev/null', 'r'), openSync(out, 'w'), 'pipe'] as const;
  const ncat = spawn('ncat', ['-v', '-l', LOOPBACK, String(port)], { stdio: [...stdio] });
  const listening = new Promise<void>((resolve) => {
    let said = '';
    ncat.stderr?.on('data', (text: Buffer) => {
      said += text;
      if (said.includes('Listening')) resolve();
    });
  });
  await listening;
  return { port, ended: once(ncat, 'exit') };
}

describe('our sender and our receiver', () => {
  it.each([0, 1, 300_000, 50_000_000])('move %i bytes', async (size) => {
    const { file, content } = await sourceFile(size);
    const target = join(folder, 'target');
    const verify = async () => ({ kind: 'confirmed' }) as const;
    const receiver = await receiveFile({ port: 0, file: target, host: LOOPBACK, verify });
    expect(await send(file, receiver.port)).toEqual({ kind: 'sent', bytes: size, warnings: [] });
    expect(await receiver.ended).toEqual({ kind: 'received', bytes: size });
    expect((await readFile(target)).equals(content)).toBe(true);
    expect(existsSync(`${target}.partial`)).toBe(false);
  });

  it('keep what does not pass the check as .partial, and leave the old file alone', async () => {
    const { file } = await sourceFile(1000);
    const target = join(folder, 'target');
    await writeFile(target, 'before');
    const receiver = await receiveFile({
      port: 0,
      file: target,
      verify: async ({ bytes }) => ({ kind: 'contradicted', reason: `${bytes} are too few` }),
    });
    await send(file, receiver.port);
    expect(await receiver.ended).toEqual({ kind: 'failed', bytes: 1000, reason: '1000 are too few' });
    expect(await readFile(target, 'utf8')).toBe('before');
    expect((await stat(`${target}.partial`)).size).toBe(1000);
  });
});

describe('sendFile', () => {
  it('reaches ncat that has ended its own side first, whole, and truncates only then', async () => {
    const { file, content } = await sourceFile(50_000_000);
    const out = join(folder, 'out');
    const ncat = await startNcat(out);
    expect(await send(file, ncat.port, { truncate: true })).toMatchObject({
      kind: 'sent',
      bytes: 50_000_000,
    });
    await ncat.ended;
    expect((await readFile(out)).equals(content)).toBe(true);
    expect((await stat(file)).size).toBe(0);
  });

  it('leaves the file as it is when the receiver cuts the connection', async () => {
    const { file } = await sourceFile(5_000_000);
    const server = await startServer((socket) => socket.once('data', () => socket.resetAndDestroy()));
    const sending = await send(file, portOf(server), { truncate: true });
    expect(sending).toMatchObject({
      kind: 'failed',
      reason: expect.stringMatching(
        /^127\.0\.0\.1 port \d+ broke off, and has not stored all of it: .*(ECONNRESET|EPIPE)/,
      ),
    });
    expect((await stat(file)).size).toBe(5_000_000);
    server.close();
  });

  it('does not believe a receiver that never confirms the end', async () => {
    const { file } = await sourceFile(10);
    const sockets: Socket[] = [];
    const server = await startServer((socket) => sockets.push(socket.resume()));
    expect(await send(file, portOf(server), { truncate: true, patienceMs: 100 })).toMatchObject({
      kind: 'failed',
      reason: expect.stringContaining('did not close the connection'),
    });
    expect((await stat(file)).size).toBe(10);
    for (const socket of sockets) socket.destroy();
    server.close();
  });

  it('keeps a file that has grown while it was sent', async () => {
    const { file } = await sourceFile(10);
    const server = await startServer((socket) => {
      socket.resume().once('end', () => void appendFile(file, 'more').then(() => socket.end()));
    });
    const sending = await send(file, portOf(server), { truncate: true });
    expect(sending).toMatchObject({ kind: 'sent', warnings: [expect.stringContaining('grown by 4 bytes')] });
    expect((await stat(file)).size).toBe(14);
    server.close();
  });

  it('sends what a file has left that shrinks meanwhile, and says how much that was', async () => {
    const { file } = await sourceFile(5_000_000);
    let arrived = 0;
    const server = await startServer((socket) => {
      socket.once('data', () => truncateSync(file, 1_000_000));
      socket.on('data', (chunk) => {
        arrived += chunk.length;
      });
      socket.once('end', () => socket.end());
    });
    const sending = await send(file, portOf(server));
    expect(sending.kind).toBe('sent');
    expect(sending.bytes).toBe(arrived);
    expect(arrived).toBeLessThanOrEqual(5_000_000);
    server.close();
  });

  it('is interrupted also while it waits for the end to be confirmed', async () => {
    const { file } = await sourceFile(10);
    const abort = new AbortController();
    const sockets: Socket[] = [];
    const server = await startServer((socket) => {
      sockets.push(socket);
      socket.resume().once('end', () => abort.abort());
    });
    expect(await send(file, portOf(server), { truncate: true, signal: abort.signal })).toMatchObject({
      kind: 'failed',
      reason: 'it was interrupted',
    });
    expect((await stat(file)).size).toBe(10);
    for (const socket of sockets) socket.destroy();
    server.close();
  });

  it('reaches a receiver that listens only a moment later', async () => {
    const { file, content } = await sourceFile(1000);
    const port = await freePort();
    const sending = send(file, port);
    for (let refusals = 0; refusals < 10; refusals += 1)
      await expect(once(connect({ port, host: LOOPBACK }), 'connect')).rejects.toThrow('ECONNREFUSED');
    const target = join(folder, 'target');
    const receiver = await receiveFile({ port, file: target, host: LOOPBACK });
    expect(await sending).toMatchObject({ kind: 'sent', bytes: 1000 });
    await receiver.ended;
    expect((await readFile(target)).equals(content)).toBe(true);
  });

  it('does not wait for the other end of a pipe', async () => {
    const pipe = join(folder, 'pipe');
    await once(spawn('mkfifo', [pipe]), 'exit');
    expect(await send(pipe, 1)).toMatchObject({ reason: expect.stringContaining('no regular file') });
  });

  it('says why it cannot: no file, a folder, nobody listening, interrupted', async () => {
    const { file } = await sourceFile(10);
    expect(await send(join(folder, 'none'), 1)).toMatchObject({
      reason: expect.stringContaining('there is no file'),
    });
    expect(await send(folder, 1)).toMatchObject({ reason: expect.stringContaining('no regular file') });
    const server = await startServer(() => {});
    const port = portOf(server);
    server.close();
    await once(server, 'close');
    expect(await send(file, port)).toMatchObject({ reason: expect.stringContaining('ECONNREFUSED') });
    const abort = new AbortController();
    const silent = await startServer((socket) => {
      socket.pause();
      abort.abort();
    });
    const big = await sourceFile(20_000_000);
    expect(await send(big.file, portOf(silent), { signal: abort.signal })).toMatchObject({
      kind: 'failed',
      reason: 'it was interrupted',
    });
    silent.close();
  });
});

describe('receiveFile', () => {
  it.each([
    ['nobody knows of it', 'unknown', { kind: 'received', bytes: 0 }],
    ['its sender says so', 'confirmed', { kind: 'received', bytes: 0 }],
    ['the sender denies it', 'contradicted', { kind: 'nothing' }],
  ] as const)('judges at the end what a connection without a byte was: %s', async (_, kind, reception) => {
    const target = join(folder, 'target');
    const receiver = await receiveFile({
      port: 0,
      file: target,
      host: LOOPBACK,
      verify: async () => ({ kind, reason: 'no' }),
    });
    await visit(receiver.port);
    receiver.close('over');
    expect(await receiver.ended).toEqual(reception);
    expect(existsSync(target)).toBe(kind !== 'contradicted');
    expect(existsSync(`${target}.partial`)).toBe(false);
  });

  it('waits for the file whoever else connects: without a byte, with a reset, to stay', async () => {
    const { file, content } = await sourceFile(300_000);
    const target = join(folder, 'target');
    const receiver = await receiveFile({ port: 0, file: target, host: LOOPBACK });
    await visit(receiver.port);
    const reset = connect({ port: receiver.port, host: LOOPBACK });
    await once(reset, 'connect');
    reset.resetAndDestroy();
    const idle = connect({ port: receiver.port, host: LOOPBACK });
    await once(idle, 'connect');
    const sentAway = once(idle, 'close').catch(() => {});
    expect(await send(file, receiver.port)).toMatchObject({ kind: 'sent', bytes: 300_000 });
    expect(await receiver.ended).toEqual({ kind: 'received', bytes: 300_000 });
    expect((await readFile(target)).equals(content)).toBe(true);
    await sentAway;
  });

  it('has room for the sender however many connect and say nothing', async () => {
    const { file } = await sourceFile(10);
    const receiver = await receiveFile({ port: 0, file: join(folder, 'target'), host: LOOPBACK });
    const idle = Array.from({ length: 100 }, () => connect({ port: receiver.port, host: LOOPBACK }));
    let sentAway = 0;
    for (const socket of idle) {
      socket.on('error', () => {});
      socket.once('close', () => {
        sentAway += 1;
      });
    }
    await expect.poll(() => sentAway).toBe(36);
    expect(await send(file, receiver.port)).toMatchObject({ kind: 'sent' });
    expect(await receiver.ended).toEqual({ kind: 'received', bytes: 10 });
  });

  it('gives up a sender that stalls, which then does not believe that it was stored', async () => {
    const receiver = await receiveFile({ port: 0, file: join(folder, 'target'), host: LOOPBACK });
    const sender = connect({ port: receiver.port, host: LOOPBACK }).resume();
    sender.write('half');
    await expect.poll(() => receiver.isListening).toBe(false);
    const cut = expect(once(sender, 'close')).rejects.toMatchObject({ code: 'ECONNRESET' });
    receiver.close('it took too long');
    expect(await receiver.ended).toEqual({ kind: 'failed', bytes: 4, reason: 'it took too long' });
    await cut;
  });

  it('refuses a second sender afterwards', async () => {
    const { file } = await sourceFile(10);
    const receiver = await receiveFile({ port: 0, file: join(folder, 'target'), host: LOOPBACK });
    await send(file, receiver.port);
    await receiver.ended;
    expect(await send(file, receiver.port)).toMatchObject({
      kind: 'failed',
      bytes: 0,
      reason: expect.stringContaining('ECONNREFUSED'),
    });
  });

  it('takes what ncat sends', async () => {
    const { file, content } = await sourceFile(300_000);
    const target = join(folder, 'target');
    const receiver = await receiveFile({ port: 0, file: target });
    const ncat = spawn('ncat', ['--send-only', LOOPBACK, String(receiver.port)], {
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    createReadStream(file).pipe(ncat.stdin);
    await once(ncat, 'exit');
    expect(await receiver.ended).toEqual({ kind: 'received', bytes: 300_000 });
    expect((await readFile(target)).equals(content)).toBe(true);
  });

  it('tells a second sender at once that nobody listens', async () => {
    const receiver = await receiveFile({ port: 0, file: join(folder, 'target'), host: LOOPBACK });
    const first = connect({ port: receiver.port, host: LOOPBACK });
    await once(first, 'connect');
    first.write('one');
    await expect.poll(() => receiver.isListening).toBe(false);
    const second = connect({ port: receiver.port, host: LOOPBACK });
    await expect(once(second, 'connect')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    first.end();
    expect(await receiver.ended).toEqual({ kind: 'received', bytes: 3 });
  });

  it('keeps a broken transfer as .partial', async () => {
    const target = join(folder, 'target');
    const receiver = await receiveFile({ port: 0, file: target, host: LOOPBACK });
    const sender = connect({ port: receiver.port, host: LOOPBACK });
    sender.write('half');
    await expect.poll(async () => (await stat(`${target}.partial`)).size).toBe(4);
    sender.resetAndDestroy();
    expect(await receiver.ended).toMatchObject({ kind: 'failed', reason: expect.stringContaining('broke') });
    expect(existsSync(target)).toBe(false);
    expect(existsSync(`${target}.partial`)).toBe(true);
  });

  it('leaves nothing behind when nobody comes', async () => {
    const target = join(folder, 'target');
    const receiver = await receiveFile({ port: 0, file: target });
    receiver.close('over');
    expect(await receiver.ended).toEqual({ kind: 'nothing' });
    expect(existsSync(`${target}.partial`)).toBe(false);
  });

  it('keeps the .partial of an earlier transfer until somebody sends', async () => {
    const target = join(folder, 'target');
    const partial = `${target}.partial`;
    await writeFile(partial, 'what came before');
    const receiver = await receiveFile({ port: 0, file: join(folder, 'other'), host: LOOPBACK });
    await expect(receiveFile({ port: receiver.port, file: target, host: LOOPBACK })).rejects.toMatchObject({
      code: 'LISTEN_FAILED',
    });
    expect(await readFile(partial, 'utf8')).toBe('what came before');
    receiver.close('over');

    const unused = await receiveFile({ port: 0, file: target, host: LOOPBACK });
    unused.close('over');
    expect(await unused.ended).toEqual({ kind: 'nothing' });
    expect(await readFile(partial, 'utf8')).toBe('what came before');

    const broken = await receiveFile({ port: 0, file: target, host: LOOPBACK });
    const sender = connect({ port: broken.port, host: LOOPBACK });
    sender.write('half');
    await expect.poll(() => readFile(partial, 'utf8')).toBe('half');
    sender.resetAndDestroy();
    expect(await broken.ended).toMatchObject({ kind: 'failed' });
    expect(await readFile(partial, 'utf8')).toBe('half');
  });

  it('takes nothing of an earlier .partial for an empty file', async () => {
    const target = join(folder, 'target');
    await writeFile(`${target}.partial`, 'what came before');
    const verify = async () => ({ kind: 'confirmed' }) as const;
    const receiver = await receiveFile({ port: 0, file: target, host: LOOPBACK, verify });
    await visit(receiver.port);
    expect(await receiver.ended).toEqual({ kind: 'received', bytes: 0 });
    expect(await readFile(target, 'utf8')).toBe('');
  });

  it('says which port or file is the trouble', async () => {
    const taken = await receiveFile({ port: 0, file: join(folder, 'one') });
    await expect(receiveFile({ port: taken.port, file: join(folder, 'two') })).rejects.toMatchObject({
      code: 'LISTEN_FAILED',
      message: expect.stringContaining(`port ${taken.port} cannot be listened on`),
    });
    expect(existsSync(join(folder, 'two.partial'))).toBe(false);
    taken.close('over');
    await taken.ended;
    await expect(receiveFile({ port: 0, file: join(folder, 'no', 'such') })).rejects.toMatchObject({
      code: 'FILE_UNWRITABLE',
    });
    await expect(receiveFile({ port: 0, file: folder })).rejects.toMatchObject({ code: 'FILE_UNWRITABLE' });
    await expect(receiveFile({ port: 0, file: '/dev/null' })).rejects.toMatchObject({
      message: expect.stringContaining('no regular file'),
    });
    const victim = join(folder, 'victim');
    await writeFile(victim, 'precious');
    await symlink(victim, join(folder, 'link.partial'));
    await expect(receiveFile({ port: 0, file: join(folder, 'link') })).rejects.toMatchObject({
      code: 'FILE_UNWRITABLE',
    });
    expect(await readFile(victim, 'utf8')).toBe('precious');
  });
});

/** Connects, sends nothing, and goes when the other end does. */
async function visit(port: number): Promise<void> {
  const socket = connect({ port, host: LOOPBACK }).resume();
  socket.end();
  await once(socket, 'close');
}

async function startServer(onSocket: (socket: Socket) => void): Promise<Server> {
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on('error', () => {});
    onSocket(socket);
  }).listen(0, LOOPBACK);
  await once(server, 'listening');
  return server;
}

function portOf(server: Server): number {
  return (server.address() as { port: number }).port;
}
