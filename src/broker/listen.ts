import type { AddressInfo, Server } from 'node:net';
import { AppError, errorMessage } from '../base/index.ts';

/**
 * Begins to listen.
 * @returns the port, which is of use when any free one was asked for (0)
 * @throws AppError LISTEN_FAILED
 */
export function listen(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const onError = (error: Error): void => reject(listenError(error, host, port));
    server.once('error', onError);
    server.listen(port, host, () => {
      server.removeListener('error', onError);
      resolve((server.address() as AddressInfo).port);
    });
  });
}

function listenError(cause: Error, host: string, port: number): AppError {
  const code = 'code' in cause ? cause.code : undefined;
  const failed = (message: string, hint: string): AppError =>
    new AppError('LISTEN_FAILED', message, { hint, cause });
  switch (code) {
    case 'EADDRINUSE':
      return failed(
        `port ${port} on ${host} is in use by another program`,
        'If that is a broker, connect to it instead; otherwise choose another port.',
      );
    case 'EACCES':
      return failed(`this user may not listen on port ${port} of ${host}`, 'Choose a port above 1023.');
    case 'EADDRNOTAVAIL':
      return failed(
        `${host} is not an address of this machine`,
        'Listen on 127.0.0.1 for this machine alone, or on 0.0.0.0 for all its networks.',
      );
    default:
      return failed(
        `cannot listen on port ${port} of ${host}: ${errorMessage(cause)}`,
        'Check the host and the port to listen on.',
      );
  }
}
