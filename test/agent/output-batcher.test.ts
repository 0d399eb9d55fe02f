import { describe, expect, test } from 'vitest';
import { OutputBatcher } from '../../src/agent/output-batcher.ts';
import type { OutputBatch } from '../../src/protocol/index.ts';
import { createFakeClock, type FakeClock } from '../support/fake-clock.ts';

/** The broker's side: takes batches, and acknowledges them when told to. */
interface TestBroker {
  connected: boolean;
  readonly batches: OutputBatch[];
  /** Acknowledges everything that was taken so far. */
  acknowledge(): Promise<void>;
}

function createBatcher(): { output: OutputBatcher; broker: TestBroker; clock: FakeClock } {
  const clock = createFakeClock();
  const unacknowledged: (() => void)[] = [];
  const broker: TestBroker = {
    connected: true,
    batches: [],
    async acknowledge() {
      for (const resolve of unacknowledged.splice(0)) resolve();
      await clock.advance(0);
    },
  };
  const channel = {
    get connected() {
      return broker.connected;
    },
    output: (batch: OutputBatch) => {
      broker.batches.push(batch);
      return new Promise<void>((resolve) => unacknowledged.push(resolve));
    },
  };
  return { output: new OutputBatcher({ channel, clock, session: 's1' }), broker, clock };
}

const textOf = ({ batches }: TestBroker): string[] => batches.flatMap(({ lines }) => lines);

describe('lines', () => {
  test('go out together after 100 ms', async () => {
    const { output, broker, clock } = createBatcher();
    output.add('c1', 'stdout', ['one']);
    await clock.advance(60);
    output.add('c1', 'stdout', ['two', 'three']);
    await clock.advance(39);
    expect(broker.batches).toEqual([]);
    await clock.advance(1);
    expect(broker.batches).toEqual([
      { session: 's1', n: 1, id: 'c1', stream: 'stdout', lines: ['one', 'two', 'three'] },
    ]);
    expect(clock.pendingTimers()).toBe(0);
  });

  test('go out at once when they are 16 kB', () => {
    const { output, broker } = createBatcher();
    output.add(
      'c1',
      'stdout',
      Array.from({ length: 200 }, () => 'x'.repeat(99)),
    );
    expect(broker.batches).toHaveLength(1);
    expect(broker.batches[0]?.lines.length).toBeLessThanOrEqual(160);
    output.flush();
    expect(textOf(broker)).toHaveLength(200);
  });

  test('say under which number the last of a command went out, once', () => {
    const { output } = createBatcher();
    output.add('c1', 'stdout', ['a']);
    output.add('c1', 'stderr', ['b']);
    output.add('c2', 'stderr', ['c']);
    output.flush();
    expect(['c1', 'c2', 'c3', 'c1'].map((id) => output.lastOf(id))).toEqual([2, 3, undefined, undefined]);
  });

  test('of another stream or command go out apart, in order', () => {
    const { output, broker } = createBatcher();
    output.add('c1', 'stdout', ['a']);
    output.add('c1', 'stderr', ['b']);
    output.add('c2', 'stderr', ['c']);
    output.add(undefined, 'stderr', ['d']);
    output.flush();
    expect(broker.batches).toEqual([
      { session: 's1', n: 1, id: 'c1', stream: 'stdout', lines: ['a'] },
      { session: 's1', n: 2, id: 'c1', stream: 'stderr', lines: ['b'] },
      { session: 's1', n: 3, id: 'c2', stream: 'stderr', lines: ['c'] },
      { session: 's1', n: 4, stream: 'stderr', lines: ['d'] },
    ]);
  });

  test('none, and nothing goes out', async () => {
    const { output, broker, clock } = createBatcher();
    output.add('c1', 'stdout', []);
    output.flush();
    await clock.advance(1000);
    expect(broker.batches).toEqual([]);
  });
});

describe('a broker that is slow', () => {
  test('is given eight batches, and the next as it takes them', async () => {
    const { output, broker } = createBatcher();
    for (let n = 0; n < 20; n += 1) output.add('c1', 'stdout', ['x'.repeat(16_000)]);
    expect(broker.batches).toHaveLength(8);
    await broker.acknowledge();
    expect(broker.batches).toHaveLength(16);
    await broker.acknowledge();
    expect(broker.batches.map(({ n }) => n)).toEqual(Array.from({ length: 20 }, (_, index) => index + 1));
  });

  test('is given everything at the end of a function, since the result comes after it', () => {
    const { output, broker } = createBatcher();
    for (let n = 0; n < 64; n += 1) output.add('c1', 'stdout', ['x'.repeat(16_000)]);
    output.add('c1', 'stdout', ['last']);
    output.flush();
    expect(textOf(broker).at(-1)).toBe('last');
  });
});

describe('a broker that is gone', () => {
  test('gets what waited, in order, when it is back', () => {
    const { output, broker } = createBatcher();
    broker.connected = false;
    for (let n = 0; n < 10; n += 1) output.add('c1', n % 2 ? 'stderr' : 'stdout', [String(n)]);
    output.flush();
    expect(broker.batches).toEqual([]);
    broker.connected = true;
    output.flush();
    expect(textOf(broker)).toEqual(['0', '1', '2', '3', '4', '5', '6', '7', '8', '9']);
  });

  test.each([
    { what: 'long lines', line: 'x'.repeat(8000), count: 10_000 },
    { what: 'short lines of two streams in turn', line: 'x', count: 100_000 },
  ])('does not make $what pile up: the first stay, the others are counted', async ({ line, count }) => {
    const { output, broker } = createBatcher();
    broker.connected = false;
    for (let n = 0; n < count; n += 1) output.add('c1', n % 2 ? 'stderr' : 'stdout', [line]);
    broker.connected = true;
    output.flush();
    for (let before = 0; before < broker.batches.length; ) {
      before = broker.batches.length;
      await broker.acknowledge();
    }
    const texts = textOf(broker);
    const kept = texts.filter((text) => text === line).length;
    expect(texts.join('').length).toBeLessThan(1_600_000);
    expect(broker.batches.length).toBeLessThan(8000);
    expect(texts.at(-1)).toBe(`[${count - kept} lines were dropped here: the broker could not take them]`);
  });

  test('and comes back gets the note about the gap where the gap is', async () => {
    const { output, broker } = createBatcher();
    broker.connected = false;
    for (let n = 0; n < 200; n += 1) output.add('c1', 'stdout', ['x'.repeat(16_000)]);
    broker.connected = true;
    output.flush();
    output.add('c1', 'stdout', ['after']);
    output.flush();
    await broker.acknowledge();
    expect(textOf(broker).slice(-2)).toEqual([
      expect.stringMatching(/^\[\d+ lines were dropped here/),
      'after',
    ]);
  });
});
