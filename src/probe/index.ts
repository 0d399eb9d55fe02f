export { type Finding, toFinding } from './finding.ts';
export type { Importance, ProbeFinding } from './probe.ts';
export { type ProbeBrokerOptions, probeBroker } from './probe-broker.ts';
export { PROBES, QUICK_PROBES } from './probes/registry.ts';
