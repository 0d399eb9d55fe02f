export {
  CommandEnvelope,
  decodeCommand,
  encodeCommand,
  PROTOCOL_VERSION,
  type ReceivedCommand,
} from './command.ts';
export { type Decoded, decodeText, mapDecoded } from './decode.ts';
export { decodeHeartbeat, type Heartbeat } from './heartbeat.ts';
export { decodeInfo, type Info, readsTextOnly } from './info.ts';
export {
  type CommandSeen,
  decodeInspectQuestion,
  type Inspection,
  type InspectQuestion,
  MOST_INSPECTED,
  type WaySeen,
} from './inspection.ts';
export type { Lease } from './lease.ts';
export {
  functionOf,
  isGroupName,
  isNodeName,
  isProtocolVerb,
  isReservedVerb,
  isStoppingVerb,
  isVerb,
  type NodeName,
  type ProtocolVerb,
  parseNodeName,
} from './names.ts';
export { formatNodeLoss, type NodeLoss, parseNodeLoss } from './node-loss.ts';
export { decodeOutput, type OutputBatch } from './output.ts';
export {
  type CommandOutcome,
  decodeReply,
  isLasting,
  type LastingReply,
  type Reply,
  type ReplyOf,
} from './reply.ts';
export {
  doneStatus,
  formatOffline,
  hasWordsOfItsOwn,
  INIT_FAILED,
  INIT_VERB,
  isResultStatus,
  parseOffline,
  receivedStatus,
  resultWords,
  statusBeginsWith,
} from './status.ts';
export type { StrayLeftover, StrayList, StrayWork } from './strays.ts';
export { CONFIRM_BEFORE_MS, LEAST_LEFT_MS } from './sync-times.ts';
export { AGENT_TOPICS, type AgentTopic, checkRootTopic, createTopics, type Topics } from './topics.ts';
export { joinWords, splitWords } from './words.ts';
