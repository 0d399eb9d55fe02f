import { AppError } from '../base/index.ts';
import type { Target } from './model.ts';

/** How the system's ssh is called, beside the host. */
export interface SshSettings {
  /** Instead of the user's `~/.ssh/config`. */
  readonly configFile: string | undefined;
  /** Where the shared connections have their sockets. */
  readonly controlPath: string;
  readonly connectTimeoutSeconds: number;
}

/**
 * The words behind `ssh`, up to and with the host. What the user has set for this host holds, above all how its key is
 * checked; only what would stop a program that nobody watches is said here.
 */
export function sshWords({ address, user, port }: Target, settings: SshSettings): readonly string[] {
  if (!/^[^-\s\p{Cc}][^\s\p{Cc}]*$/u.test(address)) {
    throw new AppError('INVENTORY_INVALID', `${JSON.stringify(address)} cannot be the address of a host`, {
      hint: 'set ansible_host to a name or an address; it cannot begin with - nor have blanks',
    });
  }
  const { configFile, controlPath, connectTimeoutSeconds } = settings;
  const options = [
    'BatchMode=yes',
    `ConnectTimeout=${connectTimeoutSeconds}`,
    'ServerAliveInterval=5',
    'ServerAliveCountMax=3',
    'ControlMaster=auto',
    'ControlPersist=60',
    `ControlPath=${controlPath}`,
    'RemoteCommand=none',
    'LogLevel=ERROR',
  ];
  return [
    ...(configFile === undefined ? [] : ['-F', configFile]),
    '-T',
    ...options.flatMap((option) => ['-o', option]),
    ...(port === undefined ? [] : ['-p', String(port)]),
    ...(user === undefined ? [] : ['-l', user]),
    '--',
    address,
  ];
}
