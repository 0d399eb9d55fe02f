import type { Namespaces } from './namespaces.ts';

/** What a host is called on the networks, and how fast it is on the second. */
export interface Plug {
  readonly host: Namespaces;
  /** The last number of its addresses. */
  readonly number: number;
  readonly megabitsPerSecond: number;
}

/** 198.18.0.0/15 is set aside for measurements: nobody has such an address. */
export const CONTROL_ADDRESS = '198.18.0.1';

export const controlAddressOf = (number: number): string => `198.18.0.${number}`;
export const testAddressOf = (number: number): string => `198.19.0.${number}`;

/** How the far end of a host's cable is called. */
export const portOf = (number: number): string => `port${number}`;

/**
 * Two networks of cables and switches:
 *
 *   control   the switch is the control machine; its ports are isolated: whoever is plugged in reaches it, and nobody else
 *   test      a switch in between, on which everybody reaches everybody, each at its own rate, both ways
 */
export async function connectHosts(
  control: Namespaces,
  middle: Namespaces,
  plugs: readonly Plug[],
): Promise<void> {
  // Nobody passes through the control machine, whatever the machine of the tests does.
  await control.must(['sh', '-c', 'echo 0 >/proc/sys/net/ipv4/ip_forward']);
  for (const each of [control, middle]) {
    await configure(each, ['link add switch type bridge', 'link set switch up', 'link set lo up']);
  }
  await configure(control, [`address add ${CONTROL_ADDRESS}/24 dev switch`]);
  for (const plug of plugs) {
    await plugIn(control, plug, 'control', controlAddressOf(plug.number));
    await control.must(['bridge', 'link', 'set', 'dev', portOf(plug.number), 'isolated', 'on']);
    await plugIn(middle, plug, 'test', testAddressOf(plug.number));
    await slowDown(middle, portOf(plug.number), plug.megabitsPerSecond);
    await slowDown(plug.host, 'test', plug.megabitsPerSecond);
    await configure(plug.host, ['link set lo up']);
  }
  for (const { host } of plugs) await host.must(['bash', '-c', UNTIL_UP]);
}

/** Linux looks at cables once a second. */
const UNTIL_UP = `until (($(ip -o link show | grep -c 'state UP') == 2)); do sleep 0.02; done`;

/** A cable from a switch to a host. */
async function plugIn(at: Namespaces, { host, number }: Plug, name: string, address: string): Promise<void> {
  const port = portOf(number);
  await configure(at, [
    `link add ${port} type veth peer name ${name} netns ${host.pid}`,
    `link set ${port} master switch up`,
  ]);
  await configure(host, [`address add ${address}/24 dev ${name}`, `link set ${name} up`]);
}

async function slowDown(at: Namespaces, device: string, megabitsPerSecond: number): Promise<void> {
  const rate = ['rate', `${megabitsPerSecond}mbit`, 'burst', '64kb', 'latency', '100ms'];
  await at.must(['tc', 'qdisc', 'add', 'dev', device, 'root', 'tbf', ...rate]);
}

async function configure(at: Namespaces, lines: readonly string[]): Promise<void> {
  await at.must(['ip', '-batch', '-'], `${lines.join('\n')}\n`);
}
