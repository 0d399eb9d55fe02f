/** How long a link holds up what passes it, drawn anew for each piece. */
export interface Delay {
  /** Uniform from 0 to this. */
  readonly jitterMs: number;
  /** So many in a hundred take as long as this instead. */
  readonly tail?: { readonly percent: number; readonly fromMs: number; readonly toMs: number };
  /** On top, always, and only towards the client. */
  readonly downMs?: number;
}

/** The network, and what else goes on, during a measurement. */
export interface Profile {
  readonly title: string;
  readonly agents: Delay;
  readonly control: Delay;
  /** Shells that are busy all the time. */
  readonly busyShells: number;
  /** Its place on the axis of the plot; undefined: it is not of that series. */
  readonly plotJitterMs?: number;
}

const NONE: Delay = { jitterMs: 0 };
const QUIET = { control: NONE, busyShells: 0 } as const;

function jitter(jitterMs: number): Profile {
  const title = jitterMs === 0 ? 'none' : `0–${jitterMs} ms`;
  return { ...QUIET, title, agents: { jitterMs }, plotJitterMs: jitterMs };
}

const BY_NAME = {
  none: jitter(0),
  '0-5': jitter(5),
  '0-20': jitter(20),
  '0-40': jitter(40),
  'heavy-tail': {
    ...QUIET,
    title: 'heavy tail',
    agents: { jitterMs: 5, tail: { percent: 5, fromMs: 50, toMs: 200 } },
  },
  asymmetric: { ...QUIET, title: 'asymmetric', agents: { jitterMs: 5, downMs: 10 } },
  'two-legs': {
    ...QUIET,
    title: 'two jittery legs',
    agents: { jitterMs: 40 },
    control: { jitterMs: 40 },
  },
  'cpu-load': { ...QUIET, title: 'CPU load', agents: NONE, busyShells: 2 },
} as const satisfies Readonly<Record<string, Profile>>;

export type ProfileName = keyof typeof BY_NAME;

/** Names as on the command line. */
export const PROFILES: Readonly<Record<ProfileName, Profile>> = BY_NAME;

export function isProfileName(text: string): text is ProfileName {
  return Object.hasOwn(PROFILES, text);
}
