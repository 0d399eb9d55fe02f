import { AppError } from '../../base/index.ts';
import type { Position } from '../../diagnostics/index.ts';
import { type Playbook, resolveStep, type SendStep, type Template } from '../../playbook/index.ts';
import { joinWords } from '../../protocol/index.ts';
import { runOnBroker } from '../compose/control-run.ts';
import { createReporting } from '../compose/reporting.ts';
import { readSelection } from '../compose/selection.ts';
import type { CliContext } from '../context.ts';
import type { ExitCode } from '../exit-codes.ts';
import { loadSettings } from '../load-settings.ts';
import type { SettingsRequest } from '../options.ts';

export interface SendRequest {
  /** A node expression, as in a playbook; not parsed yet. */
  readonly nodes: string;
  /** The words of the message, each one literal. */
  readonly words: readonly string[];
  /** Stop a run that holds a node, instead of failing. */
  readonly takeOver: boolean;
  readonly settings: SettingsRequest;
}

/** A playbook of one SEND: whose outcome it waits for, and whose output it shows, like any other run. */
export async function sendAction(request: SendRequest, context: CliContext): Promise<ExitCode> {
  const { settings } = loadSettings(request.settings, context);
  const { takeOver } = request;
  const { inventory } = await readSelection(request.nodes, 'send', settings, context);
  const step = checkedStep(request);
  const playbook: Playbook = { file: 'send', steps: [step] };
  // Without a lease the node stays whose it is, and what was started goes on.
  const run = { playbook, variables: new Map(), inventory, takeOver, holdLease: takeOver };
  return runOnBroker(run, settings, createReporting(settings, context), context);
}

const COMMAND_LINE: Position = { line: 1, column: 1, length: 1 };

function checkedStep({ nodes, words }: SendRequest): SendStep {
  const message = joinWords(words);
  const step: SendStep = {
    kind: 'send',
    index: 0,
    position: COMMAND_LINE,
    text: `SEND ${nodes} ${message}`,
    nodes: literal(nodes),
    message: literal(message),
  };
  const { diagnostics } = resolveStep(step, new Map());
  if (diagnostics.length === 0) return step;
  const why = diagnostics.map(({ message: text }) => text).join('; ');
  throw new AppError('USAGE', `"${nodes}": ${why}`, { hint: 'orchestrate send --help' });
}

/** The words of a command line are what they are. By a function, since a replacement text has a `$$` of its own. */
function literal(text: string): Template {
  return { text: text.replaceAll('${', () => '$${'), position: COMMAND_LINE };
}
