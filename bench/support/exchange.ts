import { setTimeout as sleep } from 'node:timers/promises';
import { connectBare } from './bare-client.ts';
import { runByCli } from './program.ts';

/** A command, and what the node says because of it, in order: kinds of topics and sizes. */
export interface Exchange {
  readonly commandBytes: number;
  readonly answers: readonly { readonly kind: 'REPLY' | 'STATUS'; readonly bytes: number }[];
}

const TRIES = 10;

/**
 * What our program and an agent of ours really say for two STARTs, read off the broker: ping, lease and both STARTs. On
 * a busy machine something may be said twice: then once more.
 */
export async function recordExchanges(port: number, root: string, node: string): Promise<Exchange[]> {
  for (let attempt = 0; attempt < TRIES; attempt += 1) {
    const exchanges = (await recordOnce(port, root, node)).slice(0, 4);
    if (exchanges.map(({ answers }) => answers.length).join(' ') === '1 1 4 4') return exchanges;
  }
  throw new Error('the machine is too busy to see what is said');
}

async function recordOnce(port: number, root: string, node: string): Promise<Exchange[]> {
  const prefix = `${root}/${node}/`;
  const listener = await connectBare(port, [`${prefix}COMMAND`, `${prefix}REPLY`, `${prefix}STATUS`]);
  await sleep(200);
  const exchanges: { commandBytes: number; answers: Exchange['answers'][number][] }[] = [];
  listener.on('message', (topic, payload, { retain }) => {
    const kind = topic.slice(prefix.length);
    if (kind === 'COMMAND') exchanges.push({ commandBytes: payload.length, answers: [] });
    else if (!retain && (kind === 'REPLY' || kind === 'STATUS'))
      exchanges.at(-1)?.answers.push({ kind, bytes: payload.length });
  });
  const step = `SEND ${node} START\nWAITFOR ${node} STARTED\n`;
  await runByCli(`${step}WAIT 200ms\n${step}WAIT 200ms\n`, port, root);
  listener.end(true);
  return exchanges;
}
