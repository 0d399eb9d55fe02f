import { createId } from '../../base/index.ts';
import type { ProcessTable } from '../../process/index.ts';
import { ownAgentMark } from './agent-mark.ts';
import { AGENT_VARIABLE, NODE_VARIABLE, SESSION_VARIABLE } from './shell-environment.ts';

/** Whose a process is, however its agent ended. */
export interface ShellMarks {
  /** Id of the shell, in all its generations. */
  readonly session: string;
  readonly root: string;
  readonly node: string;
  /** Which agent process it was, see `agent-mark.ts`. */
  readonly agent: string;
}

export function createShellMarks(
  { root, node }: Pick<ShellMarks, 'root' | 'node'>,
  table: ProcessTable,
): ShellMarks {
  return { session: createId(), root, node, agent: ownAgentMark(table) };
}

/** As variables of the environment of everything that starts there. */
export function toVariables({ session, root, node, agent }: ShellMarks): Readonly<Record<string, string>> {
  return { [SESSION_VARIABLE]: session, [NODE_VARIABLE]: `${root}/${node}`, [AGENT_VARIABLE]: agent };
}

/** Undefined when they are not all there. */
export function fromVariables(variables: ReadonlyMap<string, string>): ShellMarks | undefined {
  const session = variables.get(SESSION_VARIABLE);
  const path = variables.get(NODE_VARIABLE);
  const agent = variables.get(AGENT_VARIABLE);
  if (!session || path === undefined || agent === undefined) return undefined;
  const nodeAt = path.lastIndexOf('/') + 1;
  return { session, root: path.slice(0, Math.max(0, nodeAt - 1)), node: path.slice(nodeAt), agent };
}
