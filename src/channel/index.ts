export {
  type AgentChannel,
  type AgentListeners,
  agentWill,
  type ControlMessage,
  createAgentChannel,
} from './agent-channel.ts';
export {
  type AgentMessage,
  ALL_NODES,
  type ControlChannel,
  type ControlListeners,
  createControlChannel,
  type OutgoingCommand,
} from './control-channel.ts';
