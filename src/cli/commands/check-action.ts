import { type Diagnostic, formatDiagnostics, hasError } from '../../diagnostics/index.ts';
import { configuredInventory } from '../compose/selection.ts';
import type { CliContext } from '../context.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { inspectPlaybook } from '../inspect-playbook.ts';
import { loadSettings } from '../load-settings.ts';
import type { SettingsRequest } from '../options.ts';
import type { Writer } from '../output.ts';
import { readPlaybook } from '../read-playbook.ts';
import { formatError } from '../render-error.ts';

export interface CheckRequest {
  readonly files: readonly string[];
  /** Of `--var`; they win over SET. */
  readonly variables: ReadonlyMap<string, string>;
  readonly lenient: boolean;
  readonly json: boolean;
  readonly settings: SettingsRequest;
}

interface FileReport {
  readonly file: string;
  readonly source: string;
  readonly diagnostics: readonly Diagnostic[];
}

/** Every file is looked at, whatever is wrong with the others; warnings alone are no failure. */
export async function checkAction(request: CheckRequest, context: CliContext): Promise<ExitCode> {
  const { stdout, stderr } = context.output;
  const { settings } = loadSettings(request.settings, context);
  const inventory = await configuredInventory(settings, context);
  const reports: FileReport[] = [];
  for (const file of request.files) {
    try {
      const source = await readPlaybook(file, context.workingDirectory);
      reports.push({
        file,
        source,
        diagnostics: inspectPlaybook(source, file, { ...request, inventory }).diagnostics,
      });
    } catch (thrown) {
      stderr.write(formatError(thrown, { debug: false }).text);
    }
  }
  if (request.json) stdout.write(`${JSON.stringify(reports.flatMap(toJson), undefined, 2)}\n`);
  else for (const report of reports) writeReport(stdout, report);
  const isUnreadable = reports.length < request.files.length;
  return isUnreadable || reports.some(({ diagnostics }) => hasError(diagnostics)) ? EXIT.usage : EXIT.ok;
}

function writeReport(writer: Writer, { file, source, diagnostics }: FileReport): void {
  writer.write(
    diagnostics.length === 0
      ? `${file}: no problems\n`
      : `${formatDiagnostics(source, file, diagnostics)}\n\n${file}: ${summary(diagnostics)}\n`,
  );
}

function summary(diagnostics: readonly Diagnostic[]): string {
  const errors = diagnostics.filter(({ severity }) => severity === 'error').length;
  return [count(errors, 'error'), count(diagnostics.length - errors, 'warning')].filter(Boolean).join(', ');
}

function count(number: number, word: string): string {
  if (number === 0) return '';
  return `${number} ${word}${number === 1 ? '' : 's'}`;
}

function toJson({ file, diagnostics }: FileReport): readonly object[] {
  return diagnostics.map(({ position, severity, code, message, suggestion }) => ({
    file,
    ...position,
    severity,
    code,
    message,
    suggestion,
  }));
}
