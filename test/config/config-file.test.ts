import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseConfigFile } from '../../src/config/index.ts';

const readValue = (line: string): string | undefined => parseConfigFile(line).assignments[0]?.value;

describe('what a shell would read, is read', () => {
  it.each([
    ['MQTT_SERVER=192.168.11.1', '192.168.11.1'],
    ['  export  MQTT_TOPIC=testlab   # our lab', 'testlab'],
    ['A=b#c', 'b#c'],
    ['A=', ''],
    ['A=""', ''],
    ['A="site 7"/\'lab\'', 'site 7/lab'],
    [`A='a$b"c'`, 'a$b"c'],
    ['A="a\\$b\\"c\\d"', 'a$b"c\\d'],
    ['A=a\\ b\\\\', 'a b\\'],
    ['A="100$"', '100$'],
    ['A=mqtt://u:p@host:1883', 'mqtt://u:p@host:1883'],
    ['A=x\r', 'x'],
    ['\uFEFFA=x', 'x'],
  ])('%j', (line, value) => {
    expect(parseConfigFile(line)).toMatchObject({ assignments: [{ value }], problems: [] });
  });

  it('says where each value stands', () => {
    expect(parseConfigFile('# mine\n\nexport A=1\n B=2').assignments).toEqual([
      { key: 'A', value: '1', line: 3, column: 10 },
      { key: 'B', value: '2', line: 4, column: 4 },
    ]);
  });
});

describe('what a shell would expand or run, is a located problem', () => {
  it.each([
    ['A=$HOME', 3, 'single quotes'],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the shell's, not ours
    ['A="x ${B}"', 6, 'single quotes'],
    ['A=$(reboot)', 3, 'never run'],
    ['A=`reboot`', 3, 'never run'],
    ['A=~/ca.pem', 3, 'home directory'],
    ['A=b;reboot', 4, 'bare ;'],
    ['A=b >file', 5, 'needs quotes'],
    ['A=b c', 5, 'needs quotes'],
    ['A="b', 3, 'never closed'],
    ["A=b'c", 4, 'never closed'],
    ['A=b\\', 4, 'ends on its line'],
    ['reboot', 1, 'KEY=value'],
    ['  A = b', 3, 'KEY=value'],
    ['2A=b', 1, 'KEY=value'],
    ['A=b\0c', 4, 'control character'],
  ])('%j', (line, column, message) => {
    const { assignments, problems } = parseConfigFile(line);
    expect(assignments).toEqual([]);
    expect(problems).toEqual([{ line: 1, column, message: expect.stringContaining(message) }]);
  });

  it('all lines at once, the good ones kept', () => {
    const { assignments, problems } = parseConfigFile('A=$B\nC=d\nE');
    expect(assignments.map(({ key }) => key)).toEqual(['C']);
    expect(problems.map(({ line }) => line)).toEqual([1, 3]);
  });
});

it('never throws, whatever the file holds', () => {
  fc.assert(fc.property(fc.string({ unit: 'binary' }), (source) => void parseConfigFile(source)));
});

it('gives every value that it accepts as bash does', () => {
  const characters = [...'ab1 "\'\\$`~#;&|<>(){}[]*?!=:-/ü\t'];
  const value = fc.string({ unit: fc.constantFrom(...characters), maxLength: 12 });
  const accepted = fc
    .sample(value, 4000)
    .map((text, index) => ({ key: `K${index}`, line: `K${index}=${text}` }))
    .filter(({ line }) => readValue(line) !== undefined);
  expect(accepted.length).toBeGreaterThan(200);
  const file = accepted.map(({ line }) => line).join('\n');
  const names = accepted.map(({ key }) => key).join(' ');
  const script = `${file}\nfor name in ${names}; do printf '%s\\0' "\${!name}"; done`;
  const values = execFileSync('bash', ['-s'], { input: script, encoding: 'utf8', env: { HOME: '/home' } });
  expect(values.split('\0').slice(0, -1)).toEqual(accepted.map(({ line }) => readValue(line)));
});
