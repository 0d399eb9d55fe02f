import { readFile, stat } from 'node:fs/promises';
import { connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { beforeAll, expect, inject, it, onTestFinished } from 'vitest';
import { freePort } from '../support/free-port.ts';
import { type Broker, describeOnEachBroker } from './support/brokers.ts';
import { createLab } from './support/lab.ts';
import { PATIENCE } from './support/patience.ts';

let broker: Broker;

const HOST = '127.0.0.1';

const SCRIPT = `
knockFunction() { ncat --send-only ${HOST} "$1" </dev/null; }
stayFunction() { sleep 600 | ncat --send-only ${HOST} "$1" & }
goFunction() { :; }
`;

const sizeOf = async (file: string): Promise<number | undefined> =>
  (await stat(file).catch(() => undefined))?.size;

describeOnEachBroker('files', (shared) => {
  beforeAll(() => {
    broker = shared();
  });

  it('0: names with blanks, an empty file, TRUNCATE, the same port again', async () => {
    const lab = await createLab(broker);
    await lab.agent('node1');
    const port = await freePort();
    await lab.write('the log of node1', 'hello');
    await lab.write('empty', '');
    const { code, stdout } = await lab.run([
      `RECEIVE ${port} what came first`,
      `SEND node1 SENDFILE "the log of node1" ${HOST} ${port} TRUNCATE`,
      'WAITFOR node1 SENT FILE',
      `RECEIVE ${port} nothing in it`,
      `SEND node1 SENDFILE empty ${HOST} ${port}`,
      'WAITFOR node1 SENT FILE',
      `RECEIVE ${port} emptied`,
      `SEND node1 SENDFILE "the log of node1" ${HOST} ${port}`,
      'WAITFOR node1 SENT FILE',
    ]);
    expect(stdout).toContain(`received what came first (5 bytes) on port ${port}`);
    expect(stdout).toContain(`received nothing in it (0 bytes) on port ${port}`);
    expect(stdout).toContain(`received emptied (0 bytes) on port ${port}`);
    expect(code, stdout).toBe(0);
    expect(await readFile(join(lab.folder, 'what came first'), 'utf8')).toBe('hello');
    expect(await sizeOf(join(lab.folder, 'nothing in it'))).toBe(0);
  });

  it('0: who only knocks at the port, or stays without a word, does not get the file of the agent', async () => {
    const lab = await createLab(broker);
    await lab.agent('node1', { script: SCRIPT });
    await lab.agent('node2', { script: SCRIPT });
    await lab.write('log', 'hello');
    const port = await freePort();
    const { code, stdout } = await lab.run([
      `RECEIVE ${port} log.txt`,
      `SEND node1 KNOCK ${port}`,
      'WAITFOR node1 KNOCK-DONE',
      `SEND node1 STAY ${port}`,
      'WAITFOR node1 STAY-DONE',
      `SEND node2 SENDFILE log ${HOST} ${port}`,
      'WAITFOR node2 SENT FILE',
    ]);
    expect(stdout).toContain(`received log.txt (5 bytes) on port ${port}`);
    expect(code, stdout).toBe(0);
    expect(await readFile(join(lab.folder, 'log.txt'), 'utf8')).toBe('hello');
  });

  it.each([
    ['a port in use', 'log.txt', 'cannot be listened on: something else listens there'],
    ['a folder that is not there', 'no/such/log.txt', 'no/such/log.txt cannot be written: ENOENT'],
    ['a place where nothing can be written', '/proc/log.txt', '/proc/log.txt cannot be written: ENOENT'],
    ['a folder', '.', 'cannot be written: it is a folder'],
  ])('1: RECEIVE into %s', async (what, file, reason) => {
    const lab = await createLab(broker);
    const port = await freePort();
    if (what === 'a port in use') await listenOn(port);
    const { code, stdout } = await lab.run([`RECEIVE ${port} ${file}`, 'WAIT 600']);
    expect(stdout).toMatch(/FAILED \(1 step failed\) in .*\n {2}1\/2 {2}RECEIVE /);
    expect(stdout).toContain(reason);
    expect(code, stdout).toBe(1);
  });

  it('1: what came of a transfer that is reset is kept as .partial', async () => {
    const lab = await createLab(broker);
    await lab.agent('node1', { script: SCRIPT });
    const port = await freePort();
    const run = await lab.startRun([`RECEIVE ${port} log.txt`, 'WAITFOR node1 GO-DONE']);
    const sender = await connectTo(port);
    sender.write('half');
    await expect.poll(() => sizeOf(join(lab.folder, 'log.txt.partial')), PATIENCE).toBe(4);
    sender.resetAndDestroy();
    await run.printed(/did not arrive whole/);
    await lab.publish('node1/COMMAND', 'GO');
    const { code, stdout } = await run.ended;
    expect(stdout).toContain(
      `RECEIVE ${port} log.txt: the connection broke: read ECONNRESET; what came is in log.txt.partial`,
    );
    expect(code, stdout).toBe(1);
    expect(await sizeOf(join(lab.folder, 'log.txt'))).toBeUndefined();
  });

  it('4: an agent that is killed while it sends has not sent its file', async () => {
    const lab = await createLab(broker);
    const agent = await lab.agent('node1');
    await lab.program('truncate', ['-s', '2G', 'log']).ended;
    const port = await freePort();
    const run = await lab.startRun(
      [`RECEIVE ${port} log.txt`, `SEND node1 SENDFILE log ${HOST} ${port}`, 'WAITFOR node1 SENT FILE'],
      ['--offline-grace', '300ms'],
    );
    await expect.poll(() => sizeOf(join(lab.folder, 'log.txt.partial')), PATIENCE).toBeGreaterThan(0);
    agent.signal('SIGKILL');
    const { code, stdout } = await run.ended;
    expect(stdout).toContain('node1: it was lost: the broker said OFFLINE and it did not come back');
    expect(stdout).toMatch(/RECEIVE \d+ log\.txt: .*; what came is in log\.txt\.partial/);
    expect(code, stdout).toBe(4);
    expect(await sizeOf(join(lab.folder, 'log.txt'))).toBeUndefined();
    expect(await sizeOf(join(lab.folder, 'log.txt.partial'))).toBeGreaterThan(0);
  });

  it('1: a full disk is said on both sides, and the sender keeps its file', async () => {
    const lab = await createLab(broker);
    await lab.agent('node1');
    const log = await lab.write('log', 'x'.repeat(100_000));
    const port = await freePort();
    const playbook = await lab.write(
      'full.playbook',
      [
        `RECEIVE ${port} log.txt`,
        `SEND node1 SENDFILE log ${HOST} ${port} TRUNCATE`,
        'WAITFOR node1 FAILED',
        '',
      ].join('\n'),
    );
    // As on a full disk, a write fails that would make a file longer than 50 kB.
    const words = [process.execPath, inject('program'), 'run', ...lab.where, '-p', playbook];
    const { code, stdout } = await lab.program('bash', ['-c', 'ulimit -f 50; exec "$@"', 'bash', ...words])
      .ended;
    expect(stdout).toContain('log.txt did not arrive whole');
    expect(stdout).toContain(`RECEIVE ${port} log.txt: it cannot be written: EFBIG: file too large, write`);
    expect(code, stdout).toBe(1);
    expect(await sizeOf(log)).toBe(100_000);
    expect(await sizeOf(join(lab.folder, 'log.txt'))).toBeUndefined();
    expect(await sizeOf(join(lab.folder, 'log.txt.partial'))).toBe(50 * 1024);
  });

  it('1: of two senders on one port one is refused, and the file is that of the other', async () => {
    const lab = await createLab(broker);
    await lab.agent('node1');
    await lab.agent('node2');
    await lab.write('log', 'y'.repeat(3_000_000));
    const port = await freePort();
    const { code, stdout } = await lab.run([
      `RECEIVE ${port} log.txt`,
      `SEND node1,node2 SENDFILE log ${HOST} ${port}`,
    ]);
    expect(stdout).toContain(`received log.txt (3.0 MB) on port ${port}`);
    expect(stdout).toMatch(/\n {2}node[12]: SENDFILE log .* failed: .*(ECONNREFUSED|ECONNRESET|EPIPE)/);
    expect(code, stdout).toBe(1);
    expect(await sizeOf(join(lab.folder, 'log.txt'))).toBe(3_000_000);
  });

  it('1: SENDFILE says what is wrong with its file, its words, or the other end', async () => {
    const lab = await createLab(broker);
    await lab.agent('node1');
    await lab.write('log', 'hello');
    const port = await freePort();
    const { code, stdout } = await lab.run([
      `SEND node1 SENDFILE none ${HOST} ${port}`,
      'WAITFOR node1 FAILED',
      `SEND node1 SENDFILE . ${HOST} ${port}`,
      'WAITFOR node1 FAILED',
      `SEND node1 SENDFILE log ${HOST} 65536`,
      'WAITFOR node1 FAILED',
      `SEND node1 SENDFILE log ${HOST} ${port}`,
    ]);
    expect(stdout).toMatch(/there is no file .*none/);
    expect(stdout).toMatch(/is no regular file/);
    expect(stdout).toMatch(/SENDFILE needs <file> <host> <port> and perhaps TRUNCATE/);
    expect(stdout).toMatch(
      new RegExp(
        `\\n  node1: SENDFILE log .* failed: ${HOST} port ${port} cannot be reached: .*ECONNREFUSED`,
      ),
    );
    expect(code, stdout).toBe(1);
  });

  async function listenOn(port: number): Promise<void> {
    const server = createServer();
    onTestFinished(() => void server.close());
    await new Promise<void>((resolve) => server.listen(port, resolve));
  }

  /** A connection to a RECEIVE, as soon as it listens. */
  async function connectTo(port: number): Promise<Socket> {
    let connected: Socket | undefined;
    await expect
      .poll(async () => {
        connected = await tryToConnect(port);
        return connected !== undefined;
      }, PATIENCE)
      .toBe(true);
    const socket = connected ?? expect.fail();
    onTestFinished(() => void socket.destroy());
    return socket;
  }

  function tryToConnect(port: number): Promise<Socket | undefined> {
    return new Promise((resolve) => {
      const socket = connect(port, HOST);
      socket.once('connect', () => resolve(socket));
      socket.on('error', () => resolve(undefined));
    });
  }
});
