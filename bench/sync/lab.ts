import { MOSQUITTO } from '../support/brokers.ts';
import { type Fleet, startFleet } from './fleet.ts';
import { type Floor, startFloor } from './floor.ts';
import { type Relay, startRelay } from './relay.ts';
import { Stamps } from './stamps.ts';

/** Everything that takes part with so many nodes: broker, relay, agents, and the processes of the floor. */
export interface Lab {
  readonly count: number;
  readonly relay: Relay;
  readonly stamps: Stamps;
  readonly floor: Floor;
  readonly fleet: Fleet;
}

/** Sets up a lab, works in it, and ends all of it. */
export async function withLab<T>(count: number, work: (lab: Lab) => Promise<T>): Promise<T> {
  const ends: (() => Promise<unknown>)[] = [];
  try {
    const broker = await MOSQUITTO.start();
    ends.push(() => broker.stop());
    const relay = await startRelay({ brokerPort: broker.port, agents: count });
    ends.push(() => relay.end());
    const stamps = new Stamps();
    ends.push(() => stamps.remove());
    const floor = await startFloor(count, stamps);
    ends.push(() => floor.end());
    const fleet = await startFleet({ ports: relay.ports.agents, brokerPort: broker.port, stamps });
    ends.push(() => fleet.end());
    return await work({ count, relay, stamps, floor, fleet });
  } finally {
    for (const end of ends.toReversed()) await end();
  }
}
