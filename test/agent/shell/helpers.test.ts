import { createServer } from 'node:net';
import { expect, test } from 'vitest';
import { createTestShell } from './test-shell.ts';

test('statuses and updates arrive in order, whole, with their command, before the function has ended', async () => {
  const t = createTestShell(`
    start() {
      publish_mqtt first
      for ((i = 0; i < 300; i++)); do update "$i"; done
      publish_mqtt 'two  words' and more
    }
  `);
  await t.load();
  await t.run('start');
  expect(t.statuses).toEqual([
    { commandId: 'c1', text: 'first' },
    { commandId: 'c1', text: 'two  words and more' },
  ]);
  expect(t.updates.map(({ text }) => text)).toEqual(Array.from({ length: 300 }, (_, i) => String(i)));
});

test('any text, also 100 kB', async () => {
  const t = createTestShell('say() { update "$1"; }');
  await t.load();
  const texts = [
    '',
    '\n',
    '\\n',
    '\\',
    'a\tb\tc',
    'ä€😀'.repeat(200),
    '\'"'.repeat(50_000),
    '\n\\'.repeat(1000),
  ];
  for (const text of texts) await t.run('say', text);
  expect(t.updates.map(({ text }) => text)).toEqual(texts);
});

test('they work with stdout and stderr closed, in subshells, in child shells and from the background', async () => {
  const t = createTestShell(`
    start() {
      exec 1>&- 2>&-
      (update subshell)
      bash -c 'update "child $1"' _ shell
      while ! [[ -e go ]]; do sleep 0.01; done && update background &
    }
    go() { : >go; }
  `);
  await t.load();
  await t.run('start');
  await t.run('go');
  await t.until(() => t.updates.length === 3);
  expect(t.updates).toEqual([
    { commandId: 'c1', text: 'subshell' },
    { commandId: 'c1', text: 'child shell' },
    { commandId: 'c1', text: 'background' },
  ]);
});

test('long texts of several writers at once do not mix', async () => {
  const t = createTestShell(`
    start() {
      for writer in a b c d; do
        for ((i = 0; i < 20; i++)); do update "$(printf "%07000d" 0 | tr 0 "$writer")"; done &
      done
      wait
    }
  `);
  await t.load();
  await t.run('start');
  expect(t.updates).toHaveLength(80);
  for (const { text } of t.updates) expect(text).toMatch(/^(a{7000}|b{7000}|c{7000}|d{7000})$/);
});

test('what is said outside any command has no command', async () => {
  const t = createTestShell('publish_mqtt loading');
  await t.load();
  expect(t.statuses).toEqual([{ commandId: undefined, text: 'loading' }]);
});

test('wait_port sees a listening port without connecting to it, and gives up after its time', async () => {
  let connections = 0;
  const server = createServer(() => {
    connections += 1;
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  const port = typeof address === 'object' ? String(address?.port) : '';
  const t = createTestShell('wait() { wait_port "$@"; }');
  await t.load();
  expect(await t.run('wait', port)).toMatchObject({ code: 0 });
  expect(connections).toBe(0);
  await new Promise((resolve) => {
    server.close(resolve);
  });
  expect(await t.run('wait', port, '0')).toMatchObject({ code: 1 });
  expect(await t.run('wait')).toMatchObject({ code: 2, stderrTail: expect.stringContaining('usage') });
  expect(await t.run('wait', 'http')).toMatchObject({ code: 2 });
});
