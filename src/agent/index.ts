export { type AgentOptions, runAgent } from './agent.ts';
