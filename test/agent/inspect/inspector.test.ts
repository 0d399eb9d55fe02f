import { once } from 'node:events';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createInspector } from '../../../src/agent/inspect/inspector.ts';
import { systemClock } from '../../../src/base/index.ts';
import { systemProcessTable } from '../../../src/process/index.ts';
import type { InspectQuestion } from '../../../src/protocol/index.ts';
import { freePort } from '../../support/free-port.ts';

const NOTHING: InspectQuestion = { verbs: [], ports: [], ways: [] };

/** A folder with small programs: name → the lines of sh that it consists of. */
function programs(texts: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'inspect-test-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(texts)) {
    writeFileSync(join(folder, name), `#!/bin/sh\n${text}\n`);
    chmodSync(join(folder, name), 0o755);
  }
  return folder;
}

function inspectorIn(workingDirectory = '/') {
  return createInspector({
    environment: { GREETING: '4.5' },
    withheld: ['MQTT_PASSWORD'],
    workingDirectory,
    clock: systemClock,
  });
}

function look(question: Partial<InspectQuestion>, requires = '', folder?: string) {
  return inspectorIn(folder).inspect({
    kind: 'inspect',
    id: 'i1',
    question: { ...NOTHING, ...question },
    needs: { requires, path: folder === undefined ? undefined : `${folder}:${process.env.PATH}` },
  });
}

async function listen(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
}

describe('commands', () => {
  test('are found in the PATH of the script, and asked for their version where it matters', async () => {
    const folder = programs({
      long: '[ "$1" = --version ] && echo long 1.10',
      short: '[ "$1" = -v ] && echo "short 2.0" >&2',
      capital: '[ "$1" = -V ] && echo "$GREETING"',
      failing: 'echo "failing version 6.7"; exit 1',
      silent: 'exit 0',
      refusing: 'echo "usage: refusing 1.2.3.4"; exit 2',
      unasked: 'echo 1.0 >ran',
    });
    const requires =
      'long >= 1.9, short > 1, capital = 4.5, failing >= 6, silent >= 1, refusing >= 1, unasked, absent, absent >= 1, cd > 1, a b';
    expect((await look({}, requires, folder)).commands).toEqual([
      { text: 'long >= 1.9', name: 'long', operator: '>=', wanted: '1.9', state: 'found', version: '1.10' },
      { text: 'short > 1', name: 'short', operator: '>', wanted: '1', state: 'found', version: '2.0' },
      {
        text: 'capital = 4.5',
        name: 'capital',
        operator: '=',
        wanted: '4.5',
        state: 'found',
        version: '4.5',
      },
      {
        text: 'failing >= 6',
        name: 'failing',
        operator: '>=',
        wanted: '6',
        state: 'found',
        version: '6.7',
      },
      {
        text: 'silent >= 1',
        name: 'silent',
        operator: '>=',
        wanted: '1',
        state: 'found',
        reason: 'it tells none with --version, -v, -V',
      },
      {
        text: 'refusing >= 1',
        name: 'refusing',
        operator: '>=',
        wanted: '1',
        state: 'found',
        reason: 'it tells none with --version, -v, -V',
      },
      { text: 'unasked', name: 'unasked', state: 'found' },
      { text: 'absent', name: 'absent', state: 'missing' },
      { text: 'absent >= 1', name: 'absent', operator: '>=', wanted: '1', state: 'missing' },
      {
        text: 'cd > 1',
        name: 'cd',
        operator: '>',
        wanted: '1',
        state: 'found',
        reason: 'bash itself has it',
      },
      { text: 'a b', state: 'malformed' },
    ]);
  });

  test('that hang, with all they start, have their time, and hold up nobody else', async () => {
    const folder = programs({ hangs: 'sleep 1000 & echo "$!" >pid; wait', other: 'echo other 1.2' });
    const { commands } = await look({}, 'hangs >= 1, other >= 1', folder);
    expect(commands).toMatchObject([
      { state: 'found', reason: '--version: it was not over within 5 s' },
      { state: 'found', version: '1.2' },
    ]);
    const pid = Number(readFileSync(join(folder, 'pid'), 'utf8'));
    await expect.poll(() => systemProcessTable.find(pid), { timeout: 20_000, interval: 20 }).toBeUndefined();
  });

  test('see no password', async () => {
    process.env.MQTT_PASSWORD = 's3cret';
    onTestFinished(() => {
      delete process.env.MQTT_PASSWORD;
    });
    const folder = programs({ tells: 'echo "1.$(env | grep -c s3cret)"' });
    expect((await look({}, 'tells >= 1', folder)).commands).toMatchObject([{ version: '1.0' }]);
  });
});

