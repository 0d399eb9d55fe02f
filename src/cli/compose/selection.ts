import { AppError } from '../../base/index.ts';
import type { Settings } from '../../config/index.ts';
import type { Diagnostic } from '../../diagnostics/index.ts';
import {
  checkSelection,
  type Inventory,
  type NodeExpression,
  parseNodeExpression,
} from '../../inventory/index.ts';
import type { CliContext } from '../context.ts';
import { readInventory } from './read-inventory.ts';

/** Whom a command is about. */
interface Selection {
  /** Undefined: nobody has given one. */
  readonly inventory: Inventory | undefined;
  /** Undefined: everybody. */
  readonly nodes: NodeExpression | undefined;
}

/**
 * The inventory of the configuration, and the nodes that somebody names on the command line.
 * @param nodes as written; undefined: everybody
 * @param command whose help says more
 * @throws AppError USAGE, INVENTORY_UNREADABLE, INVENTORY_INVALID
 */
export async function readSelection(
  nodes: string | undefined,
  command: string,
  settings: Settings,
  context: CliContext,
): Promise<Selection> {
  const expression = nodes === undefined ? undefined : parseNodes(nodes, command);
  const inventory = await configuredInventory(settings, context);
  if (expression && inventory) assertKnown(expression, inventory, command);
  return { inventory, nodes: expression };
}

/**
 * Nodes of the inventory, as somebody names them on the command line.
 * @throws AppError USAGE
 */
export function parseSelection(nodes: string, inventory: Inventory, command: string): NodeExpression {
  const expression = parseNodes(nodes, command);
  assertKnown(expression, inventory, command);
  return expression;
}

/** @throws AppError INVENTORY_UNREADABLE, INVENTORY_INVALID */
export async function configuredInventory(
  { inventory }: Settings,
  context: CliContext,
): Promise<Inventory | undefined> {
  return inventory === undefined ? undefined : readInventory(inventory, context);
}

function assertKnown(nodes: NodeExpression, inventory: Inventory, command: string): void {
  const problems = checkSelection(nodes, inventory, COMMAND_LINE);
  if (problems.length > 0) throw refuse(nodes.text, problems, command);
}

function parseNodes(text: string, command: string): NodeExpression {
  const { value, diagnostics } = parseNodeExpression(text, COMMAND_LINE);
  if (value) return value;
  throw refuse(text, diagnostics, command);
}

const COMMAND_LINE = { line: 1, column: 1, length: 1 };

function refuse(text: string, problems: readonly Diagnostic[], command: string): AppError {
  const why = problems.map(({ message }) => message).join('; ');
  const meant = problems.flatMap(({ suggestion }) => suggestion ?? []);
  const hint = meant.length > 0 ? `did you mean ${meant.join(', ')}?` : `orchestrate ${command} --help`;
  return new AppError('USAGE', `"${text}": ${why}`, { hint });
}
