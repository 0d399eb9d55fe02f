import { describeShellAgent } from './support/describe-shell-agent.ts';

describeShellAgent(['dash']);
