import { expect } from 'vitest';
import { stringify } from 'yaml';
import type { HostLab } from '../../support/host-lab.ts';
import { PATIENCE } from './patience.ts';
import type { Ended } from './program.ts';
import { createWorkplace, type Workplace } from './workplace.ts';

/** What the inventory says about somebody. */
export type Variables = Readonly<Record<string, string | number>>;

/** One test's control machine in a lab of hosts, with a broker on it, an inventory of all hosts and a configuration. */
export interface Fleet extends Workplace {
  /** `orchestrate deploy` with these words. */
  deploy(...words: readonly string[]): Promise<Ended>;
  /** What the broker keeps below the root topic: `node1/STATUS` → text. */
  retained(): Promise<Readonly<Record<string, string>>>;
  /** Which session the agent of each node is in, as its INFO says. */
  sessions(): Promise<Readonly<Record<string, string>>>;
  /** `deploy --remove`; nothing must be left then, here or there, but that they have ended. */
  removeAll(...words: readonly string[]): Promise<void>;
}

interface FleetOptions {
  /** More variables of hosts, by their names. */
  readonly variables?: Readonly<Record<string, Variables>>;
  /** Groups and their members. */
  readonly groups?: Readonly<Record<string, readonly string[]>>;
}

/** What a shell, a configuration file and an option file can stumble over. */
export const PASSWORD = `quotes ' " and $HOME # 7`;

export async function createFleet(lab: HostLab, options: FleetOptions = {}): Promise<Fleet> {
  const { control, controlAddress, home } = lab;
  const workplace = await createWorkplace([], { within: control.enter, env: { HOME: home } });
  const { write, start } = workplace;
  await write('inventory.yaml', inventoryOf(lab, options));
  await write('password', `${PASSWORD}\n`);
  const config = [
    `MQTT_SERVER=${controlAddress}`,
    'MQTT_TOPIC=lab',
    'MQTT_USERNAME=lab',
    `MQTT_PASSWORD='${PASSWORD.replaceAll("'", String.raw`'\''`)}'`,
    'INVENTORY=inventory.yaml',
  ];
  await write('global.config', `${config.join('\n')}\n`);
  const login = ['--user', 'lab', '--password-file', 'password'];
  await start(['broker', '--host', controlAddress, ...login]).printed(/^broker on /);
  const deploy: Fleet['deploy'] = (...words) => workplace.end(['deploy', ...words]);
  const everything = ['-h', controlAddress, '-u', 'lab', '-P', PASSWORD, '-t', 'lab/#', '-F', '%t %p'];

  const retained: Fleet['retained'] = async () => {
    const { stdout } = await control.run(['mosquitto_sub', ...everything, '--retained-only', '-W', '1']);
    const messages = stdout.matchAll(/^lab\/(\S+) (.*)$/gm);
    return Object.fromEntries([...messages].map(([, topic = '', text = '']) => [topic, text]));
  };

  return {
    ...workplace,
    deploy,
    retained,
    async sessions() {
      const infos = Object.entries(await retained()).filter(([topic]) => topic.endsWith('/INFO'));
      return Object.fromEntries(
        infos.map(([topic, text]) => [topic.split('/')[0], JSON.parse(text).session]),
      );
    },
    async removeAll(...words) {
      const { code, stdout, stderr } = await deploy('--remove', ...words);
      expect(code, stdout + stderr).toBe(0);
      const ended = lab.hosts.map(({ name }) => [`${name}/STATUS`, 'TERMINATED']);
      await expect.poll(retained, PATIENCE).toEqual(Object.fromEntries(ended));
      for (const host of lab.hosts) {
        await expect.poll(() => host.processes(), PATIENCE).toEqual([]);
        // What the functions of a node wrote is the user's.
        expect((await host.files()).filter((file) => !file.startsWith('/tmp/iperf3.'))).toEqual([]);
      }
    },
  };
}

/** As a person would write it: hosts by their addresses on the control network. */
function inventoryOf({ hosts }: HostLab, { variables = {}, groups = {} }: FleetOptions): string {
  const all = hosts.map(({ name, controlAddress }) => [
    name,
    { ansible_host: controlAddress, ansible_user: 'root', ...variables[name] },
  ]);
  const children = Object.entries(groups).map(([name, members]) => [
    name,
    { hosts: Object.fromEntries(members.map((member) => [member, {}])) },
  ]);
  return stringify({ all: { hosts: Object.fromEntries(all), children: Object.fromEntries(children) } });
}
