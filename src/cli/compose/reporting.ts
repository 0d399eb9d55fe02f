import type { Logger } from '../../base/index.ts';
import type { Settings } from '../../config/index.ts';
import type { RunRecorder } from '../../history/index.ts';
import { createReporter, type Reporter } from '../../report/index.ts';
import type { CliContext } from '../context.ts';
import { createLogger } from '../logger.ts';

/** The reporter on stdout, and a logger on stderr that does not write into the reporter's moving line. */
export function createReporting(
  { reporter: kind, debug }: Settings,
  { output, environment }: CliContext,
  recorder?: RunRecorder,
): { readonly reporter: Reporter; readonly logger: Logger } {
  const { stdout, stderr } = output;
  const reporter = createReporter(kind, {
    write: (text) => stdout.write(text),
    colour: stdout.hasColour,
    unicode: isUtf8(environment),
    tty: stdout.isTerminal && environment.TERM !== 'dumb',
    get width() {
      return stdout.columns;
    },
    get record() {
      return recorder?.folder;
    },
  });
  const logger = createLogger(
    {
      ...stderr,
      write(text) {
        reporter.clearLine();
        stderr.write(text);
      },
    },
    { debug },
  );
  return { reporter: recorder ? recorded(reporter, recorder) : reporter, logger };
}

/** What the reporter is told is in the record by then. */
function recorded(reporter: Reporter, recorder: RunRecorder): Reporter {
  return {
    onEvent(event) {
      recorder.onEvent(event);
      reporter.onEvent(event);
    },
    clearLine: () => reporter.clearLine(),
  };
}

/** The first of these that is set decides, as in every C library. */
export function isUtf8({ LC_ALL, LC_CTYPE, LANG }: NodeJS.ProcessEnv): boolean {
  return /utf-?8/i.test(LC_ALL || LC_CTYPE || LANG || '');
}
