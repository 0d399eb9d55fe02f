export type { Inventory, InventoryHost, NodeExpression, NodeTerm } from './model.ts';
export { parseNodeExpression } from './node-expression.ts';
