// biome-ignore-all lint/suspicious/noTemplateCurlyInString: it is the playbook's own notation.

import { describe, expect, test } from 'vitest';
import type { Diagnostic } from '../../src/diagnostics/index.ts';
import { parseInventory } from '../../src/inventory/index.ts';
import { checkPlaybook, parseTextPlaybook } from '../../src/playbook/index.ts';

interface Setting {
  readonly variables?: Record<string, string>;
  /** Ansible's YAML. */
  readonly inventory?: string;
}

function check(lines: readonly string[], setting: Setting = {}): string[] {
  return problemsOf(lines.join('\n'), setting).map(shorten);
}

/** What a line shows by itself, or else what it means. */
function checkOrParse(line: string, setting: Setting): string[] {
  const { value, diagnostics } = parseTextPlaybook(line, 'test');
  return value ? check([line], setting) : diagnostics.map(shorten);
}

function problemsOf(source: string, setting: Setting): readonly Diagnostic[] {
  const { value, diagnostics } = parseTextPlaybook(source, 'test');
  if (!value) throw new Error(`not a playbook: ${diagnostics.map(({ message }) => message).join('; ')}`);
  return checkPlaybook(value, {
    variables: new Map(Object.entries(setting.variables ?? {})),
    inventory: setting.inventory === undefined ? undefined : parseInventory(setting.inventory, 'lab').value,
  });
}

function shorten({ severity, code, position, suggestion }: Diagnostic): string {
  return [severity, code, position.line, ...(suggestion === undefined ? [] : [suggestion])].join(' ');
}

describe('a playbook without a fault', () => {
  test('gets no word', () => {
    expect(
      check([
        'SET seconds=5',
        'WAITFOR server,client1 ALIVE',
        'SEND server START SERVER 5201',
        'WAITFOR server STARTED',
        'SEND client1 START CLIENT 127.0.0.1 5201 ${seconds}',
        'WAIT ${seconds}',
        'SEND server,client1 STOP',
        'WAITFOR server,client1 STOPPED TIMEOUT ${seconds}s',
      ]),
    ).toEqual([]);
  });
});

test.each([[[]], [['# nothing', '']]])('no step at all is an error', (lines) => {
  expect(check(lines)).toEqual(['error EMPTY_PLAYBOOK 1']);
});

describe('variables', () => {
  test('that are unset are errors, all of them', () => {
    expect(check(['SEND n X ${a}', 'WAIT ${b}'])).toEqual([
      'error UNSET_VARIABLE 1',
      'error UNSET_VARIABLE 2',
    ]);
  });

  test('may come from the user', () => {
    expect(check(['WAIT ${b}'], { variables: { b: '1' } })).toEqual([]);
  });

  test('make a duration that is none', () => {
    expect(check(['SET b=soon', 'WAIT ${b}'])).toEqual(['error INVALID_DURATION 2']);
  });
});

