import fc from 'fast-check';

const NAME = fc.constantFrom('a', 'b', 'c', 'n1', 'n2', 'n3', 'n4');
const TERM = fc.oneof(
  { weight: 3, arbitrary: NAME },
  { weight: 2, arbitrary: fc.constantFrom('n[1:2]', 'n[1:4]', 'n[3:4]') },
  { weight: 3, arbitrary: fc.constantFrom('@g', '@h', '@none') },
  { weight: 1, arbitrary: fc.constant('*') },
);
const PART = fc
  .tuple(fc.boolean(), fc.array(TERM, { minLength: 1, maxLength: 3 }))
  .map(([isExcluded, terms]) => (isExcluded ? '!' : '') + terms.join('&'));

/** The text of an expression about a few nodes and groups, well formed; it may leave nobody. */
export function anyExpression(): fc.Arbitrary<string> {
  return fc.array(PART, { minLength: 1, maxLength: 5 }).map((parts) => parts.join(','));
}
