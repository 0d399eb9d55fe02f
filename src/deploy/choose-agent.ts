import type { AgentKind, FoundProgram, HostFacts } from './model.ts';

export type AgentChoice =
  | {
      readonly kind: AgentKind;
      /** Absolute path of what runs the agent there. */
      readonly interpreter: string;
      /** As it is told: `Node.js 20.19.1`. */
      readonly description: string;
    }
  | { readonly kind: 'none'; readonly missing: string };

const OLDEST_NODE = 18;
const OLDEST_BASH = { major: 4, minor: 3 } as const;

/** Node.js with a bash for the node script, or else a shell with mosquitto's clients. */
export function chooseAgent(facts: HostFacts, forced: AgentKind | undefined): AgentChoice {
  const node = forced === 'shell' ? [] : missingForNode(facts);
  if (forced !== 'shell' && node.length === 0) return nodeAgent(facts);
  const shell = forced === 'node' ? [] : missingForShell(facts);
  if (forced !== 'node' && shell.length === 0) return shellAgent(facts);
  const ways = [
    ...(forced === 'shell' ? [] : [`for agent.cjs ${node.join(' and ')}`]),
    ...(forced === 'node' ? [] : [`for agent.sh ${shell.join(' and ')}`]),
  ];
  return { kind: 'none', missing: `missing there: ${ways.join('; ')}` };
}

function missingForNode({ nodes, bash }: HostFacts): readonly string[] {
  const found = nodes.map(({ version }) => version).join(', ');
  return [
    ...(usableNode(nodes) ? [] : [`Node.js ${OLDEST_NODE} or newer${found && ` (found: ${found})`}`]),
    ...(bash && isNewBash(bash)
      ? []
      : [
          `bash ${OLDEST_BASH.major}.${OLDEST_BASH.minor} or newer${bash ? ` (found: ${bash.version})` : ''}`,
        ]),
  ];
}

function missingForShell({ tools }: HostFacts): readonly string[] {
  return ['mosquitto_sub', 'mosquitto_pub'].filter((tool) => !tools.has(tool));
}

function nodeAgent({ nodes }: HostFacts): AgentChoice {
  const node = usableNode(nodes);
  if (!node) return { kind: 'none', missing: '' };
  return { kind: 'node', interpreter: node.path, description: `agent.cjs with Node.js ${node.version}` };
}

function shellAgent({ bash }: HostFacts): AgentChoice {
  if (!bash) return { kind: 'shell', interpreter: 'sh', description: 'agent.sh with sh' };
  return { kind: 'shell', interpreter: bash.path, description: `agent.sh with bash ${bash.version}` };
}

/** The one that the user would start, unless it is too old; then the newest. */
function usableNode(nodes: readonly FoundProgram[]): FoundProgram | undefined {
  const usable = nodes.filter(({ version }) => majorOf(version) >= OLDEST_NODE);
  if (usable[0] && usable[0] === nodes[0]) return usable[0];
  return usable.toSorted((a, b) => majorOf(b.version) - majorOf(a.version))[0];
}

function majorOf(version: string): number {
  return Number(version.split('.')[0]);
}

function isNewBash({ version }: FoundProgram): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > OLDEST_BASH.major || (major === OLDEST_BASH.major && minor >= OLDEST_BASH.minor);
}
