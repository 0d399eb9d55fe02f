import { AppError, formatDuration } from '../base/index.ts';

/** @param broker without credentials */
export function brokerUnreachable(broker: string, timeoutMs: number, reason: string): AppError {
  return new AppError(
    'BROKER_UNREACHABLE',
    `${broker} cannot be reached within ${formatDuration(timeoutMs)}: ${reason}`,
    { hint: 'check the address (-m, MQTT_SERVER), that the broker runs there, and the firewall between' },
  );
}

/** @param broker without credentials */
export function brokerRefuses(broker: string, reason: string): AppError {
  return new AppError('BROKER_REFUSED', `${broker} refuses the connection: ${reason}`, {
    hint: 'check MQTT_USERNAME and MQTT_PASSWORD, and what the broker allows this user',
  });
}
