import { type Document, isAlias, LineCounter, parseDocument, visit } from 'yaml';
import { createError, type Diagnostic, hasError, type Parsed } from '../diagnostics/index.ts';
import { createInventory } from './create-inventory.ts';
import { mergeVariables } from './draft.ts';
import { GroupTree } from './group-tree.ts';
import type { Inventory } from './model.ts';
import { recogniseOtherKind } from './other-kinds.ts';
import { Places } from './places.ts';
import { PlainReader } from './plain-reader.ts';
import { findDepth } from './yaml-depth.ts';

/**
 * Reads Ansible's inventory where it is plain static YAML: groups with hosts, children and vars. All problems are reported
 * at once. NOT_PLAIN, alone or beside others, is no fault of the document: `ansible-inventory` reads it.
 * @param file as the user named it, for messages only
 */
export function parseInventory(text: string, file: string): Parsed<Inventory> {
  const source = text.startsWith('\uFEFF') ? text.slice(1) : text;
  const lines = new LineCounter();
  const places = new Places(source, lines);
  const document = readYaml(source, lines, places);
  if ('severity' in document) return { diagnostics: [document] };
  const reader = new PlainReader(places);
  reader.readTop(document.contents);
  const { diagnostics, draft } = reader;
  if (hasError(diagnostics)) return { diagnostics };
  const tree = new GroupTree(draft.groups);
  if (tree.hosts.length > 0)
    return { value: createInventory(file, tree, mergeVariables(draft, tree)), diagnostics };
  const message = 'the inventory has no host: write one below "hosts:" of a group';
  return { diagnostics: [createError('EMPTY_INVENTORY', START, message)] };
}

const START = { line: 1, column: 1, length: 1 };

/** The document, or why it is not to be read here. */
function readYaml(source: string, lineCounter: LineCounter, places: Places): Document.Parsed | Diagnostic {
  const other = recogniseOtherKind(source);
  if (other !== undefined) return createError('NOT_PLAIN', START, other);
  const depth = findDepth(source);
  if (depth) return createError('INVALID_YAML', depth, 'this is nested too deeply');
  // Every scalar as it is written: what it means is decided as Ansible does.
  const options = { lineCounter, schema: 'failsafe', prettyErrors: false, uniqueKeys: false } as const;
  const document = parseDocument(source, options);
  // What is reported behind the first one are its consequences.
  const [error] = document.errors;
  return error ? describeError(error, places) : (findAlias(document, places) ?? document);
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
