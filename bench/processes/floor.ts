// The least that a synchronous start can be: told an instant of the machine's own clock, releases a bash that waits for it.
import { spawn } from 'node:child_process';
import { serveParent } from '../support/own-process.ts';
import type { FloorRequest, Release } from '../sync/floor.ts';
import { wallMicrosecondsAt } from '../sync/monotonic.ts';
import { quietFunctions } from '../sync/quiet-function.ts';

const LONGEST_SPIN_US = 500;

/** Reads lines `TARGET FILE`, the target in microseconds of the wall clock. The timed read is of that pipe, too. */
const scriptFor = (spinUs: number): string => `
${quietFunctions('$1')}
while read -r target file; do
  rest=$((target - ${spinUs} - \${EPOCHREALTIME/./}))
  if ((rest > 0)); then
    printf -v seconds '%d.%06d' $((rest / 1000000)) $((rest % 1000000))
    if read -r -t "$seconds"; then continue; fi
  fi
  while ((\${EPOCHREALTIME/./} < target)); do :; done
  startFunction "$file"
done
`;

serveParent(async ({ spins }: FloorRequest) => {
  const script = scriptFor(spins ? LONGEST_SPIN_US : 0);
  const bash = spawn('bash', ['--norc', '--noprofile', '-c', script], {
    env: { ...process.env, LC_ALL: 'C' },
    stdio: ['pipe', 'ignore', 'inherit'],
  });
  process.on('exit', () => bash.kill('SIGKILL'));
  return {
    release: ({ atMs, file }: Release) => bash.stdin.write(`${wallMicrosecondsAt(atMs)} ${file}\n`),
  };
});
