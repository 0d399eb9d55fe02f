/** What a process is told that stands for many agents. */
export interface FleetRequest {
  readonly port: number;
  readonly root: string;
  readonly count: number;
}

export function nodeName(index: number): string {
  return `node${index + 1}`;
}
