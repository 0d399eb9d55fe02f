import type { PortLook } from '../../process/index.ts';
import { fails, type Judged, judgeInspection, type NodeCheck, skipped, works } from './check.ts';

/** Whether the ports are free that something of the run will listen on. */
export const portsCheck: NodeCheck = {
  name: 'port',
  title: 'ports',
  judge(facts) {
    const { needs } = facts;
    if (!needs || needs.ports.size === 0) return [];
    return judgeInspection(({ ports }, { node: { node } }) =>
      [...needs.ports].map((port) =>
        judgePort(
          ports.find((each) => each.port === port),
          port,
          node,
        ),
      ),
    )(facts);
  },
};

/** @param where the machine, for the advice */
export function judgePort(look: PortLook | undefined, port: number, where: string): Judged {
  const title = `port ${port}`;
  switch (look?.state) {
    case 'free':
      return works('nothing listens there', title);
    case 'listening': {
      const who = look.owners?.join(', ') || 'somebody, perhaps another user';
      return fails(`in use by ${who}`, `end that on ${where}, or use another port`, title);
    }
    case 'unknown':
      return skipped(look.reason ?? 'the system does not tell', title);
    case undefined:
      return skipped('only so many ports are looked at', title);
  }
}
