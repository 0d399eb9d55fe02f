import type { CommandSeen } from '../../protocol/index.ts';
import { satisfies } from '../version.ts';
import { fails, type Judged, judgeInspection, type NodeCheck, skipped, warning, works } from './check.ts';

/** Whether the commands are there that the node script requires. */
export const commandsCheck: NodeCheck = {
  name: 'command',
  title: 'commands',
  judge: judgeInspection(({ script, commands }, { node: { node } }) => {
    if (commands.length > 0) return commands.map((command) => judge(command, node));
    if (script.state !== 'ready') return [skipped('the node script is not loaded')];
    return [skipped('the node script does not say what it requires (requires="iperf3 >= 3.9, ncat")')];
  }),
};

function judge({ text, name = text, state, reason, ...seen }: CommandSeen, node: string): Judged {
  switch (state) {
    case 'malformed':
      return warning('this cannot be read', 'write "command" or "command >= 1.2" into requires', text);
    case 'unknown':
      return skipped(reason ?? 'it could not be looked up', text);
    case 'missing':
      return fails('there is no such command', `install ${name} on ${node}`, text);
    case 'found':
      return judgeVersion({ text, name, reason, ...seen }, node);
  }
}

function judgeVersion(
  { text, name, operator, wanted, version, reason }: Omit<CommandSeen, 'state'>,
  node: string,
): Judged {
  if (operator === undefined || wanted === undefined) return works('it is there', text);
  if (version === undefined) {
    const detail = `its version is not known: ${reason ?? 'it tells none'}`;
    return warning(detail, `look yourself which version ${node} has`, text);
  }
  if (satisfies(version, operator, wanted)) return works(`version ${version}`, text);
  return fails(`it is version ${version}`, `install ${name} ${operator} ${wanted} on ${node}`, text);
}
