import { type Clock, formatDuration } from '../base/index.ts';
import type { RunEventBody } from '../events/index.ts';
import { brokerRefuses, brokerUnreachable } from '../transport/index.ts';
import type { Fleet } from './fleet.ts';

interface ConnectionOptions {
  readonly fleet: Fleet;
  readonly clock: Clock;
  /** How the broker is called in messages; without credentials. */
  readonly broker: string;
  readonly emit: (event: RunEventBody) => void;
  readonly signal: AbortSignal;
}

/** Nobody should wait longer than this without a word. */
const FIRST_WORD_MS = 1500;

/**
 * Resolves when the broker is connected and every subscription granted.
 * @throws AppError BROKER_REFUSED as soon as the broker says no; BROKER_UNREACHABLE after `timeoutMs`
 */
export function connect(timeoutMs: number, options: ConnectionOptions): Promise<void> {
  const { fleet, clock, broker, emit, signal } = options;
  let lastReason = 'no answer';
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const cleanUps: (() => void)[] = [];
    const settle = (finish: () => void): void => {
      for (const cleanUp of cleanUps.splice(0)) cleanUp();
      finish();
    };
    const say = (): void => emit({ type: 'broker-changed', state: 'attempt-failed', detail: lastReason });

    cleanUps.push(
      clock.setTimer(timeoutMs, () => settle(() => reject(brokerUnreachable(broker, timeoutMs, lastReason)))),
      clock.setTimer(FIRST_WORD_MS, say),
      fleet.onConnection((event) => {
        if (event.kind === 'connected') {
          settle(resolve);
        } else if (event.kind === 'attempt-failed') {
          lastReason = event.reason;
          if (event.refused) settle(() => reject(brokerRefuses(broker, lastReason)));
          else say();
        }
      }),
    );
    const onAbort = (): void => settle(() => reject(signal.reason));
    signal.addEventListener('abort', onAbort);
    cleanUps.push(() => signal.removeEventListener('abort', onAbort));
  });
}

/** Says how the connection fares during a run; calls `onLost` when it was away for `lostMs`. */
export function watchConnection(
  lostMs: number,
  onLost: (reason: string) => void,
  { fleet, clock, emit }: ConnectionOptions,
): () => void {
  let stopTimer = (): void => {};
  let lastReason = '';
  const stopListening = fleet.onConnection((event) => {
    switch (event.kind) {
      case 'connected':
        stopTimer();
        emit({ type: 'broker-changed', state: event.reconnected ? 'reconnected' : 'connected', detail: '' });
        return;
      case 'disconnected':
        lastReason = event.reason;
        emit({ type: 'broker-changed', state: 'disconnected', detail: event.reason });
        stopTimer = clock.setTimer(lostMs, () =>
          onLost(`it was gone for ${formatDuration(lostMs)}: ${lastReason}`),
        );
        return;
      case 'attempt-failed':
        lastReason = event.reason;
        if (event.refused) onLost(event.reason);
        else emit({ type: 'broker-changed', state: 'attempt-failed', detail: event.reason });
        return;
    }
  });
  return () => {
    stopTimer();
    stopListening();
  };
}
