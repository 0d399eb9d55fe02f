import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { topicMatches } from '../../src/transport/index.ts';

const level = fc.stringMatching(/^[a-z$ ]{0,3}$/);
const plainLevel = fc.stringMatching(/^[a-z]{1,3}$/);

describe('topicMatches', () => {
  it.each([
    // The examples of MQTT 3.1.1, 4.7.1 and 4.7.2.
    ['sport/tennis/player1/#', 'sport/tennis/player1', true],
    ['sport/tennis/player1/#', 'sport/tennis/player1/ranking', true],
    ['sport/tennis/player1/#', 'sport/tennis/player1/score/wimbledon', true],
    ['sport/#', 'sport', true],
    ['#', 'a/b', true],
    ['sport/tennis/+', 'sport/tennis/player1', true],
    ['sport/tennis/+', 'sport/tennis/player1/ranking', false],
    ['sport/+', 'sport', false],
    ['sport/+', 'sport/', true],
    ['+/+', '/finance', true],
    ['/+', '/finance', true],
    ['+', '/finance', false],
    ['#', '$SYS/broker', false],
    ['+/monitor/Clients', '$SYS/monitor/Clients', false],
    ['$SYS/#', '$SYS/monitor', true],
    ['$SYS/monitor/+', '$SYS/monitor/Clients', true],
    ['lab/+/$x', 'lab/a/$x', true],
    ['lab/+', 'lab/$x', true],
    ['ACCOUNTS', 'Accounts', false],
    ['a', 'a/b', false],
    ['a/b', 'a', false],
  ])('%s on %s: %s', (filter, topic, expected) => {
    expect(topicMatches(filter, topic)).toBe(expected);
  });

  it('matches every topic with any of its levels replaced by + and its end by #', () => {
    const filterOf = fc
      .array(plainLevel, { minLength: 1, maxLength: 6 })
      .chain((levels) =>
        fc.tuple(
          fc.constant(levels),
          fc.array(fc.boolean(), { minLength: levels.length, maxLength: levels.length }),
          fc.option(fc.nat(levels.length)),
        ),
      );
    fc.assert(
      fc.property(filterOf, ([levels, wild, hashAt]) => {
        const replaced = levels.map((text, index) => (wild[index] ? '+' : text));
        const filter = hashAt === null ? replaced : [...replaced.slice(0, hashAt), '#'];
        expect(topicMatches(filter.join('/'), levels.join('/'))).toBe(true);
      }),
    );
  });

  it('without wildcards matches only itself', () => {
    fc.assert(
      fc.property(fc.array(level, { minLength: 1 }), fc.array(level, { minLength: 1 }), (a, b) => {
        expect(topicMatches(a.join('/'), b.join('/'))).toBe(a.join('/') === b.join('/'));
      }),
    );
  });

  it('never lets a wildcard stand for a first level with $', () => {
    fc.assert(
      fc.property(fc.constantFrom('#', '+/#', '+'), fc.array(plainLevel), (filter, levels) => {
        expect(topicMatches(filter, ['$SYS', ...levels].join('/'))).toBe(false);
      }),
    );
  });
});
