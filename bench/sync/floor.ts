import { availableParallelism } from 'node:os';
import { nodeName } from '../support/fleet-request.ts';
import { inTurns } from '../support/in-turns.ts';
import { startOwn } from '../support/own-process.ts';
import { monotonicMs } from './monotonic.ts';
import type { Stamps } from './stamps.ts';

export interface FloorRequest {
  readonly spins: boolean;
}

export interface Release {
  /** Of the machine's monotonic clock. */
  readonly atMs: number;
  /** Where the stamp goes. */
  readonly file: string;
}

export interface Floor {
  /** Starts them all at one instant; resolves when they are told. */
  start(tag: string): Promise<void>;
  end(): Promise<void>;
}

/** Time for all to be told, and to look for a tick of the clock, which costs each some milliseconds of processor time. */
const LEAD_MS = 300;
const LEAD_PER_NODE_MS = 10;

/** As many Node.js processes with a waiting bash each as there are nodes. */
export async function startFloor(count: number, stamps: Stamps): Promise<Floor> {
  const request: FloorRequest = { spins: count <= availableParallelism() };
  const processes = await inTurns(count, () => startOwn('floor', request));
  return {
    async start(tag) {
      const atMs = monotonicMs() + LEAD_MS + LEAD_PER_NODE_MS * count;
      const tell = processes.map((each, index) => {
        const release: Release = { atMs, file: stamps.fileOf(tag, nodeName(index)) };
        return each.ask('release', release);
      });
      await Promise.all(tell);
    },
    async end() {
      await Promise.all(processes.map((each) => each.end()));
    },
  };
}
