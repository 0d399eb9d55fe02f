import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type BrokerUrl, formatBrokerUrl, parseBrokerUrl } from '../../src/transport/index.ts';

const host = fc.oneof(
  fc.stringMatching(/^[a-z][a-z0-9-]{0,8}(\.[a-z]{2,5})?$/),
  fc.ipV4(),
  fc.constant('::1'),
);
const port = fc.integer({ min: 1, max: 65_535 });
const url: fc.Arbitrary<BrokerUrl> = fc.oneof(
  fc.record({ scheme: fc.constantFrom('mqtt', 'mqtts'), host, port }),
  fc.record({ scheme: fc.constantFrom('ws', 'wss'), host, port, path: fc.stringMatching(/^\/[a-z/]{0,5}$/) }),
);

describe('parseBrokerUrl', () => {
  it.each<[string, BrokerUrl]>([
    ['broker', { scheme: 'mqtt', host: 'broker', port: 1883 }],
    ['192.168.1.7', { scheme: 'mqtt', host: '192.168.1.7', port: 1883 }],
    ['broker.lab:1884', { scheme: 'mqtt', host: 'broker.lab', port: 1884 }],
    ['test_broker:1', { scheme: 'mqtt', host: 'test_broker', port: 1 }],
    ['[::1]', { scheme: 'mqtt', host: '::1', port: 1883 }],
    ['[fe80::2]:65535', { scheme: 'mqtt', host: 'fe80::2', port: 65_535 }],
    ['mqtt://h', { scheme: 'mqtt', host: 'h', port: 1883 }],
    ['mqtt://h/', { scheme: 'mqtt', host: 'h', port: 1883 }],
    ['MQTTS://h', { scheme: 'mqtts', host: 'h', port: 8883 }],
    ['ws://h', { scheme: 'ws', host: 'h', port: 80, path: '/' }],
    ['ws://h:80', { scheme: 'ws', host: 'h', port: 80, path: '/' }],
    ['wss://h/mqtt', { scheme: 'wss', host: 'h', port: 443, path: '/mqtt' }],
    ['wss://[::1]:9001/a/b', { scheme: 'wss', host: '::1', port: 9001, path: '/a/b' }],
  ])('reads %s', (text, expected) => {
    expect(parseBrokerUrl(text)).toEqual({ kind: 'ok', url: expected });
  });

  it.each([
    ['mqtt://ci@h', { username: 'ci' }],
    ['mqtts://ci:s3cret@h:8884', { username: 'ci', password: 's3cret' }],
    ['ws://c%40i:p%23%3A%25ss@h/mqtt', { username: 'c@i', password: 'p#:%ss' }],
  ])('splits the credentials off %s', (text, credentials) => {
    expect(parseBrokerUrl(text)).toMatchObject({ kind: 'ok', credentials });
  });

  it.each([
    ['', /is empty/],
    ['mqtt://', /no valid host/],
    ['http://h', /begins with http:\/\/, which is none of mqtt, mqtts, ws, wss/],
    ['h:0', /port 0/],
    ['h:65536', /not a broker address/],
    ['h:port', /not a broker address/],
    ['h:', /no port after it/],
    ['ws://h:/', /no port after it/],
    ['two words', /not a broker address|no valid host/],
    ['-h', /no valid host/],
    ['h/path', /neither HOST, HOST:PORT nor a URL/],
    ['::1', /in brackets, as in \[::1\]:1883/],
    ['fe80::1:1883', /in brackets/],
    ['[::g]:1', /not a broker address/],
    ['mqtt://h/topic', /has a path, which only ws/],
    ['wss://h/mqtt?token=1', /after \? or #/],
    ['mqtt://:pw@h', /a password without a user/],
  ])('refuses %j', (text, expected) => {
    expect(parseBrokerUrl(text)).toEqual({ kind: 'error', message: expect.stringMatching(expected) });
  });

  it.each([
    'http://ci:s3cret@h',
    'ci:s3cret@h',
    'mqtt://ci:s3cret@h:0',
    'mqtt://ci:s3cret@h:99999',
    'mqtt://ci:s3cret@h/topic',
    'mqtt://ci:a#s3cret@h',
    'mqtt://ci:1#s3cret@h',
    'mqtt://ci:a/s3cret@h',
    'mqtt://ci:s3cret%zz@h',
    'mqtt://ci:s3cret@x@-h',
    'mqtt://:s3cret@h',
  ])('shows nothing of the credentials of %s', (text) => {
    const parsed = parseBrokerUrl(text);
    expect(parsed.kind).toBe('error');
    expect(JSON.stringify(parsed)).not.toMatch(/s3cret|ci:/);
  });

  it('never shows the password of a text that it refuses', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('mqtt://', 'http://', ''),
        fc.string(),
        fc.string(),
        (prefix, noise, tail) => {
          const parsed = parseBrokerUrl(`${prefix}ci:${noise}s3cret@${tail}`);
          if (parsed.kind === 'error') expect(parsed.message).not.toContain('s3cret');
          else expect(formatBrokerUrl(parsed.url)).not.toContain('s3cret');
        },
      ),
    );
  });
});

describe('formatBrokerUrl', () => {
  it.each([
    ['h', 'mqtt://h:1883'],
    ['wss://ci:s3cret@[::1]/mqtt', 'wss://[::1]:443/mqtt'],
    ['ws://h/', 'ws://h:80'],
  ])('shows %s as %s', (text, shown) => {
    const parsed = parseBrokerUrl(text);
    expect(parsed.kind === 'ok' && formatBrokerUrl(parsed.url)).toBe(shown);
  });

  it('is read back as what it was', () => {
    fc.assert(
      fc.property(url, (given) => {
        expect(parseBrokerUrl(formatBrokerUrl(given))).toEqual({ kind: 'ok', url: given });
      }),
    );
  });
});
