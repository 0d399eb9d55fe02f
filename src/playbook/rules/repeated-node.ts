import { createWarning, type Diagnostic, quote } from '../../diagnostics/index.ts';
import { type NodeExpression, type NodePart, placeOf } from '../../inventory/index.ts';
import { type CreateRule, namedNodes } from './rule.ts';

/** A node that an expression names twice: it counts once, and mostly another one was meant. */
export const createRepeatedNodeRule: CreateRule = () => (step, resolved) => {
  const named = namedNodes(step, resolved);
  if (!named) return [];
  return findRepeated(named.nodes).map(({ name, part }): Diagnostic => {
    const place = placeOf(part, named.nodes.text, named.written.position);
    const message = `${quote(name)} is named twice here, and counts once: was another node meant?`;
    return createWarning('NODE_REPEATED', place, message);
  });
};

interface Repeated {
  readonly name: string;
  readonly part: NodePart;
}

function findRepeated({ parts }: NodeExpression): readonly Repeated[] {
  const seen = new Set<string>();
  return parts.flatMap((part) => {
    const names = namesOf(part);
    const name = names.find((text) => seen.has(text));
    for (const text of names) seen.add(text);
    return name === undefined ? [] : [{ name, part }];
  });
}

function namesOf({ text, isExcluded, terms }: NodePart): readonly string[] {
  const [term, ...others] = terms;
  if (term?.kind !== 'nodes' || others.length > 0) return [text];
  return isExcluded ? term.names.map((name) => `!${name}`) : term.names;
}
