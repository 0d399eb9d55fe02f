/** What a connection brought. */
export interface Arrival {
  readonly bytes: number;
  /** The address of this machine that the sender connected to; undefined when the connection is gone already. */
  readonly localAddress: string | undefined;
}

/** What its sender has to say about an arrival. */
export type Endorsement =
  /** It sent exactly this. */
  | { readonly kind: 'confirmed' }
  /** No sender is known who could say anything. */
  | { readonly kind: 'unknown' }
  | { readonly kind: 'contradicted'; readonly reason: string };
