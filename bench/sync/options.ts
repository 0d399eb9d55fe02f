import { parseArgs } from 'node:util';
import { isProfileName, PROFILES, type ProfileName } from './profiles.ts';
import { isWayName, WAY_NAMES, type WayName } from './ways.ts';

export interface Options {
  readonly nodes: readonly number[];
  readonly profiles: readonly ProfileName[];
  readonly ways: readonly WayName[];
  /** In each way. */
  readonly starts: number;
  /** How often the clocks are measured for their own sake. */
  readonly clocks: number;
  /** Where the plot goes; undefined: nowhere. */
  readonly plot: string | undefined;
  /** Where all that was measured goes as JSON; undefined: nowhere. */
  readonly json: string | undefined;
}

const DEFAULT_WAYS = WAY_NAMES.filter((way) => way !== 'list').join(',');

export const USAGE = `npm run bench:sync -- [options]
  --nodes 2,8,20,50
  --profiles ${Object.keys(PROFILES).join(',')}
  --ways ${DEFAULT_WAYS}   (and list)
  --starts 7         in each way
  --clocks 2         how often the clocks are measured by themselves
  --plot FILE        an SVG of skew against jitter
  --json FILE        all that was measured
`;

/** @throws Error what is wrong with them */
export function parseOptions(words: readonly string[]): Options {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({
    args: [...words],
    options: {
      nodes: { ...text, default: '2,8,20,50' },
      profiles: { ...text, default: Object.keys(PROFILES).join(',') },
      ways: { ...text, default: DEFAULT_WAYS },
      starts: { ...text, default: '7' },
      clocks: { ...text, default: '2' },
      plot: text,
      json: text,
    },
  });
  return {
    nodes: values.nodes.split(',').map((word) => wholeNumber(word, 2)),
    profiles: named(values.profiles, isProfileName),
    ways: named(values.ways, isWayName),
    starts: wholeNumber(values.starts, 1),
    clocks: wholeNumber(values.clocks, 0),
    plot: values.plot,
    json: values.json,
  };
}

function wholeNumber(word: string, least: number): number {
  const value = Number(word);
  if (Number.isInteger(value) && value >= least) return value;
  throw new Error(`"${word}" is not a whole number from ${least}`);
}

function named<T extends string>(list: string, isName: (text: string) => text is T): T[] {
  return list.split(',').map((word) => {
    if (isName(word)) return word;
    throw new Error(`there is no ${word}`);
  });
}
