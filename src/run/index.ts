export { type ListedNode, listNodes } from './list-nodes.ts';
export { type RunOptions, runPlaybook } from './run-playbook.ts';
