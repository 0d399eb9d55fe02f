export { checkSelection, someNames } from './check-selection.ts';
export { KNOWN_VARIABLES } from './known-variables.ts';
export type {
  Inventory,
  InventoryHost,
  KnownNodes,
  NodeExpression,
  NodePart,
  NodeTerm,
} from './model.ts';
export { parseNodeExpression, placeOf } from './node-expression.ts';
export { parseInventory } from './parse-inventory.ts';
export { type InventoryListing, parseInventoryList } from './parse-inventory-list.ts';
export { type Mentioned, mentionedIn, selectNodes, soleTerm } from './select-nodes.ts';
