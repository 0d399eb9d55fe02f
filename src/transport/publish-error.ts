/** A message is not known to have reached the broker. It may have: only the confirmation is missing. */
export class PublishError extends Error {
  override readonly name = 'PublishError';
  readonly topic: string;

  constructor(topic: string, problem: string) {
    super(`not published to ${topic}: ${problem}`);
    this.topic = topic;
  }
}
