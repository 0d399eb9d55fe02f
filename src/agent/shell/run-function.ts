import { type Clock, type Dispose, withTimeout } from '../../base/index.ts';
import type { ProcessTable } from '../../process/index.ts';
import { beginNow } from './beginning.ts';
import { finishOutput } from './command-outputs.ts';
import { interruptFunction } from './interrupt.ts';
import { commandMarks } from './leftovers.ts';
import type { FunctionCall, FunctionOutcome, FunctionStart } from './shell.ts';
import type { ShellHome } from './shell-home.ts';
import type { ShellProcess } from './shell-process.ts';
import { LATEST_MS, TimedBeginning } from './timed-beginning.ts';

interface RunOptions {
  readonly home: ShellHome;
  readonly shell: ShellProcess;
  readonly table: ProcessTable;
  readonly clock: Clock;
  /** Aborted to interrupt the function. */
  readonly signal: AbortSignal;
  /** Aborted so that a function that waits for its instant does not begin. */
  readonly takeBack: AbortSignal;
  readonly onStart: (start: FunctionStart) => void;
}

/**
 * Runs one function in a living shell, until it has ended, or the shell with it.
 * @returns undefined when the shell ended before it began: nothing of the function has run
 */
export async function runFunction(
  { commandId, name, args, at }: FunctionCall,
  options: RunOptions,
): Promise<FunctionOutcome | undefined> {
  const { home, shell, table, clock, signal, takeBack } = options;
  const output = await home.outputs.open(commandId);
  const { stdout, stderr } = output;
  const marks = commandMarks([commandId], [stdout.path]);
  let stopInterrupting: Dispose = () => {};
  const interrupt = (): void => {
    stopInterrupting = interruptFunction({
      shell,
      marks,
      table,
      clock,
      giveUp: () => shell.signal('SIGKILL'),
    });
  };

  const beginning =
    at === undefined ? beginNow(home.control, commandId) : new TimedBeginning({ ...options, commandId, at });
  const whyNot = beginning.whyNot();
  if (whyNot !== undefined) {
    finishOutput(output);
    return notBegun(whyNot);
  }
  home.groups?.enter(shell.pid, commandId);
  shell.send([commandId, stdout.path, stderr.path, ...beginning.words, name, ...args]);
  signal.addEventListener('abort', interrupt, { once: true });
  if (signal.aborted) interrupt();
  const end = parseEnd((await beginning.end)?.text);
  const hasBegun = beginning.finish();
  stopInterrupting();
  home.groups?.leave(shell.pid);
  signal.removeEventListener('abort', interrupt);

  const code = end.gone ? await codeOfShell(shell, clock) : end.code;
  const { stderrTail, warnings } = finishOutput(output);
  if (UNBEGUN_ENDS.has(end.how)) return notBegun(takeBack.aborted ? 'cancelled' : 'late');
  if (!hasBegun) return undefined;
  // A function that came to its own end in the same moment was not interrupted.
  const interrupted = signal.aborted && !OWN_ENDS.has(end.how);
  const incidental = end.how === 'fall';
  return { code: interrupted ? INTERRUPTED_CODE : code, interrupted, incidental, stderrTail, warnings };
}

function notBegun(unbegun: NonNullable<FunctionOutcome['unbegun']>): FunctionOutcome {
  return unbegun === 'cancelled'
    ? { code: INTERRUPTED_CODE, interrupted: true, unbegun, stderrTail: '', warnings: [] }
    : { code: NOT_RUN_CODE, interrupted: false, unbegun, stderrTail: TOO_LATE, warnings: [] };
}

/** What a shell returns for what it finds but cannot execute. */
export const NOT_RUN_CODE = 126;
const TOO_LATE = `bash came to it more than ${LATEST_MS} ms after its instant, so it was not begun`;
/** The prelude's words for a function that waited for its instant, and does not begin. */
const UNBEGUN_ENDS: ReadonlySet<string> = new Set(['cancelled', 'late']);
const INTERRUPTED_CODE = 143;
const OWN_ENDS: ReadonlySet<string> = new Set(['return', 'exit', 'fall']);

/** As the prelude says it: code, how the function ended, and `gone` when it takes the shell with it. */
function parseEnd(text = '0 death gone'): { code: number; how: string; gone: boolean } {
  const [code = '', how = '', gone] = text.split(' ');
  return { code: Number(code), how, gone: gone === 'gone' };
}

/** The shell is about to end, and nobody waits for it any longer than that takes. */
async function codeOfShell(shell: ShellProcess, clock: Clock): Promise<number> {
  await withTimeout(clock, shell.ended, SHELL_END_MS, () => shell.signal('SIGKILL'));
  return shell.ended;
}

const SHELL_END_MS = 500;
