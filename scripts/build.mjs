// Bundles bin/orchestrate.ts into dist/, and bin/agent.ts into one file there. The new build grows beside the old one and takes its place when it is complete,
// so that a start in between never sees half a build.
import { chmod, readFile, rename, rm, utimes } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { agentBundle } from './agent-bundle.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const started = new Date();
const fresh = join(root, `.dist-${process.pid}`);

try {
  await bundle(fresh);
  await takePlace(fresh, join(root, 'dist'));
} catch (thrown) {
  await rm(fresh, { recursive: true, force: true });
  // esbuild has printed its own errors, with the lines they are about.
  if (!Array.isArray(thrown.errors)) process.stderr.write(`${thrown.stack}\n`);
  process.exitCode = 1;
}

async function bundle(outdir) {
  const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
  await build({ ...agentBundle(root, version), outfile: join(outdir, 'agent.cjs') });
  await build({
    absWorkingDir: root,
    entryPoints: ['bin/orchestrate.ts'],
    outdir,
    chunkNames: 'chunks/[name]-[hash]',
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    minifySyntax: true,
    legalComments: 'linked',
    loader: { '.sh': 'text' },
    define: { BUILD_VERSION: JSON.stringify(version) },
    // CommonJS packages in the bundle (mqtt, aedes, commander) call require for what Node.js itself provides.
    banner: {
      js: `import { createRequire as createRequireOf } from 'node:module';\nconst require = createRequireOf(import.meta.url);`,
    },
    logLevel: 'warning',
  });
  const entry = join(outdir, 'orchestrate.js');
  await chmod(entry, 0o755);
  // The launcher rebuilds when a source is newer than this file: a source saved while we were bundling must count.
  await utimes(entry, started, started);
}

/** A folder cannot be renamed over another one: the old one steps aside first. */
async function takePlace(folder, place) {
  const old = join(root, `.dist-${process.pid}-old`);
  for (;;) {
    await rename(place, old).catch(ignore('ENOENT'));
    try {
      await rename(folder, place);
      break;
    } catch (thrown) {
      // Another build was quicker in that instant; ours began later, or just as well.
      ignore('ENOTEMPTY', 'EEXIST')(thrown);
      await rm(old, { recursive: true, force: true });
    }
  }
  await rm(old, { recursive: true, force: true });
}

function ignore(...codes) {
  return (thrown) => {
    if (!codes.includes(thrown.code)) throw thrown;
  };
}
