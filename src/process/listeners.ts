/** A TCP socket of this machine that takes connections. */
export interface Listener {
  /** `0.0.0.0`, `::`, `127.0.0.1`, …; `*` where the system says no more. */
  readonly address: string;
  readonly port: number;
}

/** What the system tells about such sockets. */
export type Listeners =
  | { readonly kind: 'known'; readonly listeners: readonly Listener[] }
  | { readonly kind: 'unknown'; readonly reason: string };
