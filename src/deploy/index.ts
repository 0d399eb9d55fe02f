export { type DeployTools, deployAgent } from './deploy-agent.ts';
export { type EndHow, endAgent } from './end-agent.ts';
export { farWorkOn } from './far-work.ts';
export type { NodeConfig } from './layout.ts';
export type {
  AgentKind,
  HostFacts,
  HostOutcome,
  HostProblem,
  Target,
} from './model.ts';
export type { NodeWatch } from './node-watch.ts';
export { type HostEvent, onHosts } from './on-hosts.ts';
export type { WantedAgent } from './plan.ts';
export { createSsh, type Ssh } from './ssh.ts';
