/** A fleet of thousands is one range; a typing mistake is not to fill the memory. */
export const MOST_NAMES = 10_000;

const RANGE = /\[([^[\]]*)\]/g;
const BOUNDS = /^(\d+):(\d+)$/;

export type ExpandedRange =
  | { readonly kind: 'names'; readonly names: readonly string[] }
  /** `offset` and `length`: where in the text. */
  | {
      readonly kind: 'wrong';
      readonly offset: number;
      readonly length: number;
      readonly message: string;
      readonly suggestion?: string;
    };

/**
 * All names that `node[1:20]` stands for, both ends included, in order; a text without brackets is one name. Leading
 * zeros are kept: `[01:12]`. Several ranges multiply, the last one fastest, as with Ansible.
 */
export function expandRange(text: string): ExpandedRange {
  let names: readonly string[] = [''];
  let end = 0;
  for (const match of text.matchAll(RANGE)) {
    const [written, bounds = ''] = match;
    const place = { offset: match.index, length: written.length };
    const before = text.slice(end, match.index);
    const range = readBounds(bounds);
    if ('message' in range) return { kind: 'wrong', ...place, ...range };
    if (names.length * range.count > MOST_NAMES) {
      return { kind: 'wrong', ...place, message: `these are more than ${MOST_NAMES} names` };
    }
    const numbers = Array.from({ length: range.count }, (_, index) =>
      String(range.first + index).padStart(range.width, '0'),
    );
    names = names.flatMap((name) => numbers.map((number) => name + before + number));
    end = match.index + written.length;
  }
  const rest = text.slice(end);
  return { kind: 'names', names: names.map((name) => name + rest) };
}

interface Bounds {
  readonly first: number;
  readonly count: number;
  readonly width: number;
}

function readBounds(bounds: string): Bounds | { readonly message: string; readonly suggestion?: string } {
  const [, from = '', to = ''] = BOUNDS.exec(bounds) ?? [];
  if (from === '') {
    const [, first, last] = /^(\d+)(?:-|\.\.|,)(\d+)$/.exec(bounds) ?? [];
    const message = 'a range has two numbers and a colon, both ends included: [1:20]';
    return first === undefined ? { message } : { message, suggestion: `[${first}:${last}]` };
  }
  const isPadded = from.length > 1 && from.startsWith('0');
  if (isPadded && from.length !== to.length) {
    const suggestion = `[${from.padStart(to.length, '0')}:${to.padStart(from.length, '0')}]`;
    return { message: 'with leading zeros both ends have the same number of digits', suggestion };
  }
  const first = Number(from);
  const last = Number(to);
  if (last < first) {
    return { message: 'the range ends before it begins', suggestion: `[${to}:${from}]` };
  }
  if (!Number.isSafeInteger(last)) return { message: `these are more than ${MOST_NAMES} names` };
  return { first, count: last - first + 1, width: isPadded ? from.length : 0 };
}
