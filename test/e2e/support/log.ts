import { onTestFinished } from 'vitest';
import { environment } from './cli.ts';
import { startProgram } from './program.ts';

/** Everything that is said below a root topic, in the order in which mosquitto_sub sees it. */
export interface Log {
  /** Live messages so far on a topic below the root. */
  texts(topic: string): string[];
  /**
   * Resolves when a live message that begins with these words, a regular expression, comes on a topic below the root;
   * earlier ones do not count.
   */
  next(topic: string, words: string): Promise<void>;
  /** The same, but one that came earlier counts. */
  heard(topic: string, words: string): Promise<void>;
}

/** @param server options of mosquitto_sub for the broker */
export async function createLog(root: string, server: readonly string[]): Promise<Log> {
  const words = ['mosquitto_sub', ...server, '-t', `${root}/#`, '-F', '%r %t %p', '-d'];
  // It would keep what it prints to itself until it has a lot to say.
  const program = startProgram('stdbuf', ['-oL', ...words], { env: environment() });
  onTestFinished(() => program.stop());
  await program.printed(/^Subscribed /m);
  const wait = async (topic: string, words: string, from: number): Promise<void> => {
    await program.printed(new RegExp(`^0 ${root}/${topic} ${words}\\b`, 'm'), from);
  };
  return {
    texts: (topic) =>
      [...program.stdout.matchAll(new RegExp(`^0 ${root}/${topic} (.*)$`, 'gm'))].map(
        ([, text = '']) => text,
      ),
    next: (topic, words) => wait(topic, words, program.stdout.length),
    heard: (topic, words) => wait(topic, words, 0),
  };
}
