import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** PEM texts. */
export interface Certificate {
  readonly certificate: string;
  readonly key: string;
}

/** A certificate that signed itself, so that it is its own CA file too. */
export async function createCertificate(host: string): Promise<Certificate> {
  const directory = await mkdtemp(join(tmpdir(), 'certificate-'));
  try {
    await promisify(execFile)(
      'openssl',
      [
        ...[
          'req',
          '-x509',
          '-newkey',
          'ec',
          '-pkeyopt',
          'ec_paramgen_curve:prime256v1',
          '-nodes',
          '-days',
          '2',
        ],
        ...['-keyout', 'key.pem', '-out', 'certificate.pem', '-subj', `/CN=${host}`],
        ...['-addext', `subjectAltName=DNS:${host}`],
      ],
      { cwd: directory },
    );
    return {
      certificate: await readFile(join(directory, 'certificate.pem'), 'utf8'),
      key: await readFile(join(directory, 'key.pem'), 'utf8'),
    };
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
