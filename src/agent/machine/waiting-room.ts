import type { ReceivedMessage } from './reception.ts';
import { weightOf } from './task.ts';

/** More are not kept. */
const MOST_HELD = 1000;
/** The same in characters. */
const MOST_HELD_WEIGHT = 5_000_000;

/** Commands that wait until the name of the node is settled. */
export class WaitingRoom {
  #held: ReceivedMessage[] = [];
  #weight = 0;

  /** @returns false when there is no room: it is not kept */
  hold(message: ReceivedMessage): boolean {
    const { command } = message;
    const weight = this.#weight + weightOf(command.kind === 'text' ? command : command.envelope);
    if (this.#held.length >= MOST_HELD || weight > MOST_HELD_WEIGHT) return false;
    this.#held.push(message);
    this.#weight = weight;
    return true;
  }

  letGo(): readonly ReceivedMessage[] {
    const held = this.#held;
    this.#held = [];
    this.#weight = 0;
    return held;
  }
}
