import { AppError, systemClock } from '../../base/index.ts';
import { type ProbeFinding, probeBroker, toFinding } from '../../probe/index.ts';
import { formatBrokerUrl, parseBrokerUrl } from '../../transport/index.ts';
import { loginOf } from '../compose/connection.ts';
import type { CliContext } from '../context.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { type FindingLayout, formatFinding } from '../finding-texts.ts';
import { loadSettings } from '../load-settings.ts';
import { createLogger } from '../logger.ts';
import type { SettingsRequest } from '../options.ts';

export interface BrokerCheckRequest {
  /** As given behind the command; not parsed yet. */
  readonly address: string | undefined;
  readonly json: boolean;
  readonly settings: SettingsRequest;
}

/** Each finding is told as soon as it is there; only a broker without something needed fails. */
export async function brokerCheckAction(request: BrokerCheckRequest, context: CliContext): Promise<ExitCode> {
  const { settings } = loadSettings(withAddress(request), context);
  const { broker, rootTopic } = settings;
  const { stdout, stderr } = context.output;
  const url = formatBrokerUrl(broker);
  if (!request.json) stdout.write(`${url}, topics below ${rootTopic}\n`);
  const findings = await probeBroker({
    login: loginOf(settings),
    root: rootTopic,
    clock: systemClock,
    logger: createLogger(stderr, settings),
    connectTimeoutMs: settings.brokerConnectTimeoutMs,
    signal: context.signal,
    onFinding: (finding) => {
      if (!request.json) stdout.write(`${formatFinding(toFinding(finding), LAYOUT).join('\n')}\n`);
    },
  });
  const verdict = verdictOf(findings);
  if (request.json) stdout.write(toJson(url, rootTopic, verdict, findings));
  else stdout.write(`\n${url} ${VERDICTS[verdict]}\n`);
  return verdict === 'fails' ? EXIT.failed : EXIT.ok;
}

function withAddress({ address, settings }: BrokerCheckRequest): SettingsRequest {
  if (address === undefined) return settings;
  if (settings.flags.MQTT_SERVER !== undefined) {
    throw new AppError('USAGE', 'the broker is given twice, with -m and without', { hint: 'leave out -m' });
  }
  const parsed = parseBrokerUrl(address);
  if (parsed.kind === 'error') {
    throw new AppError('USAGE', parsed.message, { hint: 'orchestrate broker check --help' });
  }
  return { ...settings, flags: { ...settings.flags, MQTT_SERVER: address } };
}

/** What comes first is known before the last row is. */
const LAYOUT: FindingLayout = { columns: ['result', 'title'], widths: { result: 6, title: 42 }, indent: 6 };

const VERDICTS = {
  works: 'works for mqtt-orchestrate',
  warns: 'works for mqtt-orchestrate, with the warnings above',
  fails: 'DOES NOT WORK for mqtt-orchestrate: see FAIL above',
} as const;

function verdictOf(findings: readonly ProbeFinding[]): keyof typeof VERDICTS {
  const open = findings.filter(({ outcome }) => outcome !== 'works');
  if (open.some(({ importance }) => importance === 'needed')) return 'fails';
  return open.some(({ importance }) => importance === 'wanted') ? 'warns' : 'works';
}

function toJson(
  broker: string,
  topics: string,
  verdict: keyof typeof VERDICTS,
  findings: readonly ProbeFinding[],
): string {
  const list = findings.map((finding) => ({ ...finding, remedy: finding.remedy ?? null }));
  return `${JSON.stringify({ broker, topics, verdict, findings: list }, undefined, 2)}\n`;
}
