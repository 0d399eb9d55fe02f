import { formatDuration, systemClock } from '../base/index.ts';
import type { HostEvent, HostOutcome, HostProblem } from '../deploy/index.ts';
import { createStyle, safeText } from '../report/index.ts';
import { isUtf8 } from './compose/reporting.ts';
import { createStatusScreen } from './compose/status-screen.ts';
import type { CliContext } from './context.ts';
import type { Output } from './output.ts';

/** Hosts as they are worked on, on stderr: a line when one is done, and on a terminal one that says what goes on. */
export interface DeployDisplay {
  readonly onEvent: (event: HostEvent) => void;
  /** For what else has something to say meanwhile. */
  readonly output: Output;
  /** @param hosts how many there are */
  begin(hosts: number): void;
  setStatus(text: string | undefined): void;
  print(text: string): void;
  /** A line of a result, harmless on a terminal. */
  readonly line: (text: string) => string;
}

export function createDeployDisplay(context: CliContext): DeployDisplay {
  const { output, environment } = context;
  const screen = createStatusScreen(context);
  const unicode = isUtf8(environment);
  const style = createStyle({ colour: output.stderr.hasColour, unicode });
  const since = systemClock.now();
  const underWay = new Map<string, string>();
  let count = 0;
  let done = 0;

  const line = (text: string): string => `${safeText(text, unicode)}\n`;
  const showStatus = (): void => {
    const who = [...underWay].map(([node, what]) => `${node}: ${what}`).join(', ');
    screen.setStatus(who === '' ? undefined : safeText(`${done} of ${count} hosts; ${who}`, unicode));
  };

  return {
    output: { ...output, stderr: { ...output.stderr, write: (text) => screen.print(text) } },
    begin(hosts) {
      count = hosts;
    },
    setStatus: (text) => screen.setStatus(text),
    print: (text) => screen.print(line(text)),
    line,
    onEvent(event) {
      if (event.kind === 'progress') {
        underWay.set(event.node, event.what);
      } else {
        underWay.delete(event.node);
        done += 1;
        const isBad = event.outcome.kind === 'failed' || event.outcome.kind === 'skipped';
        const mark = isBad ? style.bad(style.marks.failed) : style.good(style.marks.passed);
        const at = `[${formatDuration(systemClock.now() - since).padStart(6)}]`;
        const [first = '', ...more] = linesOf(event.node, event.outcome).map((text) =>
          safeText(text, unicode),
        );
        if (event.outcome.kind !== 'seen')
          screen.print(
            `${at} ${mark} ${first}\n${more.map((text) => `${' '.repeat(INDENT)}${text}\n`).join('')}`,
          );
      }
      showStatus();
    },
  };
}

const INDENT = 11;

function linesOf(node: string, outcome: HostOutcome): readonly string[] {
  switch (outcome.kind) {
    case 'deployed':
    case 'unchanged':
    case 'planned':
    case 'ended':
      return [
        `${node}: ${WORDS[outcome.kind]}${outcome.detail}`,
        ...outcome.notes.map((note) => `note: ${note}`),
      ];
    case 'failed':
      return [`${node}: ${outcome.problem.detail}`, ...helpOf(outcome.problem)];
    case 'skipped':
      return [`${node}: not begun, since too many others had failed`];
    case 'seen':
      return [node];
  }
}

const WORDS = { deployed: 'deployed: ', unchanged: 'unchanged: ', planned: '', ended: '' } as const;

function helpOf({ hint, log = [] }: HostProblem): readonly string[] {
  return [`hint: ${hint}`, ...log.map((text) => `| ${text}`)];
}
