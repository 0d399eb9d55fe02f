export { type RunOptions, runPlaybook } from './run-playbook.ts';
