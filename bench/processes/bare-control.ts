// Bare mqtt.js in place of the control machine: begins each node's next exchange when the last one is over.
import { connectBare } from '../support/bare-client.ts';
import { type BareRequest, bareCommand } from '../support/bare-request.ts';
import { nodeName } from '../support/fleet-request.ts';
import { serveParent } from '../support/own-process.ts';

interface Part {
  readonly first: number;
  readonly last: number;
}

serveParent(async ({ port, root, count, exchanges }: BareRequest) => {
  const filters = ['INFO', 'STATUS', 'REPLY', 'OUTPUT', 'HEARTBEAT'].map((kind) => `${root}/+/${kind}`);
  const client = await connectBare(port, filters);
  const nodes = Array.from({ length: count }, (_, index) => nodeName(index));
  const commands = exchanges.map(bareCommand);
  const states = new Map<string, { exchange: number; answers: number }>();
  let onAnswer = (_node: string): void => {};
  client.on('message', (topic, _payload, { retain }) => {
    const node = topic.split('/').at(-2);
    if (!retain && node !== undefined) onAnswer(node);
  });

  /** Milliseconds until every node has answered all of these exchanges, in order. */
  function run({ first, last }: Part): Promise<number> {
    const since = performance.now();
    let open = count;
    return new Promise((resolve) => {
      const begin = (node: string, exchange: number): void => {
        states.set(node, { exchange, answers: 0 });
        client.publish(`${root}/${node}/COMMAND`, commands[exchange] ?? '', { qos: 1 });
      };
      onAnswer = (node) => {
        const state = states.get(node);
        if (!state) return;
        state.answers += 1;
        if (state.answers < (exchanges[state.exchange]?.answers.length ?? 0)) return;
        if (state.exchange < last) {
          begin(node, state.exchange + 1);
        } else {
          states.delete(node);
          open -= 1;
          if (open === 0) resolve(performance.now() - since);
        }
      };
      for (const node of nodes) begin(node, first);
    });
  }

  return { run };
});
