import type { Clock } from './clock.ts';

/** Resolves after `delayMs`; rejects with the signal's reason when aborted first. */
export function sleep(clock: Clock, delayMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(signal.reason);
      return;
    }
    const stopTimer = clock.setTimer(delayMs, () => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    });
    function onAbort(): void {
      stopTimer();
      reject(signal?.reason);
    }
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}

/**
 * The promise's value, or `onTimeout()` when it has not settled within `timeoutMs`. The promise itself goes on;
 * a late rejection of it is swallowed.
 */
export function withTimeout<T, U>(
  clock: Clock,
  promise: Promise<T>,
  timeoutMs: number,
  onTimeout: () => U,
): Promise<T | U> {
  return new Promise((resolve, reject) => {
    const stopTimer = clock.setTimer(timeoutMs, () => {
      try {
        resolve(onTimeout());
      } catch (thrown) {
        reject(thrown);
      }
    });
    promise.then(
      (value) => {
        stopTimer();
        resolve(value);
      },
      (thrown: unknown) => {
        stopTimer();
        reject(thrown);
      },
    );
  });
}
