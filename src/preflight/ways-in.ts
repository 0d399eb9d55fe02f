import { isIP } from 'node:net';

/** A machine that a message speaks of, and the port there, if it names one. */
export interface Way {
  readonly host: string;
  readonly port?: number;
}

/**
 * The machines that the words of a message name for certain: addresses, and names that an inventory has as addresses.
 * A port is the next word, or stands behind a colon.
 */
export function waysIn(words: readonly string[], known: ReadonlySet<string>): readonly Way[] {
  const isHost = (text: string): boolean => known.has(text) || isAddressOfOne(text);
  return words.flatMap((word, index) => {
    const [, inner = '', portText = ''] = /^\[?([^[\]]+)\]?:(\d{1,5})$/.exec(word) ?? [];
    const port = portOf(portText);
    if (!isHost(word) && isHost(inner) && port !== undefined) return [{ host: inner, port }];
    if (!isHost(word)) return [];
    const next = portOf(words[index + 1] ?? '');
    return [next === undefined ? { host: word } : { host: word, port: next }];
  });
}

function portOf(text: string): number | undefined {
  const port = /^[1-9]\d{0,4}$/.test(text) ? Number(text) : 0;
  return port >= 1 && port <= 65_535 ? port : undefined;
}

/** Of one machine, not of whoever listens to a group, nor the one that stands for all of one's own. */
function isAddressOfOne(text: string): boolean {
  if (isIP(text) === 4) return !/^(0|22[4-9]|2[3-5]\d)\./.test(text);
  return isIP(text) === 6 && text !== '::' && !/^ff/i.test(text);
}
