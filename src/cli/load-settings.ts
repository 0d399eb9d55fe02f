import { AppError } from '../base/index.ts';
import { type Configuration, formatProblem, loadConfiguration, type Settings } from '../config/index.ts';
import type { CliContext } from './context.ts';
import type { SettingsRequest } from './options.ts';

/**
 * The configuration of this call. What a person should know of it is said on stderr.
 * @throws AppError CONFIG_INVALID with all problems
 */
export function loadSettings(request: SettingsRequest, context: CliContext): Configuration {
  const { value, problems } = loadConfiguration({ ...request, ...context });
  const errors = problems.filter(({ severity }) => severity === 'error');
  for (const problem of problems) {
    if (problem.severity === 'warning') context.output.stderr.write(`${formatProblem(problem)}\n`);
  }
  if (value) return value;
  const count = errors.length === 1 ? 'one error' : `${errors.length} errors`;
  throw new AppError(
    'CONFIG_INVALID',
    [`the configuration has ${count}`, ...errors.map((problem) => `  ${formatProblem(problem)}`)].join('\n'),
    { hint: 'orchestrate config shows every value and where it comes from' },
  );
}

/** @throws AppError NOT_AVAILABLE when the configuration asks for the agents to be deployed. */
export function assertDeploymentIsOff({ useSsh, useAnsible }: Settings): void {
  if (!useSsh && !useAnsible) return;
  const [how, key] = useSsh ? ['ssh (-s)', 'USE_SSH'] : ['Ansible (-a)', 'USE_ANSIBLE'];
  throw new AppError('NOT_AVAILABLE', `deployment with ${how} is not available in this version`, {
    hint: `start the agents yourself (orchestrate agent --help) and leave out the option, or set ${key}=false`,
  });
}
