export type { Finding, Importance } from './probe.ts';
export { type ProbeBrokerOptions, probeBroker } from './probe-broker.ts';
export { PROBES } from './probes/registry.ts';