describe('ports', () => {
  test('are free, or listened on by somebody', async () => {
    const [taken, free] = [await listen(), await freePort()];
    expect((await look({ ports: [taken, free] })).ports).toEqual([
      { port: taken, state: 'listening', owners: [expect.stringMatching(`^\\S.* \\(${process.pid}\\)$`)] },
      { port: free, state: 'free' },
    ]);
  });
});

describe('ways', () => {
  test('to a port: taken, refused, unknown name', async () => {
    const [taken, free] = [await listen(), await freePort()];
    const ways = [
      { host: '127.0.0.1', port: taken },
      { host: '127.0.0.1', port: free },
      { host: 'no-such-host.invalid', port: 1 },
    ];
    expect((await look({ ways })).ways).toEqual([
      { ...ways[0], state: 'open', by: 'tcp' },
      { ...ways[1], state: 'refused', by: 'tcp' },
      {
        ...ways[2],
        state: 'unreachable',
        by: 'tcp',
        reason: expect.stringMatching(/^(there is no such name|the name server does not answer) /),
      },
    ]);
  });

  test.each([
    ['echo 1 received', 'answered', undefined],
    ['echo 0 received; exit 1', 'silent', 'no answer to a ping within 1s'],
    ['echo "From 10.0.0.9 Destination Host Unreachable"; exit 1', 'unreachable', /Unreachable/],
    ['echo "ping: connect: Network is unreachable" >&2; exit 2', 'unreachable', /Network/],
    ['echo "ping: socket: Operation not permitted" >&2; exit 2', 'unknown', /not permitted/],
    ['echo "bad option" >&2; exit 64', 'unknown', /bad option/],
  ])('without a port, where ping does "%s": %s', async (text, state, reason) => {
    const folder = programs({ ping: `[ "$*" = "-c1 -W1 10.0.0.1" ] || exit 99\n${text}` });
    const [way] = (await look({ ways: [{ host: '10.0.0.1' }] }, '', folder)).ways;
    expect(way).toMatchObject({ host: '10.0.0.1', state, by: 'ping' });
    if (reason) expect(way?.reason).toMatch(reason);
    else expect(way).not.toHaveProperty('reason');
  });

  test('without a port and without ping', async () => {
    const needs = { requires: '', path: '/nowhere' };
    const question = { ...NOTHING, ways: [{ host: '10.0.0.1' }] };
    const { ways } = await inspectorIn().inspect({ kind: 'inspect', id: 'i1', question, needs });
    expect(ways).toEqual([
      {
        host: '10.0.0.1',
        state: 'unknown',
        by: 'ping',
        reason: 'there is no program ping, and no port to connect to',
      },
    ]);
  });
});

test('space: of the working folder, and for temporary files', async () => {
  const folder = programs({});
  expect((await look({}, '', folder)).folders).toEqual([
    { use: 'working', folder, freeBytes: expect.any(Number) },
    { use: 'temporary', folder: tmpdir(), freeBytes: expect.any(Number) },
  ]);
  rmSync(folder, { recursive: true });
  expect((await look({}, '', folder)).folders[0]).toEqual({
    use: 'working',
    folder,
    reason: expect.stringContaining('No such file'),
  });
});

test('however much there is to look at, it is given up in the end', async () => {
  const folder = programs({ hangs: 'sleep 1000' });
  const inspector = inspectorIn(folder);
  const looking = inspector.inspect({
    kind: 'inspect',
    id: 'i1',
    question: NOTHING,
    needs: { requires: 'hangs >= 1, hangs >= 2', path: `${folder}:${process.env.PATH}` },
  });
  inspector.giveUp();
  expect((await looking).commands).toEqual([
    { text: 'hangs >= 1', state: 'unknown', reason: 'the agent ends' },
    { text: 'hangs >= 2', state: 'unknown', reason: 'the agent ends' },
  ]);
});
