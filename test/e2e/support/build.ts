import { cp, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import type { TestProject } from 'vitest/node';
import { findOldestNode } from '../../support/oldest-node.ts';

export type AgentProgram = 'orchestrate agent' | 'agent.cjs' | 'agent.cjs on the oldest Node.js';

declare module 'vitest' {
  interface ProvidedContext {
    /** The built program. */
    readonly program: string;
    /** What the agents of these tests are. */
    readonly agent: AgentProgram;
    /** Words that start it. */
    readonly agentCommand: readonly string[];
    /** Why there is no such command. */
    readonly agentProblem: string;
  }
}

const ROOT = new URL('../../../', import.meta.url).pathname;

/**
 * Builds once, before the first test. The tests run a copy, because dist/ is replaced whenever anybody starts the
 * launcher after a change, and a program loses the chunks that it has not loaded yet. The copy lies below the package,
 * where the program looks for node scripts.
 */
export default async function build(project: TestProject): Promise<() => Promise<void>> {
  await execa(process.execPath, ['scripts/build.mjs'], { cwd: ROOT });
  const cache = join(ROOT, 'node_modules/.cache');
  await mkdir(cache, { recursive: true });
  const folder = await mkdtemp(join(cache, 'e2e-'));
  await cp(join(ROOT, 'dist'), folder, { recursive: true });
  project.provide('program', join(folder, 'orchestrate.js'));
  try {
    project.provide('agentCommand', commandOf(project.config.provide.agent ?? 'orchestrate agent', folder));
  } catch (thrown) {
    // For the tests that need it to fail by, and no others.
    project.provide('agentProblem', String(thrown));
  }
  return () => rm(folder, { recursive: true, force: true });
}

function commandOf(agent: AgentProgram, folder: string): readonly string[] {
  if (agent === 'orchestrate agent') return [process.execPath, join(folder, 'orchestrate.js'), 'agent'];
  const node = agent === 'agent.cjs' ? process.execPath : findOldestNode();
  return [node, join(folder, 'agent.cjs')];
}
