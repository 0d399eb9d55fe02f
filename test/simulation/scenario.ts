import fc from 'fast-check';

export const NODES = ['n1', 'n2', 'n3'] as const;
type Node = (typeof NODES)[number];

/** What the network does to each message. */
export interface Network {
  readonly seed: number;
  /** Of a hundred messages so many are lost, and so many arrive twice. */
  readonly lostPercent: number;
  readonly twicePercent: number;
  /** Each takes up to so long, so that later ones overtake it; one in two hundred takes up to `longestMs`. */
  readonly delayMs: number;
  readonly longestMs: number;
}

/** What happens once, at a time of its own. `forMs`: until it is as before. */
export type Mishap = { readonly atMs: number } & (
  | { readonly kind: 'agent-killed' | 'agent-cut-off'; readonly node: Node; readonly forMs: number }
  | { readonly kind: 'agent-dropped'; readonly node: Node }
  | { readonly kind: 'broker-restarted' | 'control-cut-off'; readonly forMs: number }
  | { readonly kind: 'control-dropped' | 'control-killed' | 'interrupted' }
  /** Somebody else runs a playbook on the node, and takes it over. */
  | { readonly kind: 'rival'; readonly node: Node }
);

export interface Scenario {
  readonly lines: readonly string[];
  readonly network: Network;
  readonly mishaps: readonly Mishap[];
}

const node = fc.constantFrom(...NODES);
const nodes = fc.oneof(
  { weight: 6, arbitrary: node },
  { weight: 2, arbitrary: fc.constantFrom('n1,n2', 'n1,n2,n3') },
  { weight: 1, arbitrary: fc.constant('*') },
);
/** The verbs of the node script in `host.ts`. */
const verb = fc.oneof(
  { weight: 5, arbitrary: fc.constantFrom('START', 'MEASURE', 'SAY') },
  { weight: 3, arbitrary: fc.constantFrom('STOP', 'HANG', 'FAIL') },
  { weight: 1, arbitrary: fc.constantFrom('TERMINATE', 'UNKNOWN') },
);
const DONE: Readonly<Record<string, string>> = {
  START: 'STARTED',
  STOP: 'STOPPED',
  TERMINATE: 'TERMINATED',
  FAIL: 'FAILED',
  UNKNOWN: 'FAILED',
  SAY: 'READY',
};

/** One command for each of some nodes, at one instant; and perhaps a wait for what comes of it. */
const sync = fc
  .tuple(
    fc.uniqueArray(fc.tuple(node, verb), { selector: ([who]) => who, minLength: 1 }),
    fc.constantFrom('GO', 'GO MAXSKEW 40ms', 'GO MAXSKEW 5s'),
    fc.boolean(),
  )
  .map(([commands, go, isAwaited]) => {
    const sends = commands.filter(([, what]) => what !== 'STOP' && what !== 'TERMINATE');
    const waits = sends.map(([who, what]) => `WAITFOR ${who} ${DONE[what] ?? `${what}-DONE`} TIMEOUT 20`);
    if (sends.length === 0) return ['WAIT 1'];
    return ['SYNC', ...sends.map(([who, what]) => `SEND ${who} ${what} #`), go, ...(isAwaited ? waits : [])];
  });

const step = fc.oneof(
  { weight: 3, arbitrary: sync },
  // A SEND and the WAITFOR that belongs to it, …
  {
    weight: 5,
    arbitrary: fc
      .tuple(nodes, verb, fc.constantFrom(3, 20))
      .map(([who, what, seconds]) => [
        `SEND ${who} ${what} #`,
        `WAITFOR ${who} ${DONE[what] ?? `${what}-DONE`} TIMEOUT ${seconds}`,
      ]),
  },
  // … or either alone.
  { weight: 4, arbitrary: fc.tuple(nodes, verb).map(([who, what]) => [`SEND ${who} ${what} #`]) },
  {
    weight: 2,
    arbitrary: fc
      .tuple(
        nodes,
        fc.constantFrom('ALIVE', 'STARTED', 'STOPPED', 'TERMINATED', 'READY', 'FAILED'),
        fc.constantFrom(2, 15),
      )
      .map(([who, status, seconds]) => [`WAITFOR ${who} ${status} TIMEOUT ${seconds}`]),
  },
  { weight: 1, arbitrary: fc.constantFrom('500ms', '4', '12').map((time) => [`WAIT ${time}`]) },
);

const lines = fc.array(step, { minLength: 1, maxLength: 7 }).map((steps) =>
  // Each command has a number, so that it is known among those that ran.
  steps.flat().map((line, index) => line.replace('#', String(index))),
);

const network: fc.Arbitrary<Network> = fc.record({
  seed: fc.integer(),
  lostPercent: fc.constantFrom(0, 0, 0, 1, 5, 20),
  twicePercent: fc.constantFrom(0, 0, 2, 30),
  delayMs: fc.constantFrom(0, 0, 20, 400, 2500),
  longestMs: fc.constantFrom(0, 5000, 45_000),
});

const atMs = fc.oneof(fc.nat(3000), fc.nat(40_000));
const forMs = fc.constantFrom(100, 1000, 4000, 9000, 20_000);
const mishap: fc.Arbitrary<Mishap> = fc.oneof(
  fc.record({ atMs, kind: fc.constantFrom('agent-killed', 'agent-cut-off'), node, forMs }),
  fc.record({ atMs, kind: fc.constant('agent-dropped'), node }),
  fc.record({ atMs, kind: fc.constantFrom('broker-restarted', 'control-cut-off'), forMs }),
  fc.record({ atMs, kind: fc.constantFrom('control-dropped', 'control-killed', 'interrupted') }),
  fc.record({ atMs, kind: fc.constant('rival'), node }),
);

export const scenario: fc.Arbitrary<Scenario> = fc.record({
  lines,
  network,
  mishaps: fc.oneof(fc.constant([]), fc.array(mishap, { maxLength: 4 })),
});
