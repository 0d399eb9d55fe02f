import { agentCheck } from './agent.ts';
import { brokerFromThereCheck } from './broker-from-there.ts';
import type { NodeCheck } from './check.ts';
import { clockCheck } from './clock.ts';
import { commandsCheck } from './commands.ts';
import { functionsCheck } from './functions.ts';
import { portsCheck } from './ports.ts';
import { scriptCheck } from './script.ts';
import { spaceCheck } from './space.ts';
import { useCheck } from './use.ts';
import { waysCheck } from './ways.ts';

/** In the order in which they are told. */
export const NODE_CHECKS: readonly NodeCheck[] = [
  agentCheck,
  useCheck,
  brokerFromThereCheck,
  clockCheck,
  scriptCheck,
  functionsCheck,
  commandsCheck,
  portsCheck,
  waysCheck,
  spaceCheck,
];
