import type { ReporterOptions } from './reporter.ts';
import type { Style } from './style.ts';
import { fitColumns } from './text-width.ts';

const TO_LINE_START_AND_ERASE = '\r\u001b[K';
const DEFAULT_COLUMNS = 80;

/** Whole lines that stay, and on a terminal one line below them that says what is going on just now. */
export interface Screen {
  /** @param text one or more whole lines, line ends included */
  print(text: string): void;
  /** @param text uncoloured; undefined: there is nothing going on. Not shown where a line cannot be rewritten. */
  setStatus(text: string | undefined): void;
}

export function createScreen(options: ReporterOptions, style: Style): Screen {
  const { write } = options;
  let status = '';
  let erase = '';

  /** The status comes after whatever is printed, in the same write: it does not flicker. */
  function draw(lines: string): void {
    const text = erase + lines + status;
    erase = status === '' ? '' : TO_LINE_START_AND_ERASE;
    if (text !== '') write(text);
  }

  return {
    print: draw,
    setStatus(text) {
      if (!options.tty) return;
      const columns = (options.width ?? DEFAULT_COLUMNS) - 1;
      status = text === undefined ? '' : style.faint(fitColumns(text, columns, style.ellipsis));
      draw('');
    },
  };
}
