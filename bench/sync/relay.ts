import { startOwn } from '../support/own-process.ts';
import type { Profile } from './profiles.ts';

export interface RelayRequest {
  readonly brokerPort: number;
  readonly agents: number;
}

export interface Relay {
  readonly ports: { readonly agents: readonly number[]; readonly control: number };
  /** From now on. */
  use(profile: Profile): Promise<void>;
  end(): Promise<void>;
}

/** In a process of its own, so that neither end waits for what the other one does. */
export async function startRelay(request: RelayRequest): Promise<Relay> {
  const relay = await startOwn('relay', request);
  return {
    ports: await relay.ask<Relay['ports']>('ports'),
    use: (profile) => relay.ask('use', profile),
    end: () => relay.end(),
  };
}
