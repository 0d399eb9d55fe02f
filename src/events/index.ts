export { formatEvent, parseEvent } from './event-line.ts';
export {
  type CommandEnd,
  type NodeProblem,
  type NodeState,
  type RunEvent,
  type RunEventBody,
  type RunEventHead,
  type StepRef,
  type SyncStart,
  VERDICTS,
  type Verdict,
  worstVerdict,
} from './run-event.ts';
export {
  createRunFold,
  type NodeView,
  type RunFold,
  type RunView,
  type StepView,
  type SyncView,
} from './run-view.ts';