describe('a WAITFOR that nothing can satisfy', () => {
  const NEVER = (line: number) => [`error WAIT_NEVER_MET ${line}`];
  test.each([
    ['another result word than that of the last SEND', ['SEND n STOP', 'WAITFOR n STARTED'], NEVER(2)],
    ['the last of two SENDs counts', ['SEND n START', 'SEND n STOP', 'WAITFOR n STARTED'], NEVER(3)],
    ["a verb of the user's own", ['SEND n MEASURE', 'WAITFOR n STARTED'], NEVER(2)],
    ["another verb's own word", ['SEND n MEASURE', 'WAITFOR n PING-DONE'], NEVER(2)],
    ['a file word after START', ['SEND n START', 'WAITFOR n SENT FILE'], NEVER(2)],
    [
      'the word of a SEND before the SYNC',
      ['SEND n STOP', 'SYNC', 'SEND n START', 'GO', 'WAITFOR n STOPPED'],
      NEVER(5),
    ],
    [
      'that of another SEND in the SYNC',
      ['SYNC', 'SEND n START', 'SEND m,@g FOO', 'GO', 'WAITFOR n FOO-DONE'],
      NEVER(5),
    ],
    ['one of several nodes', ['SEND a START', 'SEND b STOP', 'WAITFOR a,b STARTED'], NEVER(3)],
    ['a group', ['SEND @g STOP', 'WAITFOR @g STARTED'], NEVER(2)],
    ['all', ['SEND * STOP', 'WAITFOR * TERMINATED'], [...NEVER(2)]],
    ['a variable verb', ['SET v=STOP', 'SEND n ${v} x', 'WAITFOR n STARTED'], NEVER(3)],
    [
      'a node after a group with the same verb',
      ['SEND n STOP', 'SEND @g STOP', 'WAITFOR n STARTED'],
      NEVER(3),
    ],
  ])('%s', (_, lines, expected) => {
    expect(check(lines)).toEqual(expected);
  });

  test.each([
    ['its own result word', ['SEND n START', 'WAITFOR n STARTED']],
    ['its own result word with arguments', ['SEND n START 5201', 'WAITFOR n STARTED 5201']],
    ['a word of the script', ['SEND n STOP', 'WAITFOR n READY']],
    ['a word that only looks like one', ['SEND n STOP', 'WAITFOR n RESTARTED']],
    ['a failure', ['SEND n STOP', 'WAITFOR n FAILED']],
    ['presence', ['SEND n STOP', 'WAITFOR n ALIVE']],
    ['no SEND before it', ['WAITFOR n STARTED']],
    ['a SEND to somebody else', ['SEND m STOP', 'WAITFOR n STARTED']],
    ['both words of SENDFILE', ['SEND n SENDFILE f h 1', 'WAITFOR n SENDING FILE', 'WAITFOR n SENT FILE']],
    ['a verb of its own', ['SEND n MEASURE', 'WAITFOR n MEASURE-DONE']],
    ['a group that may have had the last word', ['SEND n STOP', 'SEND @g START', 'WAITFOR n STARTED']],
    ['all, which may have had the last word', ['SEND n STOP', 'SEND * START', 'WAITFOR n STARTED']],
    [
      'the result word of its SEND in a SYNC',
      ['SEND n STOP', 'SYNC', 'SEND n,m START', 'GO', 'WAITFOR n STARTED'],
    ],
    [
      'a SYNC of a group that may have had the last word',
      ['SEND n STOP', 'SYNC', 'SEND @g START', 'GO', 'WAITFOR n STARTED'],
    ],
    ['a node that may be of the group', ['SEND @g STOP', 'SEND n START', 'WAITFOR @g STARTED']],
  ])('is not: %s', (_, lines) => {
    expect(check(lines)).toEqual([]);
  });

  test('is not judged across a step that means nothing', () => {
    expect(check(['SEND n STOP', 'SEND n ${verb}', 'WAITFOR n STARTED'])).toEqual(['error UNSET_VARIABLE 2']);
  });
});

describe('a WAITFOR that cannot fail', () => {
  test('is one for * ALIVE without an inventory', () => {
    expect(check(['WAITFOR * ALIVE', 'WAITFOR n ALIVE'])).toEqual(['warning WAIT_ALWAYS_MET 1']);
    expect(check(['WAITFOR * ALIVE'], { inventory: 'all: {hosts: node1}' })).toEqual([]);
  });
});

describe('a SEND after TERMINATE', () => {
  const LATE = (line: number) => [`warning SEND_AFTER_TERMINATE ${line}`];
  test.each([
    ['to the same node', ['SEND n TERMINATE', 'SEND n START'], LATE(2)],
    [
      'although TERMINATED was awaited',
      ['SEND n TERMINATE', 'WAITFOR n TERMINATED', 'SEND m,n START'],
      LATE(3),
    ],
    ['to a node when all were ended', ['SEND * TERMINATE', 'SEND n START'], LATE(2)],
    ['to a node that is back', ['SEND n TERMINATE', 'WAITFOR n ALIVE', 'SEND n START'], []],
    ['to a node of a group that is back', ['SEND n TERMINATE', 'WAITFOR @g ALIVE', 'SEND n START'], []],
    ['to another node', ['SEND n TERMINATE', 'SEND m START'], []],
    ['in a SYNC', ['SEND n TERMINATE', 'SYNC', 'SEND m START', 'SEND n START', 'GO'], LATE(4)],
    ['that is a PROBE', ['SEND n TERMINATE', 'PROBE n tcp:5201'], LATE(2)],
  ])('%s', (_, lines, expected) => {
    expect(check(lines)).toEqual(expected);
  });
});

describe('RECEIVE', () => {
  test('twice on one port is an error, unless the first has its file by then', () => {
    expect(check(['RECEIVE 6000 a', 'RECEIVE 6001 b', 'RECEIVE 6000 c'])).toEqual(['error PORT_IN_USE 3']);
    expect(
      check(['RECEIVE 6000 a', 'SEND n SENDFILE a h 6000', 'WAITFOR n SENT FILE', 'RECEIVE 6000 b']),
    ).toEqual([]);
  });
});

