export { type PreflightOptions, type PreflightStage, preflight } from './preflight.ts';
