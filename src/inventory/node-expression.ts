import {
  createError,
  type Diagnostic,
  hasError,
  type Parsed,
  type Position,
  quote,
} from '../diagnostics/index.ts';
import { isGroupName, parseNodeName } from '../protocol/index.ts';
import type { NodeExpression, NodeTerm } from './model.ts';

const NAME_RULE = 'letters, digits, "_", "." and "-", beginning with a letter or a digit';

/**
 * Reads `node1`, `node1,node2`, `@group`, `*` and mixtures of them. A term that occurs twice counts once.
 * @param position where the text stands. When it is exactly as long as the text, problems are located inside it;
 *   otherwise (variables were replaced) they are those of the whole.
 */
export function parseNodeExpression(text: string, position: Position): Parsed<NodeExpression> {
  const diagnostics: Diagnostic[] = [];
  const terms = new Map<string, NodeTerm>();
  let offset = 0;
  for (const word of text.split(',')) {
    const term = parseTerm(word);
    if (typeof term === 'string') {
      const place =
        position.length === text.length
          ? { ...position, column: position.column + offset, length: Math.max(word.length, 1) }
          : position;
      diagnostics.push(createError('INVALID_NODES', place, term));
    } else {
      terms.set(word, term);
    }
    offset += word.length + 1;
  }
  if (hasError(diagnostics)) return { diagnostics };
  return { value: { text, terms: [...terms.values()] }, diagnostics };
}

/** @returns a term, or what is wrong with it. */
function parseTerm(word: string): NodeTerm | string {
  if (word === '')
    return 'a node is missing here: nodes are separated by one comma, without blanks (node1,node2)';
  if (word === '*') return { kind: 'all' };
  if (word.startsWith('@')) {
    const name = word.slice(1);
    return isGroupName(name)
      ? { kind: 'group', name }
      : `${quote(word)} is no group: "@" and a name of ${NAME_RULE}`;
  }
  const name = parseNodeName(word);
  return name === undefined ? `${quote(word)} is no node name: ${NAME_RULE}` : { kind: 'node', name };
}
