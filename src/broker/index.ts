export { type Broker, type BrokerOptions, startBroker } from './broker.ts';
export type { Credentials } from './login-check.ts';
