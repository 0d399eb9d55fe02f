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

/** @throws AppError NOT_AVAILABLE when the configuration asks for the agents to be deployed with Ansible. */
export function assertDeploymentIsOff({ useAnsible }: Settings): void {
  if (!useAnsible) return;
  throw new AppError('NOT_AVAILABLE', 'deployment with Ansible (-a) is not available in this version', {
    hint: 'deploy with ssh (-s), or leave out the option, or set USE_ANSIBLE=false',
  });
}
