/** For what becomes true a moment later, on a busy machine: how long `expect.poll` goes on asking. */
export const PATIENCE = { timeout: 20_000, interval: 20 } as const;
