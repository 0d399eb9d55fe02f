import { functionOf } from '../../protocol/index.ts';
import { fails, judgeInspection, type NodeCheck, skipped, works } from './check.ts';

/** Whether the node script has a function for every verb that it is sent. */
export const functionsCheck: NodeCheck = {
  name: 'functions',
  title: 'functions',
  judge(facts) {
    const { needs } = facts;
    if (!needs || needs.verbs.size === 0) return [];
    return judgeInspection(({ script, unanswered }, { node: { node } }) => {
      if (script.state !== 'ready') return [skipped('the node script is not loaded')];
      const missing = [...needs.verbs].filter((verb) => unanswered.includes(verb));
      if (missing.length === 0) return [works([...needs.verbs].map(functionOf).join(', '))];
      const what = missing.map((verb) => `${functionOf(verb)} for ${verb}`).join(', ');
      return [fails(`it has no ${what}`, `write it into the node script of ${node}, or send another verb`)];
    })(facts);
  },
};
