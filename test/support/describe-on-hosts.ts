import { afterAll, beforeAll, describe } from 'vitest';
import { type HostLab, type HostOptions, startHostLab, whyNoHosts } from './host-lab.ts';

/** A test is about several machines, and what becomes of one that is cut off takes half a minute. */
const TIMEOUT_MS = 180_000;

const reason = await whyNoHosts();

/** Tests on hosts that all of them share. Where there can be none, they are skipped, and their title says why. */
export function describeOnHosts(
  title: string,
  wanted: readonly HostOptions[],
  define: (lab: () => HostLab) => void,
): void {
  if (reason !== undefined) process.stderr.write(`SKIPPED: ${title}: ${reason}\n`);
  const fullTitle = reason === undefined ? title : `${title} (skipped: ${reason})`;
  describe.skipIf(reason !== undefined)(fullTitle, { timeout: TIMEOUT_MS }, () => {
    let shared: HostLab | undefined;
    beforeAll(async () => {
      shared = await startHostLab(wanted);
    });
    afterAll(() => shared?.close());
    define(() => {
      if (!shared) throw new Error('the lab is started before the tests, not while they are declared');
      return shared;
    });
  });
}
