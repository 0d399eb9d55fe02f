import type { ConnectionEvent, Message, TransportListeners } from '../../src/transport/index.ts';

/** Remembers what a transport hands up, and waits for it. */
export interface Inbox extends TransportListeners {
  readonly messages: readonly Message[];
  readonly events: readonly ConnectionEvent[];
  /** The text of every message so far, on one topic if given. */
  texts(topic?: string): string[];
  /** The first message, past or future, that fits. */
  message(fits: (message: Message) => boolean): Promise<Message>;
  /** The first message, past or future, with this text. */
  text(text: string): Promise<Message>;
  /** The `nth` event, past or future, of a kind; the first is 1. */
  event<K extends ConnectionEvent['kind']>(
    kind: K,
    nth?: number,
  ): Promise<Extract<ConnectionEvent, { kind: K }>>;
}

export function createInbox(): Inbox {
  const messages: Message[] = [];
  const events: ConnectionEvent[] = [];
  const waiting = new Set<() => void>();
  const changed = (): void => {
    for (const check of [...waiting]) check();
  };
  const until = <T>(find: () => T | undefined): Promise<T> =>
    new Promise((resolve) => {
      const check = (): void => {
        const found = find();
        if (found === undefined) return;
        waiting.delete(check);
        resolve(found);
      };
      waiting.add(check);
      check();
    });
  const message = (fits: (message: Message) => boolean): Promise<Message> => until(() => messages.find(fits));

  return {
    messages,
    events,
    onMessage(received) {
      messages.push(received);
      changed();
    },
    onConnection(event) {
      events.push(event);
      changed();
    },
    texts: (topic) => messages.filter((each) => topic === undefined || each.topic === topic).map(textOf),
    message,
    text: (text) => message((each) => textOf(each) === text),
    event: <K extends ConnectionEvent['kind']>(kind: K, nth = 1) =>
      until(
        () =>
          events.filter((event): event is Extract<ConnectionEvent, { kind: K }> => event.kind === kind)[
            nth - 1
          ],
      ),
  };
}

export function textOf({ payload }: Message): string {
  return new TextDecoder().decode(payload);
}
