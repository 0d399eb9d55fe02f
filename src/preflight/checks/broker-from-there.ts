import { formatMilliseconds } from '../../base/index.ts';
import { readsTextOnly } from '../../protocol/index.ts';
import { fails, type NodeCheck, skipped, works } from './check.ts';

/** An agent that answers has reached the broker. */
export const brokerFromThereCheck: NodeCheck = {
  name: 'broker-from-there',
  title: 'broker from there',
  judge({ node: { state, info, clock } }) {
    if (state === 'alive' && info && readsTextOnly(info))
      return [works('what it says arrives here; how long that takes is not known')];
    if ('unknown' in clock)
      return state === 'alive'
        ? [fails(clock.unknown, 'look whether the link of this node loses messages')]
        : [skipped(clock.unknown)];
    const { min, p50, max } = clock.roundTripMs;
    const [shortest, median, longest] = [min, p50, max].map(formatMilliseconds);
    return [works(`there and back in ${median} (${shortest} to ${longest}, ${clock.samples} pings)`)];
  },
};
