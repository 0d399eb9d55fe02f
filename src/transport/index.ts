export type { Backoff } from './backoff.ts';
export {
  type BareConnection,
  type BareConnectionOptions,
  ConnectionError,
} from './bare-connection.ts';
export { brokerRefuses, brokerUnreachable } from './broker-errors.ts';
export {
  type BrokerCredentials,
  type BrokerUrl,
  formatBrokerUrl,
  type ParsedBrokerUrl,
  parseBrokerUrl,
} from './broker-url.ts';
export { connectBare } from './connect-bare.ts';
export {
  createMemoryBroker,
  type Disturbance,
  type MemoryBroker,
  type MemoryClientOptions,
} from './memory-broker.ts';
export { createMqttTransport, type MqttTransportOptions } from './mqtt-transport.ts';
export { PublishError } from './publish-error.ts';
export type { ReconnectOptions } from './reconnecting-transport.ts';
export { topicMatches } from './topic-filter.ts';
export type {
  ConnectionEvent,
  Message,
  PublishOptions,
  Transport,
  TransportListeners,
  Will,
} from './transport.ts';
