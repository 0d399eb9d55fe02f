import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  doneStatus,
  formatOffline,
  INIT_FAILED,
  isResultStatus,
  parseOffline,
  resultWords,
  statusBeginsWith,
} from '../../src/protocol/index.ts';

const verb = fc.stringMatching(/^[A-Z][A-Z0-9_-]{0,31}$/);

describe('statusBeginsWith', () => {
  test.each([
    ['STARTED', ['STARTED'], true],
    ['STARTED 5201', ['STARTED'], true],
    ['STARTED 5201', ['STARTED', '5201'], true],
    ['  STARTED\t5201\n', ['STARTED', '5201'], true],
    ['SENT FILE', ['SENT', 'FILE'], true],
    ['SENT FILE result.json', ['SENT', 'FILE'], true],
    ['FAILED START 7', ['FAILED', 'START'], true],
    ['RESTARTED', ['STARTED'], false],
    ['STARTED-2', ['STARTED'], false],
    ['started', ['STARTED'], false],
    ['NOT STARTED', ['STARTED'], false],
    ['STARTED', ['STARTED', '5201'], false],
    ['STARTED 52011', ['STARTED', '5201'], false],
    ['SENT', ['SENT', 'FILE'], false],
    ['SENTFILE', ['SENT', 'FILE'], false],
    ['FILE SENT', ['SENT', 'FILE'], false],
    ['', ['STARTED'], false],
    ['STARTED', [], false],
    ['', [], false],
  ])('%j begins with %j: %s', (status, words, begins) => {
    expect(statusBeginsWith(status, words)).toBe(begins);
  });

  test('a status begins with each run of its own first words', () => {
    const words = fc.array(fc.stringMatching(/^[!-~]{1,8}$/), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(words, fc.nat(), (said, count) => {
        const first = said.slice(0, 1 + (count % said.length));
        expect(statusBeginsWith(said.join(' '), first)).toBe(true);
        expect(statusBeginsWith(said.join(' '), [...said, 'MORE'])).toBe(false);
        expect(statusBeginsWith(`RE${said.join(' ')}`, first)).toBe(false);
      }),
    );
  });
});

describe('the words with which a verb ends', () => {
  test.each([
    ['START', ['STARTED']],
    ['STOP', ['STOPPED']],
    ['TERMINATE', ['TERMINATED']],
    ['SENDFILE', ['SENDING FILE', 'SENT FILE']],
    ['FOO', ['FOO-DONE']],
    ['FOO-BAR_2', ['FOO-BAR_2-DONE']],
    ['__proto__', ['__proto__-DONE']],
    ['constructor', ['constructor-DONE']],
  ])('%s: %j', (name, words) => {
    expect(resultWords(name)).toEqual(words);
    expect(doneStatus(name)).toBe(words.at(-1));
  });

  test('the agent’s own, for every verb', () => {
    fc.assert(
      fc.property(verb, (name) => {
        for (const status of resultWords(name)) expect(isResultStatus(status.split(' '))).toBe(true);
        expect(statusBeginsWith(doneStatus(name), doneStatus(name).split(' '))).toBe(true);
      }),
    );
  });

  test.each([
    [['FAILED'], true],
    [['FAILED', 'START', '7'], true],
    [[...INIT_FAILED], true],
    [['STARTED', '5201'], true],
    [['SENDING', 'FILE', 'x'], true],
    [['FOO-DONE', 'x'], true],
    [['ALIVE'], false],
    [['OFFLINE', 's1'], false],
    [['READY'], false],
    [['RESTARTED'], false],
    [['started'], false],
    [['SENT'], false],
    [['SENT', 'MAIL'], false],
    [['-DONE'], false],
    [['foo-DONE'], false],
    [['FOO-DONE-2'], false],
    [['DONE'], false],
    [['constructor'], false],
    [['__proto__'], false],
    [[''], false],
    [[], false],
  ])('%j is the agent’s own: %s', (words, own) => {
    expect(isResultStatus(words)).toBe(own);
  });
});

describe('the will of an agent', () => {
  test('names its session', () => {
    fc.assert(
      fc.property(fc.uuid(), (session) => {
        expect(parseOffline(formatOffline(session))).toBe(session);
      }),
    );
  });

  test.each([
    ['OFFLINE', ''],
    ['OFFLINE s1', 's1'],
    [' OFFLINE  s1\n', 's1'],
    ['OFFLINE s1 since 10:02', 's1'],
    ['ALIVE', undefined],
    ['OFFLINES s1', undefined],
    ['offline s1', undefined],
    ['NOT OFFLINE', undefined],
    ['', undefined],
  ])('%j: %j', (status, session) => {
    expect(parseOffline(status)).toBe(session);
  });
});
