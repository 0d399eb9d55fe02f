import { formatDuration } from '../base/index.ts';
import type { Describe } from './line.ts';
import { createPace, type Pace } from './pace.ts';
import { withReason } from './phrases.ts';

/** So many different reasons of one outage are said at once; after that, all keep to the pace. */
const MOST_REASONS = 10;

interface Outage {
  readonly sinceMs: number;
  readonly pace: Pace;
  readonly reasons: Set<string>;
}

/** Says at once that the broker is away and why, now and then that it still is, and when it is back. */
export function createBrokerTrouble(): Describe {
  let broker = 'the broker';
  let outage: Outage | undefined;

  return (event) => {
    if (event.type === 'run-started') broker = `broker ${event.broker}`;
    if (event.type !== 'broker-changed') return [];
    const { state, detail, elapsedMs } = event;
    switch (state) {
      case 'connected':
      case 'reconnected': {
        if (!outage) return [];
        const took = formatDuration(elapsedMs - outage.sinceMs);
        outage = undefined;
        return [{ mark: 'note', text: `${broker}: connected after ${took}` }];
      }
      case 'disconnected':
        outage = beginOutage(elapsedMs);
        return [
          {
            mark: 'warning',
            text: `${withReason(`connection to ${broker} lost`, detail)}; connecting again`,
          },
        ];
      case 'attempt-failed':
        outage ??= beginOutage(elapsedMs);
        if (!isWorthSaying(outage, detail, elapsedMs)) return [];
        return [
          { mark: 'warning', text: `${withReason(`${broker} cannot be reached`, detail)}; still trying` },
        ];
      case 'lost':
        return [{ mark: 'failed', text: withReason(`${broker} is given up`, detail) }];
    }
  };
}

function beginOutage(sinceMs: number): Outage {
  return { sinceMs, pace: createPace(0), reasons: new Set() };
}

function isWorthSaying({ sinceMs, pace, reasons }: Outage, reason: string, nowMs: number): boolean {
  const isNew = !reasons.has(reason) && reasons.size < MOST_REASONS;
  if (isNew) reasons.add(reason);
  return pace.isDue(nowMs - sinceMs) || isNew;
}
