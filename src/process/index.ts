export { type ControlGroups, createControlGroups } from './control-groups.ts';
export { withDescendants } from './descendants.ts';
export { endProcesses, signalProcess } from './end-processes.ts';
export type { ProcessInfo, ProcessTable } from './process-table.ts';
export { psTable } from './ps-table.ts';
export { systemProcessTable } from './system-table.ts';
