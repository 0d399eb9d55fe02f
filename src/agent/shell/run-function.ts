import { type Clock, type Dispose, withTimeout } from '../../base/index.ts';
import type { ProcessTable } from '../../process/index.ts';
import { finishOutput } from './command-outputs.ts';
import { interruptFunction } from './interrupt.ts';
import { commandMarks } from './leftovers.ts';
import type { FunctionCall, FunctionOutcome } from './shell.ts';
import type { ShellHome } from './shell-home.ts';
import type { ShellProcess } from './shell-process.ts';

interface RunOptions {
  readonly home: ShellHome;
  readonly shell: ShellProcess;
  readonly table: ProcessTable;
  readonly clock: Clock;
  /** Aborted to interrupt the function. */
  readonly signal: AbortSignal;
}

/**
 * Runs one function in a living shell, until it has ended, or the shell with it.
 * @returns undefined when the shell ended before it began: nothing of the function has run
 */
export async function runFunction(
  { commandId, name, args }: FunctionCall,
  { home, shell, table, clock, signal }: RunOptions,
): Promise<FunctionOutcome | undefined> {
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

  const begun = home.control.next('begun', commandId);
  const ended = begun.then((message) => message && home.control.next('end', commandId));
  home.groups?.enter(shell.pid, commandId);
  shell.send([commandId, stdout.path, stderr.path, name, ...args]);
  signal.addEventListener('abort', interrupt, { once: true });
  if (signal.aborted) interrupt();
  const end = parseEnd((await ended)?.text);
  stopInterrupting();
  home.groups?.leave(shell.pid);
  signal.removeEventListener('abort', interrupt);

  const code = end.gone ? await codeOfShell(shell, clock) : end.code;
  const { stderrTail, warnings } = finishOutput(output);
  if (!(await begun)) return undefined;
  // A function that came to its own end in the same moment was not interrupted.
  const interrupted = signal.aborted && !OWN_ENDS.has(end.how);
  const incidental = end.how === 'fall';
  return { code: interrupted ? INTERRUPTED_CODE : code, interrupted, incidental, stderrTail, warnings };
}

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
