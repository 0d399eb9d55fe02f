import type { Broker } from './brokers.ts';
import type { Lab } from './lab.ts';
import type { Program } from './program.ts';

const FIXTURES = new URL('../../fixtures/', import.meta.url).pathname;

/** Starts an agent of a few lines of bash; resolves when it has said that it is there. */
export async function startLegacyAgent(
  lab: Lab,
  { port }: Broker,
  name: string,
  script: string,
): Promise<Program> {
  const alive = (await lab.listen()).next(`${name}/STATUS`, 'ALIVE');
  const functions = await lab.write(`${name}.functions.sh`, script);
  const where = ['127.0.0.1', String(port), lab.root, name];
  const agent = lab.program('bash', [`${FIXTURES}legacy-agent.sh`, ...where, functions]);
  await alive;
  return agent;
}

/** Whether it still hears anything. */
export function listens(lab: Lab, name: string): boolean {
  return lab
    .processes()
    .some((line) => line.startsWith('mosquitto_sub ') && line.includes(`/${name}/COMMAND`));
}

/** Runs a playbook of these lines as a control machine of a few lines of bash does. */
export async function startLegacyController(
  lab: Lab,
  { port }: Broker,
  lines: readonly string[],
): Promise<Program> {
  const playbook = await lab.write('legacy.playbook', `${lines.join('\n')}\n`);
  const where = ['127.0.0.1', String(port), lab.root];
  return lab.program('bash', [`${FIXTURES}legacy-controller.sh`, ...where, playbook, '0.1']);
}
