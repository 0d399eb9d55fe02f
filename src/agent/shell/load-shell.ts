import { AppError, type Clock, formatDuration, withTimeout } from '../../base/index.ts';
import { finishOutput } from './command-outputs.ts';
import type { ControlMessage } from './control-decoder.ts';
import { syntaxReason } from './load-check.ts';
import type { ScriptNeeds } from './shell.ts';
import type { ShellHome } from './shell-home.ts';
import { type ShellProcess, startShellProcess } from './shell-process.ts';

interface LoadOptions {
  readonly bash: string;
  readonly scriptFile: string;
  readonly workingDirectory: string;
  readonly clock: Clock;
  /** How long the script's top level may run. */
  readonly loadTimeoutMs: number;
  /** Distinguishes this bash from those before it. */
  readonly generation: number;
  /** Aborted when nobody wants the shell any more. */
  readonly signal: AbortSignal;
}

export type LoadedShell =
  | {
      readonly ok: true;
      readonly shell: ShellProcess;
      readonly functions: ReadonlySet<string>;
      readonly needs: ScriptNeeds;
    }
  | { readonly ok: false; readonly reason: string };

/**
 * Starts a bash, lets it source the script and take over the variables of the one before it, if there was one.
 * @throws AppError SHELL_UNAVAILABLE when bash is missing or too old
 */
export async function loadShell(home: ShellHome, options: LoadOptions): Promise<LoadedShell> {
  const { bash, scriptFile, clock, loadTimeoutMs } = options;
  const output = await home.outputs.open(undefined);
  const shell = await startShellProcess({
    ...options,
    directory: home.directory,
    snapshot: home.control.snapshot?.file,
    environment: home.environment,
    stdout: output.stdout.writeEnd,
    stderr: output.stderr.writeEnd,
  }).catch((thrown: unknown) => {
    finishOutput(output);
    throw thrown;
  });
  home.reaper.watch(shell.pid);
  home.control.follow(shell);
  const kill = (): void => shell.signal('SIGKILL');
  options.signal.addEventListener('abort', kill, { once: true });
  if (options.signal.aborted) kill();
  void shell.ended.then(() => options.signal.removeEventListener('abort', kill));

  const next = (kind: string, timeoutMs: number): Promise<ControlMessage | 'ended' | 'late'> =>
    withTimeout(
      clock,
      home.control.next(kind, '').then((message) => message ?? 'ended'),
      timeoutMs,
      () => 'late',
    );
  const interrupted = { ok: false, reason: `${scriptFile}: loading it was interrupted.` } as const;
  const hello = await next('hello', HELLO_MS);
  if (options.signal.aborted) {
    finishOutput(output);
    return interrupted;
  }
  if (typeof hello === 'string' || !isRecent(hello.text)) {
    kill();
    finishOutput(output);
    throw unfitBash(bash, typeof hello === 'string' ? undefined : hello.text);
  }
  const loaded = await next('loaded', loadTimeoutMs);
  if (typeof loaded === 'string') kill();
  const { stderrTail } = finishOutput(output);
  if (options.signal.aborted) return interrupted;
  if (loaded === 'late') {
    return {
      ok: false,
      reason: `${scriptFile}: loading it took longer than ${formatDuration(loadTimeoutMs)}.`,
    };
  }
  if (loaded === 'ended')
    return { ok: false, reason: endedReason(scriptFile, await shell.ended, stderrTail) };
  const reason = syntaxReason(scriptFile, stderrTail);
  if (reason) {
    kill();
    return { ok: false, reason };
  }
  return { ok: true, shell, ...parseLoaded(loaded.text) };
}

/** Only a machine in great need takes longer to start a bash. */
const HELLO_MS = 10_000;
const OLDEST_BASH = [4, 3] as const;

function isRecent(version: string): boolean {
  const [, major = '0', minor = '0'] = /^(\d+)\.(\d+)/.exec(version) ?? [];
  return (
    Number(major) > OLDEST_BASH[0] || (Number(major) === OLDEST_BASH[0] && Number(minor) >= OLDEST_BASH[1])
  );
}

function unfitBash(bash: string, version: string | undefined): AppError {
  const what = version === undefined ? `${bash} does not start as bash` : `${bash} is version ${version}`;
  return new AppError(
    'SHELL_UNAVAILABLE',
    `${what}; the agent needs bash ${OLDEST_BASH.join('.')} or newer.`,
    {
      hint: 'Install a newer bash (Debian: apt-get install bash; macOS: brew install bash) and put it first in PATH.',
    },
  );
}

function endedReason(scriptFile: string, code: number, stderrTail: string): string {
  const lastWords = stderrTail.trimEnd().split('\n').at(-1);
  return (
    `${scriptFile}: bash ended with code ${code} while loading it` +
    `${lastWords ? ` (${lastWords})` : ''}; a node script should define functions and no more.`
  );
}

/** As the prelude says it: functions, an empty line, PATH, and the rest is what the script requires. */
function parseLoaded(text: string): { functions: ReadonlySet<string>; needs: ScriptNeeds } {
  const functionsEnd = text.indexOf('\n\n') + 1;
  const [path = '', ...requires] = text.slice(functionsEnd + 1).split('\n');
  return {
    functions: parseFunctions(text.slice(0, functionsEnd)),
    needs: { requires: requires.join('\n'), path: path === '' ? undefined : path },
  };
}

/** What `declare -F` prints, one `declare -f name` a line, without what the prelude itself defines. */
function parseFunctions(text: string): ReadonlySet<string> {
  const names = text.split('\n').map((line) => line.slice(line.lastIndexOf(' ') + 1));
  return new Set(names.filter((name) => name !== '' && !name.startsWith('__mo_') && !HELPERS.has(name)));
}

const HELPERS: ReadonlySet<string> = new Set(['exit', 'publish_mqtt', 'update', 'wait_port']);
