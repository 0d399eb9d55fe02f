import type { BareConnection, BareConnectionOptions } from './bare-connection.ts';

/**
 * The MQTT library is loaded on first use.
 * @throws ConnectionError
 */
export async function connectBare(options: BareConnectionOptions): Promise<BareConnection> {
  const { dialBare } = await import('./bare-link.ts');
  return dialBare(options);
}
