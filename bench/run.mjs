// Bundles the benchmarks, which import sources as the tests do, and runs them: node bench/run.mjs main|sync [words…]
import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const outdir = join(root, 'node_modules/.cache/bench');
rmSync(outdir, { recursive: true, force: true });
await build({
  absWorkingDir: root,
  entryPoints: ['bench/main.ts', 'bench/sync.ts', 'bench/processes/*.ts'],
  outdir,
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  loader: { '.sh': 'text' },
  banner: {
    js: `import { createRequire as createRequireOf } from 'node:module';\nconst require = createRequireOf(import.meta.url);`,
  },
  logLevel: 'warning',
});
const [entry = 'main', ...words] = process.argv.slice(2);
const { status } = spawnSync(process.execPath, [join(outdir, `${entry}.js`), ...words], {
  cwd: root,
  stdio: 'inherit',
});
process.exitCode = status ?? 1;
