import { isVerb } from './names.ts';

/** Result words that every verb can end with, by verb; a verb of the user's own ends with `<VERB>-DONE`. */
const WORDS_OF_VERB: Readonly<Record<string, readonly string[]>> = {
  START: ['STARTED'],
  STOP: ['STOPPED'],
  TERMINATE: ['TERMINATED'],
  SENDFILE: ['SENDING FILE', 'SENT FILE'],
};

const FAILED = 'FAILED';

/** True for the verbs that every agent knows, a legacy one too, and ends with the same words. */
export function hasWordsOfItsOwn(verb: string): boolean {
  return Object.hasOwn(WORDS_OF_VERB, verb);
}

/** The statuses with which an agent reports that it did `verb`. The last one says that it is done. */
export function resultWords(verb: string): readonly string[] {
  return (hasWordsOfItsOwn(verb) ? WORDS_OF_VERB[verb] : undefined) ?? [`${verb}-DONE`];
}

/** The status with which a verb that went well ends. */
export function doneStatus(verb: string): string {
  const words = resultWords(verb);
  return words[words.length - 1] ?? `${verb}-DONE`;
}

/** What stands in STATUS between two commands that end with the same word. It has none of the words that end one. */
export function receivedStatus(verb: string): string {
  return `RECEIVED ${verb}`;
}

/** True when a status beginning with these words is said by the agent about a command, not by a script of its own. */
export function isResultStatus(words: readonly string[]): boolean {
  const [first = '', second] = words;
  if (first === FAILED) return true;
  if (first.endsWith('-DONE') && isVerb(first.slice(0, -'-DONE'.length))) return true;
  const known = Object.values(WORDS_OF_VERB).flat();
  return known.includes(first) || (second !== undefined && known.includes(`${first} ${second}`));
}

/** True when the status's leading words are exactly these; case matters: `STARTED 5201` is `STARTED`, `RESTARTED` is not. */
export function statusBeginsWith(status: string, words: readonly string[]): boolean {
  const said = status.trim().split(/\s+/);
  return words.length > 0 && words.every((word, index) => said[index] === word);
}

/** The will of an agent: which session it belongs to, since an old will can arrive after a new session's ALIVE. */
export function formatOffline(session: string): string {
  return `OFFLINE ${session}`;
}

/** The session of a will; undefined when the status is none. A bare `OFFLINE` has the session ''. */
export function parseOffline(status: string): string | undefined {
  const [word, session = ''] = status.trim().split(/\s+/);
  return word === 'OFFLINE' ? session : undefined;
}

/** What an agent says when its functions file does not load or initFunction fails. */
export const INIT_FAILED = [FAILED, 'INIT'] as const;
export const INIT_VERB = 'INIT';
