// How close together nodes start, in every way that a playbook has, against the least that is possible.
import { writeFileSync } from 'node:fs';
import { type Cell, measureCell } from './sync/cell.ts';
import { type Lab, withLab } from './sync/lab.ts';
import { type Options, parseOptions, USAGE } from './sync/options.ts';
import { plotOf } from './sync/plot.ts';
import { markdownOf } from './sync/tables.ts';

// So that everything that was started is ended.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => process.exit(130));

const options = orUsage();
const cells: Cell[] = [];
for (const count of options.nodes) {
  try {
    await withLab(count, (lab) => measureIn(lab));
  } catch (thrown) {
    // What was measured so far took its time, and is worth showing.
    process.stderr.write(`${count} nodes: ${thrown instanceof Error ? thrown.stack : thrown}\n`);
    process.exitCode = 1;
  }
}
process.stdout.write(markdownOf(cells));
if (options.plot !== undefined && cells.length > 0) writeFileSync(options.plot, plotOf(cells));
if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify(cells, null, 1)}\n`);
process.exit();

async function measureIn(lab: Lab): Promise<void> {
  for (const profile of options.profiles) {
    const since = performance.now();
    const cell = await measureCell(profile, lab, options);
    cells.push(cell);
    const tookS = ((performance.now() - since) / 1000).toFixed(0);
    process.stderr.write(`${lab.count} nodes, ${profile}: ${tookS} s\n`);
    for (const problem of cell.problems) process.stderr.write(`  ${problem}\n`);
  }
}

function orUsage(): Options {
  try {
    return parseOptions(process.argv.slice(2));
  } catch (thrown) {
    process.stderr.write(`${thrown instanceof Error ? thrown.message : thrown}\n\n${USAGE}`);
    process.exit(2);
  }
}
