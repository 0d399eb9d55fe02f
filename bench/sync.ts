// How close together nodes start, in every way that a playbook has, against the least that is possible.
import { writeFileSync } from 'node:fs';
import { type Cell, measureCell } from './sync/cell.ts';
import { withLab } from './sync/lab.ts';
import { type Options, parseOptions, USAGE } from './sync/options.ts';
import { plotOf } from './sync/plot.ts';
import { markdownOf } from './sync/tables.ts';

// So that everything that was started is ended.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => process.exit(130));

const options = orUsage();
const cells: Cell[] = [];
for (const count of options.nodes) {
  await withLab(count, async (lab) => {
    for (const profile of options.profiles) {
      const since = performance.now();
      const cell = await measureCell(profile, lab, options);
      cells.push(cell);
      const tookS = ((performance.now() - since) / 1000).toFixed(0);
      process.stderr.write(`${count} nodes, ${profile}: ${tookS} s\n`);
      for (const problem of cell.problems) process.stderr.write(`  ${problem}\n`);
    }
  });
}
process.stdout.write(markdownOf(cells));
if (options.plot !== undefined) writeFileSync(options.plot, plotOf(cells));
if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify(cells, null, 1)}\n`);
process.exit();

function orUsage(): Options {
  try {
    return parseOptions(process.argv.slice(2));
  } catch (thrown) {
    process.stderr.write(`${thrown instanceof Error ? thrown.message : thrown}\n\n${USAGE}`);
    process.exit(2);
  }
}
