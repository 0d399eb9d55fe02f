// Bare mqtt.js that answers every ping with a pong of the same size.
import { connectBare } from '../support/bare-client.ts';
import { serveParent } from '../support/own-process.ts';

serveParent(async ({ port }: { readonly port: number }) => {
  const client = await connectBare(port, ['bare/ping']);
  client.on('message', (_topic, payload) => client.publish('bare/pong', payload, { qos: 1 }));
  return {};
});
