import { Command } from 'commander';
import type { Select } from '../context.ts';
import { addVariableOption } from '../options.ts';

export interface CheckRequest {
  readonly files: readonly string[];
  /** Of `--var`; they win over SET. */
  readonly variables: ReadonlyMap<string, string>;
  readonly lenient: boolean;
  readonly json: boolean;
}

export function addCheckCommand(program: Command, select: Select): void {
  const command = new Command('check').copyInheritedSettings(program);
  command.description('look for mistakes in playbooks, without a broker');
  command.argument('<file...>', 'playbooks');
  addVariableOption(command);
  command.option('--lenient', 'warn about unknown lines and skip them');
  command.option(
    '--json',
    'print an array of {file, line, column, length, severity, code, message, suggestion}',
  );
  command.option('-d, --debug', 'show stacks of errors');
  command.action((files: string[]) => {
    const options = command.optsWithGlobals<{
      var?: ReadonlyMap<string, string>;
      lenient?: true;
      json?: true;
    }>();
    select(async (context) => {
      const { checkAction } = await import('./check-action.ts');
      return checkAction(
        {
          files,
          variables: options.var ?? new Map(),
          lenient: options.lenient ?? false,
          json: options.json ?? false,
        },
        context,
      );
    });
  });
  command.addHelpText('after', '\nExample:\n  orchestrate check playbooks/*.playbook --var seconds=20');
  program.addCommand(command);
}
