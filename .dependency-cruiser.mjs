// The house rules, checked: every folder of src/ has a level and imports only lower ones, through their doors.

/** Folder → level. A folder that is missing here fails the check (`no-level`). */
const LEVELS = {
  base: 0,
  protocol: 1,
  diagnostics: 1,
  transport: 2,
  broker: 2,
  process: 2,
  transfer: 2,
  inventory: 2,
  events: 2,
  sync: 2,
  playbook: 3,
  config: 3,
  channel: 3,
  probe: 3,
  agent: 4,
  run: 4,
  deploy: 4,
  report: 4,
  history: 4,
  preflight: 5,
  cli: 6,
};

const PURE = ['protocol', 'diagnostics', 'inventory', 'playbook', 'events', 'sync'];

/** One package, one importer: the adapter that translates it for everybody else. */
const ONLY_IMPORTER = { mqtt: 'transport', aedes: 'broker', commander: 'cli', execa: 'process' };

const folders = Object.keys(LEVELS);
const notLower = (folder) => folders.filter((other) => other !== folder && LEVELS[other] >= LEVELS[folder]);

const levelRules = folders.map((folder) => ({
  name: `level-of-${folder}`,
  comment: `${folder}/ is on level ${LEVELS[folder]}: it may import only folders of a lower level, so that arrows point one way.`,
  severity: 'error',
  from: { path: `^src/${folder}/` },
  to: { path: `^src/(${notLower(folder).join('|')})/` },
}));

const importerRules = Object.entries(ONLY_IMPORTER).map(([name, folder]) => ({
  name: `only-${folder}-imports-${name}`,
  comment: `${name} is wrapped by ${folder}/; everybody else uses that door, so the library can be replaced in one place.`,
  severity: 'error',
  from: { path: '^src/', pathNot: `^src/${folder}/` },
  to: { path: `node_modules/${name}/` },
}));

export default {
  forbidden: [
    {
      name: 'no-circular',
      comment: 'A circle, type-only imports included, means two files are one thing cut in the wrong place.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'no-level',
      comment: 'A new folder of src/ gets a level in LEVELS first.',
      severity: 'error',
      from: { path: '^src/', pathNot: `^src/(${folders.join('|')})/` },
      to: {},
    },
    {
      name: 'other-doors-only',
      comment: 'Another folder is entered through its index.ts alone; what is not exported there is private.',
      severity: 'error',
      from: { path: '^src/([^/]+)/' },
      to: { path: '^src/', pathNot: ['^src/$1/', '^src/[^/]+/index\\.ts$'] },
    },
    {
      name: 'not-through-own-door',
      comment: 'Inside a folder, files import each other directly: its own index.ts would make a circle.',
      severity: 'error',
      from: { path: '^src/([^/]+)/', pathNot: '^src/[^/]+/index\\.ts$' },
      to: { path: '^src/$1/index\\.ts$' },
    },
    {
      name: 'pure-has-no-io',
      comment: `${PURE.join(', ')} are pure: no Node.js built-ins, so that they can be tested by tables and run anywhere.`,
      severity: 'error',
      from: { path: `^src/(${PURE.join('|')})/` },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'machines-are-pure',
      comment: 'A file named *-machine.ts computes and does nothing else.',
      severity: 'error',
      from: { path: '-machine\\.ts$' },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'only-cli-reads-config',
      comment: 'Settings are handed down as values; nobody else looks them up.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(cli|config)/' },
      to: { path: '^src/config/' },
    },
    {
      name: 'nothing-from-tests',
      comment: 'Production code does not import tests, benchmarks or build scripts.',
      severity: 'error',
      from: { path: '^(src|bin)/' },
      to: { path: '^(test|bench|scripts)/' },
    },
    ...levelRules,
    ...importerRules,
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'types', 'node'] },
  },
};
