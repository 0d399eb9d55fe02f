import { Chalk } from 'chalk';

/** Marks at the head of a line; all of one set are equally wide. */
const UNICODE_MARKS = {
  passed: '✓',
  failed: '✗',
  warning: '!',
  waiting: '…',
  running: '▸',
  update: '→',
  note: '·',
  none: ' ',
};
const ASCII_MARKS: Record<MarkName, string> = {
  passed: 'ok  ',
  failed: 'FAIL',
  warning: 'warn',
  waiting: 'wait',
  running: 'run ',
  update: '=>  ',
  note: '-   ',
  none: '    ',
};
const UNICODE_PICTURE = { dot: '●', line: '─', cutLeft: '‹', cutRight: '›', instant: '┊' };
const ASCII_PICTURE: typeof UNICODE_PICTURE = {
  dot: 'o',
  line: '-',
  cutLeft: '<',
  cutRight: '>',
  instant: ':',
};
export type MarkName = keyof typeof UNICODE_MARKS;

/** Without red, which means trouble. */
const NODE_COLOURS = [
  'cyan',
  'magenta',
  'yellow',
  'blue',
  'green',
  'cyanBright',
  'magentaBright',
  'yellowBright',
  'blueBright',
  'greenBright',
] as const;

/** How things look: the only place that knows colours and special characters. */
export type Style = ReturnType<typeof createStyle>;

export function createStyle({ colour, unicode }: { readonly colour: boolean; readonly unicode: boolean }) {
  const chalk = new Chalk({ level: colour ? 1 : 0 });
  return {
    unicode,
    marks: unicode ? UNICODE_MARKS : ASCII_MARKS,
    ellipsis: unicode ? '…' : '...',
    plusMinus: unicode ? '±' : '+/-',
    /** Of starts on a time axis. */
    picture: unicode ? UNICODE_PICTURE : ASCII_PICTURE,
    bar: unicode ? '│' : '|',
    good: (text: string) => chalk.green(text),
    bad: (text: string) => chalk.red(text),
    warn: (text: string) => chalk.yellow(text),
    faint: (text: string) => chalk.dim(text),
    strong: (text: string) => chalk.bold(text),
    /** In the colour of the node, which depends on its name alone: the same in every run. */
    node: (name: string, text = name) =>
      chalk[NODE_COLOURS[hash(name) % NODE_COLOURS.length] ?? 'cyan'](text),
  };
}

function hash(text: string): number {
  let sum = 0;
  for (let i = 0; i < text.length; i += 1) sum = (Math.imul(sum, 31) + text.charCodeAt(i)) >>> 0;
  return sum;
}
