import { createHash, timingSafeEqual } from 'node:crypto';
import type { AedesOptions } from 'aedes';
import type { Logger } from '../base/index.ts';

export interface Credentials {
  readonly username: string;
  readonly password: string;
}

/** CONNACK return codes [MQTT-3.2.2-6]. */
const BAD_USER_OR_PASSWORD = 4;
const NOT_AUTHORIZED = 5;

/** Without credentials everybody may log in; otherwise only who gives exactly these. */
export function createLoginCheck(
  credentials: Credentials | undefined,
  logger: Logger,
): NonNullable<AedesOptions['authenticate']> {
  return (client, username, password, done) => {
    if (!credentials) {
      done(null, true);
      return;
    }
    const isUser = isSameSecret(username ?? '', credentials.username);
    const isPassword = isSameSecret(password ?? '', credentials.password);
    if (isUser && isPassword) {
      done(null, true);
      return;
    }
    logger.info(`refused the login of client ${JSON.stringify(client.id)}`);
    const returnCode = username === undefined ? NOT_AUTHORIZED : BAD_USER_OR_PASSWORD;
    done(Object.assign(new Error('login refused'), { returnCode }), false);
  };
}

/** Takes the same time whatever is wrong, the length included. */
function isSameSecret(given: string | Buffer, expected: string): boolean {
  return timingSafeEqual(sha256(given), sha256(expected));
}

const sha256 = (secret: string | Buffer): Buffer => createHash('sha256').update(secret).digest();
