import { existsSync } from 'node:fs';
import type { Listeners } from './listeners.ts';
import { netstatListeners } from './netstat-listeners.ts';
import { procListeners } from './proc-listeners.ts';

/** All that listen in this process's view of the network. Nothing is connected to: a server may serve one and end. */
export const findListeners: () => Promise<Listeners> = existsSync('/proc/self/net/tcp')
  ? procListeners
  : netstatListeners;
