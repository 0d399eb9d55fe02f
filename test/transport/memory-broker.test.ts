import { systemClock } from '../../src/base/index.ts';
import { createMemoryBroker } from '../../src/transport/index.ts';
import { testTransportContract } from './contract.ts';

testTransportContract('memory', async () => {
  const broker = createMemoryBroker();
  return {
    connect: ({ clientId, will }) => ({
      transport: broker.connect({
        clientId,
        will,
        clock: systemClock,
        backoff: { firstMs: [10, 20], maxMs: 100 },
      }),
      freeze: () => broker.freeze(clientId),
      cut: () => broker.drop(clientId),
    }),
    async restart() {
      broker.stop();
      broker.start();
    },
    async stop() {},
  };
});
