import {
  createError,
  type Diagnostic,
  hasError,
  type Parsed,
  type Position,
  quote,
} from '../diagnostics/index.ts';
import { isGroupName, isNodeName, parseNodeName } from '../protocol/index.ts';
import { expandRange, MOST_NAMES } from './host-range.ts';
import type { NodeExpression, NodePart, NodeTerm } from './model.ts';
import { isNobody } from './select-nodes.ts';

const NAME_RULE = 'letters, digits, "_", "." and "-", beginning with a letter or a digit';

/**
 * Reads `node1`, `node[1:20]`, `@group`, `*`, intersections `@a&@b`, exclusions `!node1`, and several of them with commas
 * between.
 * @param position where the text stands. When it is exactly as long as the text, problems are located inside it;
 *   otherwise (variables were replaced) they are those of the whole.
 */
export function parseNodeExpression(text: string, position: Position): Parsed<NodeExpression> {
  const diagnostics: Diagnostic[] = [];
  const parts: NodePart[] = [];
  let names = 0;
  for (const word of split(text, ',')) {
    const part = parsePart(word);
    const found = 'problem' in part ? undefined : part;
    names +=
      found?.terms.reduce((sum, term) => sum + (term.kind === 'nodes' ? term.names.length : 0), 0) ?? 0;
    const problem =
      'problem' in part
        ? part
        : names > MOST_NAMES
          ? { ...word, problem: `these are more than ${MOST_NAMES} names` }
          : undefined;
    if (problem) {
      const place = placeOf(problem, text, position);
      diagnostics.push(createError('INVALID_NODES', place, problem.problem, problem.suggestion));
    }
    if (found) parts.push(found);
  }
  if (hasError(diagnostics)) return { diagnostics };
  const value = { text, parts };
  if (!isNobody(value)) return { value, diagnostics };
  const message = `${quote(text)} leaves nobody: what is included is excluded again`;
  return {
    diagnostics: [createError('INVALID_NODES', placeOf({ text, offset: 0 }, text, position), message)],
  };
}

/** A piece of the text, where it stands. */
interface Word {
  readonly text: string;
  readonly offset: number;
}

interface Problem extends Word {
  readonly problem: string;
  readonly suggestion?: string;
}

/** Where a piece of the text stands, as far as that is known. */
export function placeOf({ text, offset }: Word, whole: string, position: Position): Position {
  if (position.length !== whole.length) return position;
  return { ...position, column: position.column + offset, length: Math.max(text.length, 1) };
}

/** A comma in brackets is a mistake in a range, not the end of a node. */
function split(text: string, separator: ',' | '&', start = 0): readonly Word[] {
  const words: Word[] = [];
  let begin = 0;
  let isInside = false;
  for (let at = 0; at <= text.length; at += 1) {
    const character = text[at];
    if (character === '[') isInside = true;
    if (character === ']') isInside = false;
    if (at < text.length && (isInside || character !== separator)) continue;
    words.push({ text: text.slice(begin, at), offset: start + begin });
    begin = at + 1;
  }
  return words;
}

function parsePart(word: Word): NodePart | Problem {
  const isExcluded = word.text.startsWith('!');
  const start = isExcluded ? 1 : 0;
  const terms: NodeTerm[] = [];
  for (const piece of split(word.text.slice(start), '&', word.offset + start)) {
    const term = parseTerm(piece, word);
    if ('problem' in term) return term;
    terms.push(term);
  }
  return { ...word, isExcluded, terms };
}

function parseTerm(piece: Word, word: Word): NodeTerm | Problem {
  const { text } = piece;
  if (text === '') return { ...piece, ...missing(word) };
  if (text.startsWith('!')) return { ...piece, ...misplaced(word) };
  if (text === '*') return { ...piece, kind: 'all' };
  if (!text.startsWith('@')) return parseNames(piece);
  const name = text.slice(1);
  if (isGroupName(name)) return { ...piece, kind: 'group', name };
  return { ...piece, problem: `${quote(text)} is no group: "@" and a name of ${NAME_RULE}` };
}

function missing({ text }: Word): Pick<Problem, 'problem' | 'suggestion'> {
  if (text === '') {
    return {
      problem: 'a node is missing here: nodes are separated by one comma, without blanks (node1,node2)',
    };
  }
  const problem = 'a node or a group is missing here: "!" stands before one, "&" between two (!node1, @a&@b)';
  const mended = text.replace(/^!+/, '!').split('&').filter(Boolean).join('&');
  return mended === '!' || mended === '' ? { problem } : { problem, suggestion: mended };
}

/** `@a&!@b` would be read by everybody as it is meant, but `!@a&@b` would not. */
function misplaced({ text }: Word): Pick<Problem, 'problem' | 'suggestion'> {
  const problem = '"!" excludes all that stands between two commas, and stands before it';
  if (text.startsWith('!')) return { problem };
  const terms = text.split('&');
  const included = terms.filter((term) => !term.startsWith('!')).join('&');
  return { problem, suggestion: [included, ...terms.filter((term) => term.startsWith('!'))].join(',') };
}

function parseNames(piece: Word): NodeTerm | Problem {
  const { text, offset } = piece;
  const single = parseNodeName(text);
  if (single !== undefined) return { ...piece, kind: 'nodes', names: [single] };
  const range = expandRange(text);
  if (range.kind === 'wrong') {
    const place = {
      text: text.slice(range.offset, range.offset + range.length),
      offset: offset + range.offset,
    };
    const mended = range.suggestion && text.replace(place.text, range.suggestion);
    return { ...place, problem: range.message, ...(mended !== undefined && { suggestion: mended }) };
  }
  const names = range.names.filter(isNodeName);
  if (names.length === range.names.length) return { ...piece, kind: 'nodes', names };
  const advice = /[[\]]/.test(text) ? '; a range is written node[1:20]' : '';
  return { ...piece, problem: `${quote(text)} is no node name: ${NAME_RULE}${advice}` };
}
