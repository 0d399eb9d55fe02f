import { systemClock } from '../../src/base/index.ts';
import { startBroker } from '../../src/broker/index.ts';
import { createMqttTransport } from '../../src/transport/index.ts';
import { startMosquitto } from '../support/mosquitto.ts';
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts';
import { type Rig, testTransportContract } from './contract.ts';

interface RealBroker {
  readonly port: number;
  stop(): Promise<void>;
}

testTransportContract('mqtt over the embedded broker', () =>
  startRig(async (port = 0) => {
    const broker = await startBroker({ port });
    return { port: broker.port, stop: () => broker.close() };
  }),
);

testTransportContract('mqtt over mosquitto', () => startRig((port) => startMosquitto({ port })));

async function startRig(start: (port?: number) => Promise<RealBroker>): Promise<Rig> {
  let broker = await start();
  const wires: TcpProxy[] = [];
  return {
    async connect(options) {
      const wire = await startTcpProxy(broker.port);
      wires.push(wire);
      const transport = createMqttTransport({
        ...options,
        url: { scheme: 'mqtt', host: '127.0.0.1', port: wire.port },
        clock: systemClock,
        backoff: { firstMs: [10, 20], maxMs: 100 },
      });
      return { transport, freeze: wire.freeze, cut: wire.cut };
    },
    async restart() {
      await broker.stop();
      broker = await start(broker.port);
    },
    async stop() {
      await Promise.all(wires.map((wire) => wire.close()));
      await broker.stop();
    },
  };
}
