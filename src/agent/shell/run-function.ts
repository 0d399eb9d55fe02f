import type { Clock, Dispose } from '../../base/index.ts';
import { finishOutput } from './command-outputs.ts';
import { interruptFunction } from './interrupt.ts';
import { commandMarks } from './leftovers.ts';
import type { FunctionCall, FunctionOutcome } from './shell.ts';
import type { ShellHome } from './shell-home.ts';
import type { ShellProcess } from './shell-process.ts';

interface RunOptions {
  readonly home: ShellHome;
  readonly shell: ShellProcess;
  readonly clock: Clock;
  /** Aborted to interrupt the function. */
  readonly signal: AbortSignal;
}

/** Runs one function in a living shell, until it has ended, or the shell with it. */
export async function runFunction(
  { commandId, name, args }: FunctionCall,
  { home, shell, clock, signal }: RunOptions,
): Promise<FunctionOutcome> {
  const output = await home.outputs.open(commandId);
  const { stdout, stderr } = output;
  const marks = commandMarks([commandId], [stdout.path]);
  let stopInterrupting: Dispose = () => {};
  const interrupt = (): void => {
    stopInterrupting = interruptFunction({ shell, marks, clock, giveUp: () => shell.signal('SIGKILL') });
  };

  const ended = home.control.next('end', commandId, shell);
  shell.send([commandId, stdout.path, stderr.path, name, ...args]);
  signal.addEventListener('abort', interrupt, { once: true });
  if (signal.aborted) interrupt();
  const message = await ended;
  stopInterrupting();
  signal.removeEventListener('abort', interrupt);

  const end = message ? parseEnd(message.text) : { code: await shell.ended, how: 'death', gone: true };
  if (end.gone) {
    shell.signal('SIGKILL');
    await shell.ended;
  }
  // A function that came to its own end in the same moment was not interrupted.
  const interrupted = signal.aborted && !OWN_ENDS.has(end.how);
  return { code: interrupted ? INTERRUPTED_CODE : end.code, interrupted, ...finishOutput(output) };
}

const INTERRUPTED_CODE = 143;
const OWN_ENDS: ReadonlySet<string> = new Set(['return', 'exit']);

/** As the prelude says it: the code, how the function ended, and `gone` when it took the shell with it. */
function parseEnd(text: string): { code: number; how: string; gone: boolean } {
  const [code = '', how = '', gone] = text.split(' ');
  return { code: Number(code), how, gone: gone === 'gone' };
}
