import { createWarning, quote } from '../../diagnostics/index.ts';
import { type CreateRule, namedNodes } from './rule.ts';

/** A node that an expression names twice: it counts once, and mostly another one was meant. */
export const createRepeatedNodeRule: CreateRule = () => (step, resolved) => {
  const named = namedNodes(step, resolved);
  if (!named) return [];
  const { position } = named.written;
  const { text } = named.nodes;
  const seen = new Set<string>();
  let offset = 0;
  return text.split(',').flatMap((word) => {
    // With variables replaced, the place in the line is not known.
    const isVerbatim = position.length === text.length;
    const place = isVerbatim
      ? { ...position, column: position.column + offset, length: word.length }
      : position;
    offset += word.length + 1;
    const isRepeated = seen.has(word);
    seen.add(word);
    if (!isRepeated) return [];
    const message = `${quote(word)} is named twice here, and counts once: was another node meant?`;
    return [createWarning('NODE_REPEATED', place, message)];
  });
};
