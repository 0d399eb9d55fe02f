import { formatDuration } from '../base/index.ts';
import type { Describe } from './line.ts';
import { createPace, type Pace } from './pace.ts';
import { withReason } from './phrases.ts';

/** Says at once that the broker is away and why, now and then that it still is, and when it is back. */
export function createBrokerTrouble(): Describe {
  let broker = 'the broker';
  let trouble: { readonly sinceMs: number; readonly pace: Pace } | undefined;

  return (event) => {
    if (event.type === 'run-started') broker = `broker ${event.broker}`;
    if (event.type !== 'broker-changed') return [];
    const { state, detail, elapsedMs } = event;

    if (state === 'connected' || state === 'reconnected') {
      if (!trouble) return [];
      const took = formatDuration(elapsedMs - trouble.sinceMs);
      trouble = undefined;
      return [{ mark: 'note', text: `${broker}: connected after ${took}` }];
    }

    if (state === 'disconnected') {
      trouble = { sinceMs: elapsedMs, pace: createPace(0) };
      return [
        { mark: 'warning', text: `${withReason(`connection to ${broker} lost`, detail)}; connecting again` },
      ];
    }

    trouble ??= { sinceMs: elapsedMs, pace: createPace(0) };
    if (!trouble.pace.isDue(elapsedMs - trouble.sinceMs)) return [];
    return [{ mark: 'warning', text: `${withReason(`${broker} cannot be reached`, detail)}; still trying` }];
  };
}
