import { readFile, writeFile } from 'node:fs/promises';
import { userInfo } from 'node:os';

interface Account {
  readonly home?: string;
  readonly shell?: string;
}

/** Writes what /etc/passwd has, but for these fields of whoever runs the tests. */
export async function writePasswd(path: string, { home, shell }: Account): Promise<void> {
  const { username } = userInfo();
  const lines = (await readFile('/etc/passwd', 'utf8')).split('\n').map((line) => {
    const [name, password, uid, gid, comment, oldHome, oldShell] = line.split(':');
    if (name !== username) return line;
    return [name, password, uid, gid, comment, home ?? oldHome, shell ?? oldShell].join(':');
  });
  await writeFile(path, lines.join('\n'));
}
