import { describeShellAgent } from './support/describe-shell-agent.ts';

describeShellAgent(['busybox', 'sh']);
