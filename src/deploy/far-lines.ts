/** What a far program said, one fact a line, in its order. */
export interface FarLine {
  readonly word: string;
  /** What follows the word, as it is. */
  readonly rest: string;
}

export type FarSaid =
  | { readonly kind: 'complete'; readonly lines: readonly FarLine[] }
  /** It gave up, and said why. */
  | {
      readonly kind: 'failed';
      readonly reason: string;
      readonly detail: string;
      readonly lines: readonly FarLine[];
    }
  /** It broke off, or never began. */
  | { readonly kind: 'incomplete'; readonly hasBegun: boolean };

const MARK = '::orchestrate:: ';

/** Reads what came back of a host. Whatever a login prints around it is not for us: only marked lines between `begin` and `end` are. */
export function decodeFarLines(stdout: string): FarSaid {
  const marked = stdout
    .split('\n')
    .filter((line) => line.startsWith(MARK))
    .map((line) => toLine(line.slice(MARK.length).replace(/\r$/, '')));
  const begin = marked.findIndex(({ word }) => word === 'begin');
  if (begin < 0) return { kind: 'incomplete', hasBegun: false };
  const end = marked.findIndex(({ word }, index) => word === 'end' && index > begin);
  if (end < 0) return { kind: 'incomplete', hasBegun: true };
  const lines = marked.slice(begin + 1, end);
  const failure = lines.find(({ word }) => word === 'fail');
  if (!failure) return { kind: 'complete', lines };
  const { word: reason, rest: detail } = toLine(failure.rest);
  return { kind: 'failed', reason, detail, lines };
}

function toLine(text: string): FarLine {
  const blank = text.indexOf(' ');
  return blank < 0 ? { word: text, rest: '' } : { word: text.slice(0, blank), rest: text.slice(blank + 1) };
}