describe('a second RECEIVE into a file', () => {
  test('gets a warning, whatever its port', () => {
    expect(check(['RECEIVE 6000 a', 'RECEIVE 6001 b', 'RECEIVE 6002 a'])).toEqual([
      'warning FILE_REPLACED 3',
    ]);
    expect(check(['SET f=a', 'RECEIVE 6000 a', 'RECEIVE 6001 ${f}'])).toEqual(['warning FILE_REPLACED 3']);
  });

  test('elsewhere gets no word, wherever that is', () => {
    expect(check(['RECEIVE 6000 /tmp/a', 'RECEIVE 6001 ../a', 'RECEIVE 6002 a'])).toEqual([]);
  });
});

describe('a node that is named twice', () => {
  test.each([
    ['SEND node1,node2,node1 START', ['warning NODE_REPEATED 1']],
    ['WAITFOR @g,@g,@g ALIVE', ['warning NODE_REPEATED 1', 'warning NODE_REPEATED 1']],
    ['SEND *,* STOP', ['warning NODE_REPEATED 1']],
    ['SEND node1,node2 START', []],
    ['SEND node1,@node1 START', []],
  ])('%s', (line, expected) => {
    expect(check([line])).toEqual(expected);
  });

  test('is shown where it stands, or as a whole when variables brought it', () => {
    const place = (source: string) => {
      const { value } = parseTextPlaybook(source, 'test');
      const found = value ? checkPlaybook(value, { variables: new Map() }) : [];
      return found.map(({ position }) => position);
    };
    expect(place('SEND node1,b,node1 START')).toEqual([{ line: 1, column: 14, length: 5 }]);
    expect(place('SET a=b\nSEND ${a},${a} START')).toEqual([{ line: 2, column: 6, length: 9 }]);
  });
});

describe('a SYNC', () => {
  const sync = (...sends: readonly string[]) => check(['SYNC', ...sends, 'GO']);
  const TWICE = (line: number) => `error SYNC_NODE_REPEATED ${line}`;
  test.each([
    ['a node with two SENDs', ['SEND a,b START', 'SEND c,a FOO'], [TWICE(3)]],
    [
      'each node with two',
      ['SEND a,b START', 'SEND b,a FOO', 'SEND b START'],
      [TWICE(3), TWICE(3), TWICE(4)],
    ],
    ['a group with two', ['SEND @g START', 'SEND a,@g START'], [TWICE(3)]],
    ['a node after *', ['SEND * START', 'SEND a START'], [TWICE(3)]],
    ['* after a node', ['SEND a START', 'SEND b,* START'], [TWICE(3)]],
    ['* after a group', ['SEND @g START', 'SEND * START'], [TWICE(3)]],
    ['* twice', ['SEND * START', 'SEND * START'], [TWICE(3)]],
    ['a group that may have the node', ['SEND @g START', 'SEND a START', 'SEND @h START'], []],
    ['a node twice in one SEND', ['SEND a,a START', 'SEND b START'], ['warning NODE_REPEATED 2']],
    ['* and a node in one SEND', ['SEND *,a START'], []],
    [
      'what calls no function',
      ['SEND a STOP', 'SEND b SENDFILE f h 1', 'SEND c TERMINATE', 'SEND d _ping', 'SEND e FOO'],
      [2, 3, 4, 5].map((line) => `error NOT_IN_SYNC ${line}`),
    ],
    ['a verb in lower case', ['SEND a start'], ['warning LETTER_CASE 2 START']],
  ])('%s', (_, sends, expected) => {
    expect(sync(...sends)).toEqual(expected);
  });

  test('is judged with its variables', () => {
    expect(check(['SET n=a', 'SET v=STOP', 'SYNC', 'SEND a START', 'SEND ${n} ${v}', 'GO'])).toEqual([
      TWICE(5),
      'error NOT_IN_SYNC 5',
    ]);
  });

  test('may use a node again in another one', () => {
    expect(check(['SYNC', 'SEND a START', 'GO', 'SYNC', 'SEND a START', 'GO'])).toEqual([]);
  });

  test.each([
    ['5', ['warning MAXSKEW_UNIT 3 5ms']],
    ['1.5', ['warning MAXSKEW_UNIT 3']],
    ['0.005', []],
    ['5ms', []],
    ['5s', []],
  ])('with MAXSKEW %s', (maxSkew, expected) => {
    expect(check(['SYNC', 'SEND a START', `GO MAXSKEW ${maxSkew}`])).toEqual(expected);
  });

  test('says whom it means', () => {
    const { value } = parseTextPlaybook('SYNC\nSEND * START\nSEND a START\nGO', 'test');
    const found = value ? checkPlaybook(value, { variables: new Map() }) : [];
    expect(found.map(({ message }) => message)).toEqual([
      'a has a SEND in line 2 of this SYNC already (a is one of *): in one SYNC a node starts one function',
    ]);
  });
});

