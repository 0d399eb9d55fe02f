import type { WaySeen } from '../../protocol/index.ts';
import { describeWay } from '../needs.ts';
import { fails, type Judged, judgeInspection, type NodeCheck, skipped, works } from './check.ts';

/** Whether the machines can be reached from there that messages to the node name. */
export const waysCheck: NodeCheck = {
  name: 'way',
  title: 'ways',
  judge(facts) {
    const { needs } = facts;
    if (!needs || needs.ways.size === 0) return [];
    return judgeInspection(({ ways }, { node: { node } }) =>
      [...needs.ways.keys()].map((text) => {
        const seen = ways.find((way) => describeWay(way) === text);
        return seen
          ? judge(seen, node, `way to ${text}`)
          : skipped('only so many are tried', `way to ${text}`);
      }),
    )(facts);
  },
};

function judge(
  { host, state, by, reason = 'no more is known' }: WaySeen,
  node: string,
  title: string,
): Judged {
  switch (state) {
    case 'open':
      return works('a connection was taken', title);
    case 'refused':
      return works('a connection was refused: the machine is there, and nothing listens yet', title);
    case 'answered':
      return works('it answers a ping', title);
    case 'silent':
      return by === 'ping'
        ? fails(reason, `look whether ${host} is there and answers pings, and how ${node} gets there`, title)
        : fails(reason, `look whether ${host} is there, and what drops packets on the way`, title);
    case 'unreachable':
      return fails(reason, `look at the address, at the routes of ${node}, and for firewalls`, title);
    case 'unknown':
      return skipped(reason, title);
  }
}
