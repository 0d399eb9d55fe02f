export { findStrays } from './find-strays.ts';
export { type ListedNode, listNodes } from './list-nodes.ts';
export { type MeasuredClock, measureClocks } from './measure-clocks.ts';
export { type RunOptions, runPlaybook } from './run-playbook.ts';
export type { Stray, StrayReport } from './stray-report.ts';
export { type SurveyedNode, surveyNodes } from './survey-nodes.ts';
export type { WaitProgress } from './wait-progress.ts';
export { type AwaitedNode, type NodeWatch, watchNodes } from './watch-nodes.ts';
