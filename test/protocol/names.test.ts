import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  isGroupName,
  isNodeName,
  isProtocolVerb,
  isStoppingVerb,
  isVerb,
  parseNodeName,
} from '../../src/protocol/index.ts';
import { anyText, nodeName } from './messages.ts';

describe('names of nodes and groups', () => {
  test.each([['node1'], ['1'], ['a'], ['pi-4.lab_2'], ['constructor'], ['STATUS'], ['x'.repeat(128)]])(
    '%s',
    (text) => {
      expect(parseNodeName(text)).toBe(text);
      expect(isNodeName(text)).toBe(true);
      expect(isGroupName(text)).toBe(true);
    },
  );

  test.each([
    [''],
    ['_all'],
    ['_group'],
    ['__proto__'],
    ['-p'],
    ['.'],
    ['..'],
    ['.hidden'],
    ['a/b'],
    ['a b'],
    ['a\n'],
    ['a\0'],
    ['+'],
    ['#'],
    ['a+'],
    ['$SYS'],
    ['@group'],
    ['*'],
    ['nöde'],
    ['x'.repeat(129)],
  ])('%j is none', (text) => {
    expect(parseNodeName(text)).toBeUndefined();
    expect(isNodeName(text)).toBe(false);
    expect(isGroupName(text)).toBe(false);
  });

  test('a name is one topic level without wildcards, and never the protocol’s own', () => {
    fc.assert(
      fc.property(fc.oneof(anyText, nodeName), (text) => {
        if (isNodeName(text)) expect(text).toMatch(/^[^_+#/$\0\s][^+#/\0\s]*$/);
      }),
    );
  });
});

describe('verbs', () => {
  test.each([['START'], ['STOP'], ['X'], ['FOO-BAR_2'], ['X'.repeat(32)]])('%s', (text) => {
    expect(isVerb(text)).toBe(true);
    expect(isProtocolVerb(text)).toBe(false);
  });

  test.each([
    [''],
    ['start'],
    ['Start'],
    ['1X'],
    ['_X'],
    ['-X'],
    ['X Y'],
    ['X\n'],
    ['ÜBER'],
    ['X'.repeat(33)],
  ])('%j is none', (text) => {
    expect(isVerb(text)).toBe(false);
    expect(isProtocolVerb(text)).toBe(false);
  });

  test.each([['_ping'], ['_report'], ['_lease'], ['_release'], ['_arm'], ['_confirm'], ['_cancel']])(
    '%s is the protocol’s own',
    (text) => {
      expect(isProtocolVerb(text)).toBe(true);
      expect(isVerb(text)).toBe(false);
    },
  );

  test.each([['__proto__'], ['constructor'], ['_'], ['_PING'], ['ping'], ['length'], ['0']])(
    '%s is not the protocol’s own',
    (text) => {
      expect(isProtocolVerb(text)).toBe(false);
    },
  );

  test('only STOP and TERMINATE need no lease', () => {
    expect(['STOP', 'TERMINATE'].every(isStoppingVerb)).toBe(true);
    expect(['START', 'STOPPED', 'stop', 'FOO', '_ping', ''].some(isStoppingVerb)).toBe(false);
  });
});