describe('names', () => {
  const inventory = { inventory: 'all: {hosts: server}\nclients: {hosts: client1}' };
  test('that the inventory does not have are errors', () => {
    expect(check(['SEND sevrer START', 'WAITFOR server,@clinets STARTED'], inventory)).toEqual([
      'error UNKNOWN_NODE 1 server',
      'error UNKNOWN_GROUP 2 clients',
    ]);
  });

  test('are all possible without one', () => {
    expect(check(['SEND sevrer,@clinets START'])).toEqual([]);
  });

  test('are looked for in a SYNC and in a PROBE, too', () => {
    const lines = ['SYNC', 'SEND client1 START', 'SEND sevrer START', 'GO', 'PROBE @clinets tcp:1'];
    expect(check(lines, inventory)).toEqual(['error UNKNOWN_NODE 3 server', 'error UNKNOWN_GROUP 5 clients']);
  });
});

describe('with an inventory', () => {
  const setting = {
    inventory: `
servers: {hosts: {s: , both: }, vars: {port: 5201}}
clients: {hosts: {"c[1:3]": {server: s}, both: {server: s}}}
empty:
`,
  };

  test.each([
    ['SEND c[1:5] START', ['error UNKNOWN_NODE 1']],
    ['SEND *,!c4 START', ['error UNKNOWN_NODE 1 c1']],
    ['SEND @clients&@srevers START', ['error UNKNOWN_GROUP 1 servers']],
    ['WAITFOR @empty ALIVE', ['error EMPTY_SELECTION 1']],
    ['PROBE @clients,!@all tcp:1', ['error EMPTY_SELECTION 1']],
    ['WAITFOR *,!c1 ALIVE', []],
    ['SEND c[1:2],c2 STOP', ['warning NODE_REPEATED 1']],
    ['SEND @clients,c2 STOP', []],
  ])('%s', (line, expected) => {
    expect(check([line], setting)).toEqual(expected);
  });

  test.each([
    [
      'groups that have a node in common',
      ['SEND @servers START', 'SEND @clients START'],
      ['error SYNC_NODE_REPEATED 3'],
    ],
    ['a group and its member', ['SEND @clients START', 'SEND c2 START'], ['error SYNC_NODE_REPEATED 3']],
    ['groups that have none', ['SEND @servers START', 'SEND @clients,!both START'], []],
    ['everybody but the others', ['SEND @servers START', 'SEND !@servers START'], []],
  ])('a SYNC with %s', (_, sends, expected) => {
    expect(check(['SYNC', ...sends, 'GO'], setting)).toEqual(expected);
  });

  test('a wait is judged for those who are meant', () => {
    const lines = ['SEND @clients STOP', 'WAITFOR c1,c[2:3] STARTED'];
    expect(check(lines, setting)).toEqual(['error WAIT_NEVER_MET 2']);
    expect(check(['SEND @servers STOP', 'WAITFOR @clients,!both STARTED'], setting)).toEqual([]);
    expect(check(['SEND both TERMINATE', 'SEND @clients START'], setting)).toEqual([
      'warning SEND_AFTER_TERMINATE 2',
    ]);
    expect(check(['SEND both TERMINATE', 'WAITFOR @servers ALIVE', 'SEND @clients START'], setting)).toEqual(
      [],
    );
  });

  test.each([
    ['SEND @clients START ${node.server} ${node.name} ${node.address}', []],
    ['SEND @clients START ${node.port}', ['error UNSET_VARIABLE 1']],
    ['SEND @servers START ${node.prot}', ['error UNSET_VARIABLE 1 ${node.port}']],
    ['SEND * START $${node.port} $node.port', []],
    ['WAITFOR * ${node.server}', ['error INVALID_VARIABLE 1']],
    ['SEND s ${node.port}', ['error INVALID_VARIABLE 1']],
    ['SEND s "ST${node.port} x" y', ['error INVALID_VARIABLE 1']],
    ['SEND s START "${node.port} x" ${node.a-b}', ['error INVALID_VARIABLE 1']],
    ['SET x=${node.port}', ['error INVALID_VARIABLE 1']],
    ['SEND ${node.name} START', ['error INVALID_VARIABLE 1']],
    ['PROBE s tcp:${node.port}', ['error INVALID_VARIABLE 1']],
    ['RECEIVE 6000 ${node.name}.log', ['error INVALID_VARIABLE 1']],
  ])('%s', (line, expected) => {
    expect(checkOrParse(line, setting)).toEqual(expected);
  });

  test('a SEND of a SYNC is looked at, too', () => {
    const lines = ['SYNC', 'SEND s START ${node.x}', 'GO'];
    expect(check(lines, setting)).toEqual(['error UNSET_VARIABLE 2']);
  });

  test('a message that differs is told with its place, the nodes and the reason', () => {
    const [problem] = problemsOf('SEND @clients START ${node.port}', setting);
    expect(problem).toMatchObject({
      position: { line: 1, column: 21, length: 12 },
      message: '${node.port} has no value for c1, c2, c3: the inventory gives it none that is a text',
    });
  });

  test('a value may bring nothing that cannot be seen', () => {
    const inventory = 'all: {hosts: {s: {x: "a\\nb"}}}';
    expect(check(['SEND s START ${node.x}'], { inventory })).toEqual(['error CONTROL_CHARACTER 1']);
  });
});

