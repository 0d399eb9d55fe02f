import type { Inventory } from '../../inventory/index.ts';
import { type PreflightStage, preflight } from '../../preflight/index.ts';
import type { Finding } from '../../probe/index.ts';
import { safeText } from '../../report/index.ts';
import { checkedPlaybook } from '../compose/checked-playbook.ts';
import { loginOf } from '../compose/connection.ts';
import { meetingOptions } from '../compose/meeting.ts';
import { isUtf8 } from '../compose/reporting.ts';
import { configuredInventory } from '../compose/selection.ts';
import { createStatusScreen } from '../compose/status-screen.ts';
import type { CliContext } from '../context.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { countFindings, findingsToJson, tableOfFindings } from '../finding-texts.ts';
import { loadSettings } from '../load-settings.ts';
import type { SettingsRequest } from '../options.ts';
import { readPlaybook } from '../read-playbook.ts';
import { VERSION } from '../version.ts';

export interface PreflightRequest {
  readonly playbookFile: string | undefined;
  /** Of `--var`; they win over SET. */
  readonly variables: ReadonlyMap<string, string>;
  readonly lenient: boolean;
  readonly json: boolean;
  readonly settings: SettingsRequest;
}

/** One table of all that a run would miss; only what fails is a failure. */
export async function preflightAction(request: PreflightRequest, context: CliContext): Promise<ExitCode> {
  const { settings } = loadSettings(request.settings, context);
  const inventory = await configuredInventory(settings, context);
  const playbook = await playbookOf(request, inventory, context);
  const { stdout, stderr } = context.output;
  const unicode = isUtf8(context.environment);
  const screen = createStatusScreen(context);
  const output = { stdout, stderr: { ...stderr, write: (text: string) => screen.print(text) } };
  const findings = await preflight({
    ...meetingOptions(settings, { ...context, output }),
    playbook,
    login: loginOf(settings),
    root: settings.rootTopic,
    version: VERSION,
    inventory,
    onStage: (stage) => screen.setStatus(safeText(describeStage(stage), unicode)),
  }).finally(() => screen.setStatus(undefined));
  if (request.json) {
    stdout.write(`${JSON.stringify(findingsToJson(findings), undefined, 2)}\n`);
  } else {
    // Much of it was said by agents, or by programs there.
    const lines = tableOfFindings(findings.map(onOneLine)).map((line) => `${safeText(line, unicode)}\n`);
    stdout.write(`${lines.join('')}\n${countFindings(findings)}\n`);
  }
  return findings.some(({ outcome }) => outcome === 'fails') ? EXIT.unreachable : EXIT.ok;
}

async function playbookOf(request: PreflightRequest, inventory: Inventory | undefined, context: CliContext) {
  const { playbookFile, variables } = request;
  if (playbookFile === undefined) return undefined;
  const source = await readPlaybook(playbookFile, context.workingDirectory);
  return { playbook: checkedPlaybook(source, { ...request, playbookFile, inventory }, context), variables };
}

function onOneLine(finding: Finding): Finding {
  return { ...finding, detail: finding.detail.trim().replaceAll(/\s+/g, ' ') };
}

function describeStage(stage: PreflightStage): string {
  switch (stage.kind) {
    case 'broker':
      return 'trying out the broker';
    case 'roll-call':
      return 'looking who is there';
    case 'nodes':
      return `looking at ${stage.nodes} ${stage.nodes === 1 ? 'node' : 'nodes'}`;
    case 'progress': {
      const { satisfied, missing } = stage.progress;
      const [first] = missing;
      const who = first ? `; ${first.node}: ${first.reason}` : '';
      return `${satisfied.length} of ${satisfied.length + missing.length} nodes are done${who}`;
    }
  }
}
