import { AppError } from '../base/index.ts';

const OLDEST = { major: 20, minor: 19 } as const;

/**
 * An older Node.js would fail somewhere in the middle, with words that nobody understands.
 * @param version as in `process.versions.node`
 * @throws AppError NOT_AVAILABLE
 */
export function assertNodeVersion(version: string): void {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major > OLDEST.major || (major === OLDEST.major && minor >= OLDEST.minor)) return;
  throw new AppError(
    'NOT_AVAILABLE',
    `this is Node.js ${version}; ${OLDEST.major}.${OLDEST.minor} or newer is needed`,
    {
      hint: 'install a newer one: https://nodejs.org/en/download',
    },
  );
}
