export {
  type ControlGroups,
  controlGroupMembers,
  createControlGroups,
  removeControlGroups,
} from './control-groups.ts';
export { withDescendants } from './descendants.ts';
export { endProcesses, signalProcess } from './end-processes.ts';
export type { Listener, Listeners } from './listeners.ts';
export { lookAtPorts, type PortLook } from './look-at-ports.ts';
export { describeProcess, type ProcessInfo, type ProcessTable } from './process-table.ts';
export { psTable } from './ps-table.ts';
export { type ProgramEnd, type ProgramRequest, runProgram } from './run-program.ts';
export { findListeners } from './system-listeners.ts';
export { systemProcessTable } from './system-table.ts';
