/** How agent.cjs is made: one CommonJS file that needs nothing but Node.js 18, to be copied to a machine. */
export function agentBundle(root, version) {
  return {
    absWorkingDir: root,
    entryPoints: ['bin/agent.ts'],
    bundle: true,
    format: 'cjs',
    platform: 'node',
    target: 'node18',
    minify: true,
    // For the stacks that people send us.
    keepNames: true,
    // The notices of the packages inside travel with the file.
    legalComments: 'eof',
    loader: { '.sh': 'text' },
    define: { BUILD_VERSION: JSON.stringify(version) },
    logLevel: 'warning',
  };
}
