import { readFileSync } from 'node:fs';
import { errorMessage } from '../base/index.ts';

const LARGEST_BYTES = 4 * 1024 * 1024;

type CaFile =
  | { readonly kind: 'ok'; readonly pem: string }
  | { readonly kind: 'error'; readonly message: string };

/** The certificates of a file, not checked beyond being PEM: TLS does that with the broker's own. */
export function readCaFile(path: string): CaFile {
  try {
    const pem = readFileSync(path, 'utf8');
    if (pem.length > LARGEST_BYTES)
      return { kind: 'error', message: 'it is too large to be a file of certificates' };
    return pem.includes('-----BEGIN CERTIFICATE-----') || pem.includes('-----BEGIN TRUSTED CERTIFICATE-----')
      ? { kind: 'ok', pem }
      : { kind: 'error', message: 'it has no line -----BEGIN CERTIFICATE-----' };
  } catch (thrown) {
    return { kind: 'error', message: errorMessage(thrown) };
  }
}
