import { expect, test } from 'vitest';
import { type HostEvent, type HostOutcome, onHosts } from '../../src/deploy/index.ts';
import { HostFailure } from '../../src/deploy/model.ts';
import { nodeName } from '../agent/test-control.ts';

const hosts = ['a', 'b', 'c', 'd', 'e'].map((name) => ({
  target: { node: nodeName(name), address: name, user: undefined, port: undefined },
}));
const DONE: HostOutcome = { kind: 'deployed', detail: '', notes: [] };

type Story = (name: string, onProgress: (what: string) => void) => Promise<HostOutcome>;

function run(story: Story, options: Partial<Parameters<typeof onHosts>[2]> = {}) {
  const events: HostEvent[] = [];
  const outcomes = onHosts(hosts, ({ target }, onProgress) => story(target.node, onProgress), {
    parallel: 2,
    maxFailures: Number.POSITIVE_INFINITY,
    onEvent: (event) => events.push(event),
    signal: new AbortController().signal,
    ...options,
  });
  return { events, outcomes };
}

const fail = (): never => {
  throw new HostFailure({ kind: 'disk-full', detail: 'full', hint: 'make room' });
};
const kindsOf = (outcomes: ReadonlyMap<string, HostOutcome>): string =>
  [...outcomes].map(([node, { kind }]) => `${node} ${kind}`).join(', ');

test('so many at a time, told as they go, returned in their order', async () => {
  let atOnce = 0;
  let most = 0;
  const { events, outcomes } = run(async (name, onProgress) => {
    atOnce += 1;
    most = Math.max(most, atOnce);
    onProgress(`at ${name}`);
    for (let turn = name === 'a' ? 50 : 1; turn > 0; turn -= 1) await Promise.resolve();
    atOnce -= 1;
    return DONE;
  });
  expect([...(await outcomes).keys()]).toEqual(['a', 'b', 'c', 'd', 'e']);
  expect(most).toBe(2);
  expect(events.filter(({ kind }) => kind === 'progress')).toHaveLength(5);
  expect(events.filter(({ kind }) => kind === 'finished').map(({ node }) => node)).not.toEqual([
    'a',
    'b',
    'c',
    'd',
    'e',
  ]);
});

test('a host that fails does not stop the others', async () => {
  const { outcomes } = run(async (name) => (name === 'b' ? fail() : DONE));
  expect(kindsOf(await outcomes)).toBe('a deployed, b failed, c deployed, d deployed, e deployed');
});

test('after so many failures no other is begun', async () => {
  const begun: string[] = [];
  const { outcomes } = run(
    async (name) => {
      begun.push(name);
      return name < 'c' ? fail() : DONE;
    },
    { parallel: 1, maxFailures: 2 },
  );
  expect(kindsOf(await outcomes)).toBe('a failed, b failed, c skipped, d skipped, e skipped');
  expect(begun).toEqual(['a', 'b']);
});

test('anything else that is thrown ends it, once those under way have ended', async () => {
  const begun: string[] = [];
  const { outcomes } = run(async (name) => {
    begun.push(name);
    if (name === 'a') throw new Error('a bug');
    await Promise.resolve();
    return DONE;
  });
  await expect(outcomes).rejects.toThrow('a bug');
  expect(begun).toEqual(['a', 'b']);
});

test('nobody is begun once it is given up', async () => {
  const given = new AbortController();
  const begun: string[] = [];
  const { outcomes } = run(
    async (name) => {
      begun.push(name);
      given.abort(new Error('given up'));
      return DONE;
    },
    { parallel: 1, signal: given.signal },
  );
  await expect(outcomes).rejects.toThrow('given up');
  expect(begun).toEqual(['a']);
});
