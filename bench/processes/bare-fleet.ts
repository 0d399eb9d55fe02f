// Bare mqtt.js in place of the agents: the same subscriptions, and the same messages in the same order.
import { connectBare } from '../support/bare-client.ts';
import type { BareRequest } from '../support/bare-request.ts';
import { nodeName } from '../support/fleet-request.ts';
import { inTurns } from '../support/in-turns.ts';
import { serveParent } from '../support/own-process.ts';

serveParent(async ({ port, root, count, exchanges }: BareRequest) => {
  const payloads = exchanges.map(({ answers }) =>
    answers.map(({ kind, bytes }) => ({ kind, payload: Buffer.alloc(bytes, 'x') })),
  );
  await inTurns(count, async (index) => {
    const prefix = `${root}/${nodeName(index)}/`;
    const own = ['INFO', 'COMMAND', 'STATUS', 'HEARTBEAT'].map((kind) => prefix + kind);
    const client = await connectBare(port, [...own, `${root}/_all/COMMAND`]);
    client.on('message', (topic, command) => {
      if (!topic.endsWith('/COMMAND')) return;
      for (const { kind, payload } of payloads[command[0] ?? 0] ?? [])
        client.publish(prefix + kind, payload, { qos: 1, retain: kind === 'STATUS' });
    });
  });
  return {};
});
