import fc from 'fast-check';
import { expect, test } from 'vitest';
import { brokenLaws } from './laws.ts';
import { scenario } from './scenario.ts';
import { simulate } from './simulate.ts';

/** `SIMULATION_RUNS=20000 npx vitest run test/simulation`; a failure prints seed and path, which replay it the same way. */
const { SIMULATION_RUNS = '2000', SIMULATION_SEED, SIMULATION_PATH } = process.env;

test('in any network and any mishap the laws of a run hold', { timeout: 600_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(scenario, async (each) => {
      expect(brokenLaws(await simulate(each))).toEqual([]);
    }),
    {
      numRuns: Number(SIMULATION_RUNS),
      ...(SIMULATION_SEED && { seed: Number(SIMULATION_SEED) }),
      ...(SIMULATION_PATH && { path: SIMULATION_PATH }),
    },
  );
});
