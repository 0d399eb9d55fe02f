import { checkSelection } from '../../inventory/index.ts';
import { type CreateRule, namedNodes } from './rule.ts';

/** A node or a group that the inventory does not have, and nodes that turn out to be nobody. */
export const createKnownNamesRule: CreateRule =
  ({ inventory }) =>
  (step, resolved) => {
    const named = namedNodes(step, resolved);
    return named && inventory ? checkSelection(named.nodes, inventory, named.written.position) : [];
  };
