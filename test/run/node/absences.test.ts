import { describe, expect, it } from 'vitest';
import { Absences } from '../../../src/run/node/absences.ts';

describe('Absences', () => {
  type Story = readonly (readonly [at: number, who: 'broker' | 'node' | undefined])[];
  const stories: readonly (readonly [told: string | undefined, now: number, story: Story])[] = [
    [undefined, 0, []],
    [
      'the broker was away for 6s',
      7000,
      [
        [0, 'broker'],
        [6000, undefined],
      ],
    ],
    ['the broker was away for 6s', 6000, [[0, 'broker']]],
    [
      'the node was away for 2s',
      3000,
      [
        [0, 'node'],
        [2000, undefined],
      ],
    ],
    // The broker's absence makes that of the node, which is shorter, or follows at once.
    [
      'the broker was away for 6s',
      9000,
      [
        [0, 'broker'],
        [6000, 'node'],
        [8000, undefined],
      ],
    ],
    [
      'the node was away for 8s',
      9000,
      [
        [0, 'broker'],
        [1000, 'node'],
        [9000, undefined],
      ],
    ],
    [
      'the broker was away for 2s',
      40_000,
      [
        [0, 'node'],
        [9000, undefined],
        [38_000, 'broker'],
        [40_000, undefined],
      ],
    ],
    [
      undefined,
      60_000,
      [
        [0, 'broker'],
        [6000, undefined],
      ],
    ],
    [
      undefined,
      1500,
      [
        [0, 'broker'],
        [999, undefined],
      ],
    ],
  ];

  it.each(stories)('tells %j at %i ms', (told, now, story) => {
    const absences = new Absences();
    for (const [at, who] of story) absences.observe(who, at);
    expect(absences.describe(now, 1000)).toBe(told);
  });
});
