import type { Clock } from '../base/index.ts';
import type { FarLine } from './far-lines.ts';
import { readHostFacts } from './host-facts.ts';
import { type LaidFile, sumOf } from './layout.ts';
import type { HostFacts, Target } from './model.ts';
import type { Ssh } from './ssh.ts';
import { createTar } from './tar.ts';

const LOOK_TIMEOUT_MS = 60_000;
/** A megabyte over the worst link, and what has to be waited for there. */
const PUT_TIMEOUT_MS = 300_000;
const START_TIMEOUT_MS = 90_000;

/** What can be done on a host: one call of a far program each. */
export interface FarWork {
  /** @param scope `all`: also what decides about the agent; `agent`: what runs there, quicker */
  look(scope: 'all' | 'agent', logLines?: number): Promise<HostFacts>;
  put(files: readonly LaidFile[], obsolete: readonly string[], folder: string): Promise<void>;
  /** Ends the agent that runs, and starts the one that lies there. With a service's text as a service from now on. */
  start(service: ServiceFile | undefined): Promise<Started>;
  end(how: 'stop' | 'uninstall' | 'remove'): Promise<Ended>;
}

export interface ServiceFile {
  readonly manager: 'systemd' | 'procd';
  readonly text: string;
}

export interface Started {
  readonly session: string | undefined;
  /** Of an agent that ended at once. */
  readonly exitCode: number | undefined;
  readonly log: readonly string[];
  /** The user whose services end with the last login. */
  readonly withoutLinger: string | undefined;
}

export interface Ended {
  /** The session that was ended; undefined: nothing ran. */
  readonly stopped: string | undefined;
  /** It had to be killed, and so could not say its last words. */
  readonly wasKilled: boolean;
  readonly isServiceGone: boolean;
  readonly isFolderGone: boolean;
}

export function farWorkOn(target: Target, ssh: Ssh, clock: Clock): FarWork {
  const { node } = target;
  const place = `the folder of ${node}`;
  return {
    async look(scope, logLines) {
      const lines = await ssh.call(target, {
        program: 'look',
        values: [
          ['node', node],
          ['how', scope],
          ...(logLines === undefined ? [] : [['lines', String(logLines)] as const]),
        ],
        place,
        timeoutMs: LOOK_TIMEOUT_MS,
      });
      return readHostFacts(lines);
    },
    async put(files, obsolete, folder) {
      await ssh.call(target, {
        program: 'put',
        values: [
          ['node', node],
          ...files.map(({ name, mode, contents }) => ['file', `${mode} ${sumOf(contents)} ${name}`] as const),
          ...obsolete.map((name) => ['obsolete', name] as const),
        ],
        more: createTar(files, clock.wallNow()),
        place: folder,
        timeoutMs: PUT_TIMEOUT_MS,
      });
    },
    async start(service) {
      const lines = await ssh.call(target, {
        program: 'start',
        values: [
          ['node', node],
          ...(service ? [['how', 'install'] as const, ['unit', service.manager] as const] : []),
        ],
        ...(service && { more: new TextEncoder().encode(service.text) }),
        place,
        timeoutMs: START_TIMEOUT_MS,
      });
      const exit = restOf(lines, 'exited');
      return {
        session: restOf(lines, 'session')?.split(' ')[1],
        exitCode: exit === undefined ? undefined : Number(exit),
        log: lines.filter(({ word }) => word === 'log').map(({ rest }) => rest),
        withoutLinger: restOf(lines, 'no-linger'),
      };
    },
    async end(how) {
      const lines = await ssh.call(target, {
        program: 'end',
        values: [
          ['node', node],
          ['how', how],
        ],
        place,
        timeoutMs: START_TIMEOUT_MS,
      });
      return {
        stopped: restOf(lines, 'stopped'),
        wasKilled: restOf(lines, 'killed') !== undefined,
        isServiceGone: restOf(lines, 'uninstalled') !== undefined,
        isFolderGone: restOf(lines, 'removed') !== undefined,
      };
    },
  };
}

function restOf(lines: readonly FarLine[], wanted: string): string | undefined {
  return lines.find(({ word }) => word === wanted)?.rest;
}
