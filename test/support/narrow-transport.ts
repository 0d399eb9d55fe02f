import type { Clock } from '../../src/base/index.ts';
import type { Message, Transport } from '../../src/transport/index.ts';

/** A transport behind a broker that keeps so many messages for it, and drops what is beyond without a word. */
export interface NarrowTransport extends Transport {
  /** How many messages were dropped. */
  readonly dropped: number;
}

interface Narrowness {
  readonly mostKept: number;
  /** How many are handed on in a millisecond. */
  readonly perMs: number;
}

export function createNarrowTransport(
  transport: Transport,
  clock: Clock,
  { mostKept, perMs }: Narrowness,
): NarrowTransport {
  const kept: Message[] = [];
  let dropped = 0;
  return {
    get dropped() {
      return dropped;
    },
    get connected() {
      return transport.connected;
    },
    open(filters, listeners) {
      const handOn = (): void => {
        for (const message of kept.splice(0, perMs)) listeners.onMessage(message);
        if (kept.length > 0) clock.setTimer(1, handOn);
      };
      transport.open(filters, {
        ...listeners,
        onMessage(message) {
          if (kept.length === 0) clock.setTimer(1, handOn);
          if (kept.length < mostKept) kept.push(message);
          else dropped += 1;
        },
      });
    },
    publish: (topic, payload, options) => transport.publish(topic, payload, options),
    close: () => transport.close(),
  };
}
