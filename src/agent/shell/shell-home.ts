import { type Clock, type Dispose, Disposer, type Logger } from '../../base/index.ts';
import { type ControlGroups, createControlGroups, type ProcessTable } from '../../process/index.ts';
import { CommandOutputs } from './command-outputs.ts';
import { ControlChannel } from './control-channel.ts';
import {
  createPrivateDirectory,
  removePrivateDirectory,
  touchPrivateDirectory,
} from './private-directory.ts';
import { type Reaper, startReaper } from './reaper.ts';
import type { ShellListeners } from './shell.ts';
import { cleanEnvironment, SESSION_VARIABLE } from './shell-environment.ts';
import { createShellMarks, toVariables } from './shell-marks.ts';
import { StartStamps } from './start-stamps.ts';

interface ShellHomeOptions {
  readonly root: string;
  readonly node: string;
  readonly bash: string;
  readonly processes: ProcessTable;
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
  readonly starts: StartStamps;
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
  const marks = createShellMarks(options, options.processes);
  const mark = `${SESSION_VARIABLE}=${marks.session}`;
  const inherited = cleanEnvironment(process.env, options.withheld);
  const groups = createControlGroups(`mqtt-orchestrate-${marks.session}`);
  const directory = await createPrivateDirectory({ ...marks, groupsDirectory: groups?.directory }).catch(
    async (thrown: unknown) => {
      await groups?.close(clock);
      throw thrown;
    },
  );
  const outputs = new CommandOutputs(directory, clock, listeners.onOutput);
  const control = new ControlChannel(directory, listeners);
  const starts = new StartStamps(directory);
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
  disposer.add('close the stamps', () => starts.close());
  disposer.add('close the output pipes', () => outputs.close());
  disposer.add('let the directory grow old', keepTouched(directory, clock));

  return {
    directory,
    mark,
    environment: { ...inherited, ...options.environment, ...toVariables(marks) },
    control,
    outputs,
    starts,
    reaper,
    groups,
    close: () => disposer.dispose(),
  };
}

const CLOSE_STEP_MS = 1000;

/** A fraction of the day that the strictest cleaners wait. */
const TOUCH_EVERY_MS = 6 * 3_600_000;

function keepTouched(directory: string, clock: Clock): Dispose {
  const touch = (): void => {
    // Whoever needs it next says that it is gone.
    void touchPrivateDirectory(directory).catch(() => {});
    stopTimer = clock.setTimer(TOUCH_EVERY_MS, touch);
  };
  let stopTimer = clock.setTimer(TOUCH_EVERY_MS, touch);
  return () => stopTimer();
}
