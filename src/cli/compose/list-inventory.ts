import { AppError, systemClock } from '../../base/index.ts';
import { type Inventory, parseInventoryList } from '../../inventory/index.ts';
import { runProgram } from '../../process/index.ts';
import { safeText } from '../../report/index.ts';
import type { CliContext } from '../context.ts';

const PROGRAM = 'ansible-inventory';
/** Inventories that ask a cloud take their time. */
const LIMIT_MS = 120_000;
const MOST_CHARACTERS = 64 * 1024 * 1024;

interface Listed {
  /** As the user named it. */
  readonly file: string;
  readonly path: string;
  /** Why we do not read it ourselves. */
  readonly reason: string;
}

/** @throws AppError INVENTORY_UNREADABLE, INVENTORY_INVALID */
export async function listInventory({ file, path, reason }: Listed, context: CliContext): Promise<Inventory> {
  const lines: string[] = [];
  let characters = 0;
  const ended = await runProgram({
    file: PROGRAM,
    args: ['--list', '-i', path],
    environment: environmentOf(context),
    workingDirectory: context.workingDirectory,
    timeoutMs: LIMIT_MS,
    clock: systemClock,
    signal: context.signal,
    onLine(line, stream) {
      if (stream === 'stderr') return;
      characters += line.length;
      if (characters <= MOST_CHARACTERS) lines.push(line);
    },
  });
  const refuse = (what: string, hint: string, cause?: string): AppError =>
    new AppError('INVENTORY_UNREADABLE', `cannot read the inventory ${file} (${reason}): ${what}`, {
      hint,
      cause,
    });
  if (ended.kind === 'not-started') {
    throw refuse(
      `only ${PROGRAM} can, and it cannot be run here`,
      'install ansible-core (apt install ansible-core), or write plain YAML: docs/reference/inventory.md',
      ended.reason,
    );
  }
  const said = lastWords(ended.stderr);
  if (ended.kind === 'timed-out') throw refuse(`${PROGRAM} took more than ${LIMIT_MS / 1000} s`, TRY, said);
  if (ended.kind === 'killed') throw refuse(`${PROGRAM} was ended by ${ended.by}`, TRY, said);
  if (ended.code !== 0) throw refuse(`${PROGRAM} ended with ${ended.code}`, TRY, said);
  if (said !== undefined) context.output.stderr.write(`${PROGRAM}: ${said}\n`);
  const listing = parseInventoryList(lines.join('\n'), file);
  if (listing.kind === 'ok') return listing.inventory;
  const message = [`the inventory ${file}, as ${PROGRAM} reads it:`, ...listing.problems].join('\n  ');
  throw new AppError('INVENTORY_INVALID', message, { hint: TRY });
}

const TRY = `try ${PROGRAM} --list -i FILE by hand`;

/** What cannot be read is a failure, not an inventory without hosts. Our password is nobody else's business. */
function environmentOf({ environment }: CliContext): NodeJS.ProcessEnv {
  const { MQTT_PASSWORD: _, ...rest } = environment;
  return { ...rest, ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED: 'true', ANSIBLE_NOCOLOR: 'true' };
}

const MOST_LINES = 20;

function lastWords(stderr: string): string | undefined {
  const words = stderr.trim().split('\n').slice(-MOST_LINES).join('\n');
  return words === '' ? undefined : safeText(words, true);
}