test.each([
  ['SEND n START ${node.name}', []],
  ['SEND n START ${node.port}', ['error UNSET_VARIABLE 1']],
  ['SEND n START ${node.address}', ['error UNSET_VARIABLE 1']],
  ['WAITFOR *,!n ALIVE', ['warning WAIT_ALWAYS_MET 1']],
  ['WAITFOR !n ALIVE', ['warning WAIT_ALWAYS_MET 1']],
  ['WAITFOR n[1:3],!n2 ALIVE', []],
  ['WAITFOR @a&@b ALIVE', []],
])('without an inventory: %s', (line, expected) => {
  expect(check([line])).toEqual(expected);
});

describe('nodes that nobody can tell apart without an inventory', () => {
  test.each([
    [['SEND n[1:3] STOP', 'WAITFOR n2 STARTED'], ['error WAIT_NEVER_MET 2']],
    [['SEND @a,!n STOP', 'WAITFOR @a STARTED'], []],
    [['SEND @a,!n STOP', 'WAITFOR @a,!n STARTED'], ['error WAIT_NEVER_MET 2']],
    [['SEND @a&@b STOP', 'SEND n START', 'WAITFOR @a&@b STARTED'], []],
    [['SYNC', 'SEND @a,!n START', 'SEND n START', 'GO'], []],
    [['SYNC', 'SEND *,!n START', 'SEND n START', 'GO'], []],
    [['SYNC', 'SEND n[1:3] START', 'SEND n2 START', 'GO'], ['error SYNC_NODE_REPEATED 3']],
    [['SEND n[1:3] TERMINATE', 'SEND n2 START'], ['warning SEND_AFTER_TERMINATE 2']],
  ])('%j', (lines, expected) => {
    expect(check(lines)).toEqual(expected);
  });
});

describe('letters', () => {
  test.each([
    ['SEND n start 5', ['warning LETTER_CASE 1 START']],
    ['SEND n "START x"', ['warning INVALID_VERB 1']],
    ['SEND n {"verb":"START"}', ['warning INVALID_VERB 1']],
    ['WAITFOR n started', ['warning LETTER_CASE 1 STARTED']],
    ['WAITFOR n Alive', ['warning LETTER_CASE 1 ALIVE']],
    ['WAITFOR n STARTED timeout 5s', ['warning LETTER_CASE 1 TIMEOUT 5s']],
    ['WAITFOR n ready', []],
    ['WAITFOR n timeout 5', []],
    ['SEND n FOO-2 x', []],
    ['SEND n "START" x', []],
  ])('%s', (line, expected) => {
    expect(check([line])).toEqual(expected);
  });
});

test('a playbook of 100,000 steps is checked', () => {
  const lines = Array.from({ length: 25_000 }, (_, n) => [
    `SEND node${n} START`,
    `SEND * STOP`,
    `SEND @g${n % 7} START`,
    `WAITFOR node${n} STARTED`,
  ]).flat();
  expect(check(lines)).toEqual([]);
});

test('a status that would drown the message is cut', () => {
  const source = `SEND node1 STOP\nWAITFOR node1 STARTED ${'x'.repeat(5000)}`;
  const { value } = parseTextPlaybook(source, 'test');
  const found = value ? checkPlaybook(value, { variables: new Map() }) : [];
  expect(found.map(({ message }) => message)).toEqual([
    `node1 never says STARTED ${'x'.repeat(31)}… after STOP (line 1), which ends with STOPPED or FAILED`,
  ]);
});
