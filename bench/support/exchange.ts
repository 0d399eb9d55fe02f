import { setTimeout as sleep } from 'node:timers/promises';
import { connectBare } from './bare-client.ts';
import { runByCli } from './program.ts';

/** A command, and what the node says because of it, in order: kinds of topics and sizes. */
export interface Exchange {
  readonly commandBytes: number;
  readonly answers: readonly { readonly kind: 'REPLY' | 'STATUS'; readonly bytes: number }[];
}

/** What our program and an agent of ours really say for two STARTs, read off the broker. */
export async function recordExchanges(port: number, root: string, node: string): Promise<Exchange[]> {
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
