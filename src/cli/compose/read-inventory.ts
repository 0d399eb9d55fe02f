import { existsSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { AppError, errorMessage } from '../../base/index.ts';
import { formatDiagnostics, hasError } from '../../diagnostics/index.ts';
import { type Inventory, parseInventory } from '../../inventory/index.ts';
import type { CliContext } from '../context.ts';
import { readText } from '../read-text.ts';
import { listInventory } from './list-inventory.ts';

/**
 * The inventory of a file: plain static YAML is read here, everything else that Ansible takes for one by
 * `ansible-inventory`. Problems with a place are printed.
 * @param file as the user named it
 * @throws AppError INVENTORY_UNREADABLE, INVENTORY_INVALID
 */
export async function readInventory(file: string, context: CliContext): Promise<Inventory> {
  const path = resolve(context.workingDirectory, file);
  const reason = whyListed(path);
  if (reason !== undefined) return listInventory({ file, path, reason }, context);
  const text = await readText(path, 'inventory').catch((thrown: unknown) => {
    throw new AppError('INVENTORY_UNREADABLE', `cannot read the inventory ${file}: ${errorMessage(thrown)}`, {
      hint: 'name it with --inventory FILE or INVENTORY=FILE',
    });
  });
  const { value, diagnostics } = parseInventory(text, file);
  const faults = diagnostics.filter(({ code }) => code !== 'NOT_PLAIN');
  if (faults.length > 0) context.output.stderr.write(`${formatDiagnostics(text, file, faults)}\n\n`);
  if (hasError(faults)) {
    const count = faults.length === 1 ? 'an error' : `${faults.length} errors`;
    throw new AppError('INVENTORY_INVALID', `the inventory ${file} has ${count}`, {
      hint: 'docs/reference/inventory.md has the form, with samples',
    });
  }
  if (value) return value;
  const [first] = diagnostics;
  const where = first && first.position.line > 1 ? `line ${first.position.line}: ` : '';
  return listInventory({ file, path, reason: `${where}${first?.message ?? ''}` }, context);
}

/** What lies beside an inventory belongs to it, and only Ansible knows all of its rules. */
function whyListed(path: string): string | undefined {
  if (existsSync(path) && statSync(path).isDirectory()) return 'it is a folder';
  const beside = ['group_vars', 'host_vars'].find((name) => existsSync(join(dirname(path), name)));
  return beside === undefined ? undefined : `${beside}/ lies beside it`;
}
