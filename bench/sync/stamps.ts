import { mkdtempSync } from 'node:fs';
import { readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** When each node's function began, by tag of the start and name of the node. */
export type StartTimes = ReadonlyMap<string, number>;

const POLL_MS = 50;

/** A folder where functions write down when they began. */
export class Stamps {
  readonly folder = mkdtempSync(join(tmpdir(), 'bench-stamps-'));

  fileOf(tag: string, node: string): string {
    return join(this.folder, `${tag}.${node}`);
  }

  /** Milliseconds of the wall clock, by node; as many as there are when the time is over. */
  async read(tag: string, count: number, limitMs: number): Promise<StartTimes> {
    const until = performance.now() + limitMs;
    for (;;) {
      const times = await this.#present(tag);
      if (times.size >= count || performance.now() >= until) return times;
      await sleep(POLL_MS);
    }
  }

  async remove(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }

  async #present(tag: string): Promise<StartTimes> {
    const times = new Map<string, number>();
    for (const name of await readdir(this.folder)) {
      if (!name.startsWith(`${tag}.`)) continue;
      const text = await readFile(join(this.folder, name), 'utf8');
      // Opened, but not written yet.
      if (text.endsWith('\n')) times.set(name.slice(tag.length + 1), 1000 * Number(text));
    }
    return times;
  }
}

/** Last start minus first start, of all of them or none. */
export function skewMs(times: StartTimes): number {
  return Math.max(...times.values()) - Math.min(...times.values());
}
