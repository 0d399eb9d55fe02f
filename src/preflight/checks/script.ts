import { fails, judgeInspection, type NodeCheck, warning, works } from './check.ts';

/** Whether the node script has loaded. */
export const scriptCheck: NodeCheck = {
  name: 'script',
  title: 'node script',
  judge: judgeInspection(({ script: { state, reason = 'it failed' } }, { node: { node } }) => {
    switch (state) {
      case 'ready':
        return [works('loaded')];
      case 'loading':
        return [warning('its initFunction still runs', `wait until ${node} is ALIVE`)];
      case 'failed':
        return [fails(reason, `mend the node script of ${node}, and start its agent again`)];
    }
  }),
};
