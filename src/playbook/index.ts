export { checkPlaybook } from './check.ts';
export { messageFor } from './message-for.ts';
export type {
  MessagePiece,
  Playbook,
  ProbeStep,
  ReceiveStep,
  ResolvedStep,
  ResolvedStepOf,
  SendStep,
  SetStep,
  Step,
  StepKind,
  SyncStep,
  Template,
  WaitForStep,
  WaitStep,
} from './model.ts';
export { playbookNodes } from './playbook-nodes.ts';
export { resolveStep, resolveSteps, type StepResolution } from './resolve.ts';
export type { CheckOptions } from './rules/rule.ts';
export { parseTextPlaybook } from './text-parser.ts';
export { expandVariables, isVariableName, type Variables } from './variables.ts';
