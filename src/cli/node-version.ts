import { AppError } from '../base/index.ts';

/**
 * An older Node.js would fail somewhere in the middle, with words that nobody understands.
 * @param version as in `process.versions.node`
 * @param oldest major and minor, such as `20.19`
 * @throws AppError NOT_AVAILABLE
 */
export function assertNodeVersion(version: string, oldest: string): void {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [oldestMajor = 0, oldestMinor = 0] = oldest.split('.').map(Number);
  if (major > oldestMajor || (major === oldestMajor && minor >= oldestMinor)) return;
  throw new AppError('NOT_AVAILABLE', `this is Node.js ${version}; ${oldest} or newer is needed`, {
    hint: 'install a newer one: https://nodejs.org/en/download',
  });
}
