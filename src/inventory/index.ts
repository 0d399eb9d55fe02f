export type { Inventory, InventoryHost, NodeExpression, NodeTerm } from './model.ts';
export { parseNodeExpression } from './node-expression.ts';
export { parseInventory } from './parse-inventory.ts';
export { type InventoryListing, parseInventoryList } from './parse-inventory-list.ts';
