// A wire between MQTT clients and a broker that holds up what passes: a port for each agent and one for the control machine.
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { systemClock } from '../../src/base/index.ts';
import { serveParent } from '../support/own-process.ts';
import { DelayLine } from '../sync/delay-line.ts';
import type { Delay, Profile } from '../sync/profiles.ts';
import type { RelayRequest } from '../sync/relay.ts';

const NO_DELAY: Delay = { jitterMs: 0 };

serveParent(async ({ brokerPort, agents }: RelayRequest) => {
  let profile: Pick<Profile, 'agents' | 'control'> = { agents: NO_DELAY, control: NO_DELAY };
  const agentPorts: number[] = [];
  for (let index = 0; index < agents; index += 1)
    agentPorts.push(await listen(brokerPort, () => profile.agents));
  const controlPort = await listen(brokerPort, () => profile.control);
  return {
    ports: () => ({ agents: agentPorts, control: controlPort }),
    use(next: Profile) {
      profile = next;
    },
  };
});

async function listen(brokerPort: number, delay: () => Delay): Promise<number> {
  const server = createServer((near) => {
    const far = connect(brokerPort, '127.0.0.1');
    join(near, far, () => drawMs(delay()));
    join(far, near, () => drawMs(delay()) + (delay().downMs ?? 0));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

function drawMs({ jitterMs, tail }: Delay): number {
  if (tail && Math.random() * 100 < tail.percent)
    return tail.fromMs + Math.random() * (tail.toMs - tail.fromMs);
  return Math.random() * jitterMs;
}

function join(from: Socket, to: Socket, delayMs: () => number): void {
  const line = new DelayLine<Buffer>(systemClock, (piece) => to.write(piece));
  from.setNoDelay(true);
  from.on('data', (piece) => line.push(piece, delayMs()));
  from.on('error', () => {});
  from.on('close', () => {
    line.close();
    to.destroy();
  });
}
