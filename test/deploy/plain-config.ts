import type { NodeConfig } from '../../src/deploy/index.ts';

/** How a node gets to a broker that asks for nothing. */
export const PLAIN_CONFIG: NodeConfig = {
  broker: { scheme: 'mqtt', host: '10.0.0.1', port: 1883 },
  rootTopic: 'lab',
  username: undefined,
  password: undefined,
  ca: undefined,
  userVariables: new Map(),
};
