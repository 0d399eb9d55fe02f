/** So many connections are being made at a time: brokers and sockets have queues of their own for those who wait. */
const AT_ONCE = 100;

/** Makes so many things, not all at once. */
export async function inTurns<T>(
  count: number,
  make: (index: number) => Promise<T>,
  atOnce = AT_ONCE,
): Promise<T[]> {
  const made: T[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < count) {
      const index = next;
      next += 1;
      made[index] = await make(index);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return made;
}
