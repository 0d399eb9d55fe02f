import type { NodeName } from '../protocol/index.ts';
import type { KnownNodes, NodeExpression, NodePart, NodeTerm } from './model.ts';

/**
 * Whom an expression means, each once, in the order written; `*` and groups in their own order. A node that is named
 * need not be known.
 */
export function selectNodes({ parts }: NodeExpression, known: KnownNodes): readonly NodeName[] {
  const included = parts.filter(({ isExcluded }) => !isExcluded);
  const excluded = new Set(
    parts.filter(({ isExcluded }) => isExcluded).flatMap((part) => membersOf(part, known)),
  );
  const selected =
    included.length === 0 ? [...known.hosts.keys()] : included.flatMap((part) => membersOf(part, known));
  return [...new Set(selected)].filter((node) => !excluded.has(node));
}

/** Whom expressions speak of, each in the order of first mention. */
export interface Mentioned {
  /** Named by themselves or in a range, and not left out by name. */
  readonly nodes: readonly NodeName[];
  /** Without the `@`. */
  readonly groups: readonly string[];
  /** True when one cannot be told without knowing everybody. */
  readonly all: boolean;
}

export function mentionedIn(expressions: Iterable<NodeExpression>): Mentioned {
  const nodes = new Set<NodeName>();
  const groups = new Set<string>();
  let all = false;
  for (const expression of expressions) {
    const { parts } = expression;
    for (const name of selectNodes(expression, NOBODY)) nodes.add(name);
    all ||= parts.every(({ isExcluded }) => isExcluded);
    for (const term of parts.flatMap(({ terms }) => terms)) {
      if (term.kind === 'group') groups.add(term.name);
      all ||= term.kind === 'all';
    }
  }
  return { nodes: [...nodes], groups: [...groups], all };
}

const NOBODY: KnownNodes = { hosts: new Map(), groups: new Map() };

/** The term, when there is nothing but one, which is included. */
export function soleTerm({ parts }: NodeExpression): NodeTerm | undefined {
  const [part, ...more] = parts;
  const [term, ...others] = part?.terms ?? [];
  return part?.isExcluded === false && more.length + others.length === 0 ? term : undefined;
}

/** Whoever there may be, and whatever groups they are in: it means none of them. */
export function isNobody({ parts }: NodeExpression): boolean {
  const included = parts.filter(({ isExcluded }) => !isExcluded);
  const excluded = parts.filter(({ isExcluded }) => isExcluded);
  if (excluded.some(({ terms }) => terms.every(({ kind }) => kind === 'all'))) return true;
  const isOpen = ({ terms }: NodePart): boolean => terms.every(({ kind }) => kind !== 'nodes');
  if (included.length === 0 || included.some(isOpen)) return false;
  const isCertain = ({ terms }: NodePart): boolean => terms.every(({ kind }) => kind !== 'group');
  const gone = new Set(excluded.filter(isCertain).flatMap(namesIn));
  return included.flatMap(namesIn).every((name) => gone.has(name));
}

/** The names that each of its terms has that has names. */
function namesIn({ terms }: NodePart): readonly NodeName[] {
  return inEach(terms.flatMap((term) => (term.kind === 'nodes' ? [term.names] : [])));
}

/** Who is named need not be known, so `*` takes nothing away from what stands beside it. */
function membersOf({ terms }: NodePart, known: KnownNodes): readonly NodeName[] {
  const narrowing = terms.filter(({ kind }) => kind !== 'all');
  return inEach((narrowing.length > 0 ? narrowing : terms).map((term) => namesOf(term, known)));
}

function namesOf(term: NodeTerm, known: KnownNodes): readonly NodeName[] {
  if (term.kind === 'nodes') return term.names;
  return term.kind === 'all' ? [...known.hosts.keys()] : (known.groups.get(term.name) ?? []);
}

/** In the order of the first list. */
function inEach([first = [], ...others]: readonly (readonly NodeName[])[]): readonly NodeName[] {
  const sets = others.map((names) => new Set(names));
  return first.filter((name) => sets.every((set) => set.has(name)));
}
