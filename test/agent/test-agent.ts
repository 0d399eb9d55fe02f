import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { type AgentOptions, runAgent } from '../../src/agent/index.ts';
import { systemClock } from '../../src/base/index.ts';
import { type Connect, nodeName, ROOT } from './test-control.ts';

export interface TestAgent {
  /** Settles as `runAgent` does. */
  readonly ended: Promise<void>;
  /** What it logged so far, each line with its level. */
  readonly log: readonly string[];
  /** Temporary folder of the script, also its working directory. */
  readonly folder: string;
  /** Its client id, once it has connected for the first time. */
  readonly clientId: string;
  /** Ends it as SIGTERM does. */
  end(): Promise<void>;
}

/** An agent over a script of these lines; ended, with its folder removed, at the end of the test. */
export function startTestAgent(
  connect: Connect,
  script: string,
  { node = 'node1', ...options }: Omit<Partial<AgentOptions>, 'node'> & { readonly node?: string } = {},
): TestAgent {
  const folder = mkdtempSync(join(tmpdir(), 'agent-test-'));
  const scriptFile = join(folder, 'functions.sh');
  writeFileSync(scriptFile, script);
  const log: string[] = [];
  const abort = new AbortController();
  let clientId = '';
  const ended = runAgent({
    node: nodeName(node),
    groups: [],
    root: ROOT,
    version: '0.0.0-test',
    scriptFile,
    environment: { MY_TOPIC: node, MQTT_TOPIC: ROOT, MQTT_SERVER: 'broker.example' },
    withheld: ['MQTT_PASSWORD', 'MQTT_USERNAME'],
    workingDirectory: folder,
    createTransport: (id, will) => {
      clientId = id;
      return connect(id, will);
    },
    clock: systemClock,
    logger: {
      debug: (message) => log.push(`debug ${message}`),
      info: (message) => log.push(`info ${message}`),
      warn: (message) => log.push(`warn ${message}`),
    },
    signal: abort.signal,
    ...options,
  });
  ended.catch(() => {});
  onTestFinished(async () => {
    abort.abort();
    await ended.catch(() => {});
    rmSync(folder, { recursive: true, force: true });
  });
  return {
    ended,
    log,
    folder,
    get clientId() {
      return clientId;
    },
    end: () => {
      abort.abort();
      return ended;
    },
  };
}
