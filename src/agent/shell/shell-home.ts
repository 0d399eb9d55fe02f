import { type Clock, createId, Disposer, type Logger } from '../../base/index.ts';
import { type ControlGroups, createControlGroups } from '../../process/index.ts';
import { CommandOutputs } from './command-outputs.ts';
import { ControlChannel } from './control-channel.ts';
import { createPrivateDirectory, removePrivateDirectory } from './private-directory.ts';
import { type Reaper, startReaper } from './reaper.ts';
import type { ShellListeners } from './shell.ts';
import { cleanEnvironment, SESSION_VARIABLE } from './shell-environment.ts';

interface ShellHomeOptions {
  readonly bash: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly withheld: readonly string[];
  readonly clock: Clock;
  readonly logger: Logger;
}

/** What stays when one bash takes another's place. */
export interface ShellHome {
  readonly directory: string;
  /** `NAME=value` in the environment of everything that ever starts here. */
  readonly mark: string;
  /** Complete environment for bash, the mark included. */
  readonly environment: Readonly<Record<string, string>>;
  readonly control: ControlChannel;
  readonly outputs: CommandOutputs;
  readonly reaper: Reaper;
  /** Undefined where this user may not make any. */
  readonly groups: ControlGroups | undefined;
  close(): Promise<void>;
}

export async function createShellHome(
  options: ShellHomeOptions,
  listeners: ShellListeners,
): Promise<ShellHome> {
  const { bash, clock, logger } = options;
  const session = createId();
  const mark = `${SESSION_VARIABLE}=${session}`;
  const inherited = cleanEnvironment(process.env, options.withheld);
  const directory = await createPrivateDirectory();
  const outputs = new CommandOutputs(directory, clock, listeners.onOutput);
  const control = new ControlChannel(directory, listeners);
  const groups = createControlGroups(`mqtt-orchestrate-${session}`);
  const reaper = startReaper({
    bash,
    // It needs its programs, and nothing that only the agent should know.
    environment: inherited.PATH === undefined ? {} : { PATH: inherited.PATH },
    mark,
    directory,
    groupsDirectory: groups?.directory,
  });

  const disposer = new Disposer(clock, logger, CLOSE_STEP_MS);
  // Last of all: what we have no time for, the reaper does.
  disposer.add('release the reaper', () => reaper.release());
  disposer.add('remove the private directory', () => removePrivateDirectory(directory));
  disposer.add('remove the control groups', () => groups?.close(clock));
  disposer.add('close the control channel', () => control.close());
  disposer.add('close the output pipes', () => outputs.close());

  return {
    directory,
    mark,
    environment: { ...inherited, ...options.environment, [SESSION_VARIABLE]: session },
    control,
    outputs,
    reaper,
    groups,
    close: () => disposer.dispose(),
  };
}

const CLOSE_STEP_MS = 1000;
