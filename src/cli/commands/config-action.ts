import { type Configuration, formatOrigin } from '../../config/index.ts';
import type { CliContext } from '../context.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { loadSettings } from '../load-settings.ts';
import type { SettingsRequest } from '../options.ts';

export interface ConfigRequest {
  readonly settings: SettingsRequest;
}

/** A table `KEY  value  origin`. */
export async function configAction(request: ConfigRequest, context: CliContext): Promise<ExitCode> {
  const configuration = loadSettings(request.settings, context);
  context.output.stdout.write(formatTable(rowsOf(configuration)));
  return EXIT.ok;
}

type Row = readonly [key: string, value: string, origin: string];

function rowsOf(configuration: Configuration): readonly Row[] {
  return configuration.entries.map(({ key, shown, origin }) => [
    key,
    shown ?? '(not set)',
    shown === undefined ? '' : formatOrigin(origin),
  ]);
}

function formatTable(rows: readonly Row[]): string {
  const keyWidth = Math.max(...rows.map(([key]) => key.length));
  const valueWidth = Math.max(...rows.map(([, value]) => value.length));
  return rows
    .map(([key, value, origin]) =>
      `${key.padEnd(keyWidth)}  ${value.padEnd(valueWidth)}  ${origin}`.trimEnd().concat('\n'),
    )
    .join('');
}
