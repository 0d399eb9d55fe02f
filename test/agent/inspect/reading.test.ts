import { describe, expect, test } from 'vitest';
import { findNamedVersion, findVersion } from '../../../src/agent/inspect/find-version.ts';
import { parseRequirements } from '../../../src/agent/inspect/requirements.ts';

describe('what a node script requires', () => {
  test('entries stand between commas or on lines', () => {
    expect(parseRequirements('iperf3 >= 3.9, ncat\n\n tc>6 ,\tnet.tool = 1.2.3')).toEqual([
      {
        kind: 'command',
        text: 'iperf3 >= 3.9',
        name: 'iperf3',
        version: { operator: '>=', wanted: '3.9' },
      },
      { kind: 'command', text: 'ncat', name: 'ncat' },
      { kind: 'command', text: 'tc>6', name: 'tc', version: { operator: '>', wanted: '6' } },
      {
        kind: 'command',
        text: 'net.tool = 1.2.3',
        name: 'net.tool',
        version: { operator: '=', wanted: '1.2.3' },
      },
    ]);
  });

  test.each([[''], [' , \n,']])('%j is nothing', (text) => {
    expect(parseRequirements(text)).toEqual([]);
  });

  test('an entry counts once', () => {
    expect(parseRequirements('ncat,  ncat').map(({ text }) => text)).toEqual(['ncat']);
  });

  test.each([
    ['iperf3 >= new'],
    ['iperf3 3.9'],
    ['iperf3 <= 3.9'],
    ['-rf'],
    ['a;b'],
    ['$(id)'],
    ['iperf3 >='],
    ['x'.repeat(1000)],
  ])('%s is malformed', (text) => {
    expect(parseRequirements(text)).toEqual([{ kind: 'malformed', text: text.slice(0, 200) }]);
  });

  test('no more than fit into an answer', () => {
    const many = Array.from({ length: 1000 }, (_, index) => `c${index}`).join();
    expect(parseRequirements(many)).toHaveLength(100);
  });
});

test.each([
  ['iperf 3.12 (cJSON 1.7.15)\nLinux', '3.12'],
  ['iperf3 version 3.9', '3.9'],
  ['Ncat: Version 7.93 ( https://nmap.org/ncat )', '7.93'],
  ['OpenSSH_9.2p1 Debian-2+deb12u3, OpenSSL 3.0.13', '9.2'],
  ['GNU bash, version 5.2.15(1)-release', '5.2.15'],
  ['less 590 (GNU regular expressions)', '590'],
  ['jq-1.6', '1.6'],
  ['v18.20.4', '18.20.4'],
  ['iperf3', undefined],
  ['', undefined],
])('the version in %j is %s', (text, version) => {
  expect(findVersion(text)).toBe(version);
});

test.each([
  ['mosquitto_sub version 2.0.11 running on libmosquitto 2.0.11.', '2.0.11'],
  ['usage: tool [-46] 1.2.3.4', undefined],
])('the version in %j of a program that failed is %s', (text, version) => {
  expect(findNamedVersion(text)).toBe(version);
});
