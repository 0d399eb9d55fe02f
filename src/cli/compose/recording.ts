import { resolve } from 'node:path';
import { AppError, errorMessage, systemClock } from '../../base/index.ts';
import { type Configuration, formatOrigin } from '../../config/index.ts';
import { createRunRecorder, type RunRecorder } from '../../history/index.ts';
import type { CliContext } from '../context.ts';
import { EXIT, EXIT_CODE_OF_VERDICT, type ExitCode } from '../exit-codes.ts';
import { Interruption } from '../interrupts.ts';
import { formatError } from '../render-error.ts';
import type { RunRequest } from '../run-request.ts';
import { VERSION } from '../version.ts';

interface RecordingOptions {
  /** Of the playbook. */
  readonly source: string;
  readonly request: RunRequest;
  readonly configuration: Configuration;
  readonly onTrouble: (message: string) => void;
}

/** Keeps what happens in a run; undefined where that is not wanted. */
export function createRecording(
  { source, request, configuration, onTrouble }: RecordingOptions,
  { workingDirectory }: CliContext,
): RunRecorder | undefined {
  const { runsDirectory } = configuration.settings;
  if (!request.record || runsDirectory === undefined) return undefined;
  return createRunRecorder({
    directory: resolve(workingDirectory, runsDirectory),
    shownDirectory: runsDirectory,
    playbook: { file: request.playbookFile, source },
    variables: request.variables,
    configuration: configuration.entries.map(({ key, shown, origin }) => ({
      key,
      value: shown ?? null,
      origin: formatOrigin(origin),
    })),
    local: request.local,
    version: VERSION,
    workingDirectory,
    exitCodeOf: (verdict) => EXIT_CODE_OF_VERDICT[verdict],
    clock: systemClock,
    onTrouble,
  });
}

/** Does the work, and has the record say how the process ends. */
export async function untilRecorded(
  recorder: RunRecorder | undefined,
  work: () => Promise<ExitCode>,
): Promise<ExitCode> {
  try {
    const exitCode = await work();
    await recorder?.end({ exitCode });
    return exitCode;
  } catch (thrown) {
    const exitCode =
      thrown instanceof Interruption ? EXIT.interrupted : formatError(thrown, { debug: false }).exitCode;
    const code = thrown instanceof AppError ? thrown.code : null;
    await recorder?.end({ exitCode, error: { code, message: errorMessage(thrown) } });
    throw thrown;
  }
}
