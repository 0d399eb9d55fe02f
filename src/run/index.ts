export { findStrays } from './find-strays.ts';
export { type ListedNode, listNodes } from './list-nodes.ts';
export { type RunOptions, runPlaybook } from './run-playbook.ts';
export type { Stray, StrayReport } from './stray-report.ts';
