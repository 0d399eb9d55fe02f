import { isGroupName, type NodeName, parseNodeName } from './names.ts';

/** What an agent publishes, by the last level of its topic. */
export const AGENT_TOPICS = ['STATUS', 'INFO', 'REPLY', 'OUTPUT', 'HEARTBEAT'] as const;
export type AgentTopic = (typeof AGENT_TOPICS)[number];

/** Every topic below one root (`MQTT_TOPIC`, one or more levels). */
export interface Topics {
  command(node: NodeName): string;
  readonly commandToAll: string;
  commandToGroup(group: string): string;
  fromAgent(node: NodeName, kind: AgentTopic): string;
  /** The filter that matches this topic of every node. */
  fromAllAgents(kind: AgentTopic): string;
  /** The node and kind of a topic that an agent publishes on; undefined for any other topic. */
  parseFromAgent(topic: string): { readonly node: NodeName; readonly kind: AgentTopic } | undefined;
}

export function createTopics(root: string): Topics {
  const prefix = `${root}/`;
  return {
    command: (node) => `${prefix}${node}/COMMAND`,
    commandToAll: `${prefix}_all/COMMAND`,
    commandToGroup: (group) => `${prefix}_group/${group}/COMMAND`,
    fromAgent: (node, kind) => `${prefix}${node}/${kind}`,
    fromAllAgents: (kind) => `${prefix}+/${kind}`,
    parseFromAgent(topic) {
      if (!topic.startsWith(prefix)) return undefined;
      const [name = '', kind, ...more] = topic.slice(prefix.length).split('/');
      const node = parseNodeName(name);
      if (node === undefined || !isAgentTopic(kind) || more.length > 0) return undefined;
      return { node, kind };
    },
  };
}

function isAgentTopic(text: string | undefined): text is AgentTopic {
  return (AGENT_TOPICS as readonly (string | undefined)[]).includes(text);
}

const MOST_LEVELS = 15;

/** What is wrong with a root topic, as a sentence; undefined when it can be used. */
export function checkRootTopic(root: string): string | undefined {
  const levels = root.split('/');
  if (root === '') return 'a root topic is needed, for example testlab';
  if (levels.length > MOST_LEVELS)
    return `it has ${levels.length} levels, at most ${MOST_LEVELS} work everywhere`;
  if (levels.includes('')) return 'it must not begin or end with / nor have an empty level';
  const bad = levels.find((level) => !isGroupName(level));
  return bad === undefined
    ? undefined
    : `the level "${bad.slice(0, 40)}" has other characters than letters, digits, _ . - or does not begin with a letter or digit`;
}
