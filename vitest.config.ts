import { readFileSync } from 'node:fs';
import { defineConfig, type TestProjectInlineConfiguration } from 'vitest/config';
import type { AgentProgram } from './test/e2e/support/build.ts';

const E2E = 'test/e2e/**/*.test.ts';

/** What an agent does for whoever commands it, whichever program it is. */
const OF_ANY_AGENT = [
  'agent',
  'bursts',
  'files',
  'node-scripts',
  'output',
  'plain-text',
  'probe',
  'strays',
  'sync',
];

export default defineConfig({
  plugins: [
    {
      // A shell script imported by a module is its text, as in the build.
      name: 'shell-script-as-text',
      enforce: 'pre',
      load: (id) =>
        id.endsWith('.sh') ? `export default ${JSON.stringify(readFileSync(id, 'utf8'))};` : undefined,
    },
  ],
  test: {
    pool: 'forks',
    projects: [
      {
        extends: true,
        test: {
          name: 'parts',
          include: ['test/**/*.test.ts'],
          exclude: [E2E],
          testTimeout: 30_000,
          hookTimeout: 30_000,
        },
      },
      e2e('e2e', [E2E], 'orchestrate agent'),
      e2e('e2e, agent.cjs', ['test/e2e/agent.test.ts', 'test/e2e/node-scripts.test.ts'], 'agent.cjs'),
      e2e('e2e, agent.cjs on the oldest Node.js', ofAnyAgent(), 'agent.cjs on the oldest Node.js'),
    ],
  },
});

function ofAnyAgent(): string[] {
  return OF_ANY_AGENT.map((name) => `test/e2e/${name}.test.ts`);
}

/** @param agent the program that agents are, in `test/e2e/support/build.ts` */
function e2e(name: string, include: string[], agent: AgentProgram): TestProjectInlineConfiguration {
  return {
    extends: true,
    test: {
      name,
      include,
      provide: { agent },
      globalSetup: 'test/e2e/support/build.ts',
      // After the others, and more at a time than there are cores: they wait for processes most of the time.
      sequence: { groupOrder: 1 },
      maxWorkers: 3,
      testTimeout: 60_000,
      hookTimeout: 60_000,
    },
  };
}
