export { withDescendants } from './descendants.ts';
export { endProcesses, signalProcess } from './end-processes.ts';
export type { ProcessInfo } from './process-table.ts';
export { processTable } from './system-table.ts';
