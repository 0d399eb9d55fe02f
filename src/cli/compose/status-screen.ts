import { createScreen, createStyle, type Screen } from '../../report/index.ts';
import type { CliContext } from '../context.ts';
import { isUtf8 } from './reporting.ts';

/** What a command says of its way there, on stderr: lines that stay, and on a terminal one that says what goes on. */
export function createStatusScreen({ output: { stderr }, environment }: CliContext): Screen {
  const looks = { colour: stderr.hasColour, unicode: isUtf8(environment) };
  const options = {
    ...looks,
    write: (text: string) => stderr.write(text),
    tty: stderr.isTerminal && environment.TERM !== 'dumb',
    get width() {
      return stderr.columns;
    },
  };
  return createScreen(options, createStyle(looks));
}
