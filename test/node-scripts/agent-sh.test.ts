import { execFileSync, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';

const FOLDER = new URL('../../node-scripts/', import.meta.url).pathname;
const AGENT = `${FOLDER}agent.sh`;
const SHELLS: readonly (readonly [string, ...string[]])[] = [['bash'], ['dash'], ['busybox', 'sh']];

test.each([[AGENT], [`${FOLDER}openwrt/functions.sh`]])('%s is clean for shellcheck', async (file) => {
  const child = spawn('shellcheck', ['-s', 'sh', file], { stdio: ['ignore', 'pipe', 'inherit'] });
  expect(await text(child.stdout)).toBe('');
});

test('agent.sh has the version of the package', () => {
  const { version } = JSON.parse(readFileSync(`${FOLDER}../package.json`, 'utf8'));
  expect(readFileSync(AGENT, 'utf8')).toContain(`\nVERSION=${version}\n`);
});

test.each(SHELLS)('agent.sh under %s tells its options', (file, ...words) => {
  const help = execFileSync(file, [...words, AGENT, '--help'], { encoding: 'utf8' });
  const options = [...help.matchAll(/^ {2}(?:-\w, )?(--[a-z-]+)/gm)].map(([, option]) => option);
  expect(options).toEqual([
    ...['--name', '--group', '--functions', '--mqttserver', '--mqtttopic', '--config', '--session-file'],
    ...['--debug', '--help'],
  ]);
});
