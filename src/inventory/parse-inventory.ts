import { type Document, isAlias, LineCounter, parseDocument, visit } from 'yaml';
import { createError, type Diagnostic, hasError, type Parsed } from '../diagnostics/index.ts';
import { createInventory } from './create-inventory.ts';
import { mergeVariables } from './draft.ts';
import { GroupTree } from './group-tree.ts';
import type { Inventory } from './model.ts';
import { recogniseOtherKind } from './other-kinds.ts';
import { Places } from './places.ts';
import { PlainReader } from './plain-reader.ts';

/**
 * Reads Ansible's inventory where it is plain static YAML: groups with hosts, children and vars. All problems are reported
 * at once. NOT_PLAIN, alone or beside others, is no fault of the document: `ansible-inventory` reads it.
 * @param file as the user named it, for messages only
 */
export function parseInventory(text: string, file: string): Parsed<Inventory> {
  const source = text.startsWith('\uFEFF') ? text.slice(1) : text;
  const other = recogniseOtherKind(source);
  if (other !== undefined) {
    return { diagnostics: [createError('NOT_PLAIN', { line: 1, column: 1, length: 1 }, other)] };
  }
  const lines = new LineCounter();
  const places = new Places(source, lines);
  const document = readYaml(source, lines);
  if (typeof document === 'string') {
    return { diagnostics: [createError('INVALID_YAML', { line: 1, column: 1, length: 1 }, document)] };
  }
  // What is reported behind the first one are its consequences.
  const [error] = document.errors;
  if (error) return { diagnostics: [describeError(error, places)] };
  const alias = findAlias(document, places);
  if (alias) return { diagnostics: [alias] };
  const reader = new PlainReader(places);
  reader.readTop(document.contents);
  const { diagnostics, draft } = reader;
  if (hasError(diagnostics)) return { diagnostics };
  const tree = new GroupTree(draft.groups);
  if (tree.hosts.length === 0) {
    const message = 'the inventory has no host: write one below "hosts:" of a group';
    return { diagnostics: [createError('EMPTY_INVENTORY', { line: 1, column: 1, length: 1 }, message)] };
  }
  return { value: createInventory(file, tree, mergeVariables(draft, tree)), diagnostics };
}

/** Every scalar as it is written: what it means is decided as Ansible does. */
function readYaml(source: string, lineCounter: LineCounter): Document.Parsed | string {
  const options = { lineCounter, schema: 'failsafe', prettyErrors: false, uniqueKeys: false } as const;
  try {
    return parseDocument(source, options);
  } catch (thrown) {
    if (thrown instanceof RangeError) return 'it is nested too deeply';
    throw thrown;
  }
}

function describeError(error: Document.Parsed['errors'][number], places: Places): Diagnostic {
  const [message = ''] = error.message.split('\n');
  const advice = error.code === 'TAB_AS_INDENT' ? ': indent with blanks' : '';
  const text = message.replace(/[.:]$/, '') + advice;
  return createError('INVALID_YAML', places.from(error.pos[0], error.pos[1]), `this is no YAML: ${text}`);
}

function findAlias(document: Document.Parsed, places: Places): Diagnostic | undefined {
  let found: Diagnostic | undefined;
  visit(document, {
    Node: (_, node) => {
      if (!isAlias(node)) return undefined;
      found = createError('NOT_PLAIN', places.of(node), 'this repeats something by its anchor');
      return visit.BREAK;
    },
  });
  return found;
}
