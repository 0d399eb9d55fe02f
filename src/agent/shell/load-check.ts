import { execFile } from 'node:child_process';
import { readFile, stat } from 'node:fs/promises';
import { errorMessage } from '../../base/index.ts';
import { cleanEnvironment } from './shell-environment.ts';

/**
 * Looks at a node script before any shell reads it.
 * @returns why it cannot be loaded, as one sentence with file and line; undefined when nothing is wrong
 */
export async function checkScript(path: string, bash: string): Promise<string | undefined> {
  try {
    if (!(await stat(path)).isFile()) return `${path}: this is not a file.`;
    return checkBytes(path, await readFile(path)) ?? (await checkSyntax(path, bash));
  } catch (thrown) {
    return `${path}: cannot be read (${errorMessage(thrown)}).`;
  }
}

/** bash takes all of these and then behaves oddly: half a file, a first function with another name, `\r` in every word. */
function checkBytes(path: string, content: Buffer): string | undefined {
  if (content.subarray(0, 3).equals(BYTE_ORDER_MARK)) {
    return `${path}:1: the file begins with a byte order mark; save it as UTF-8 without one.`;
  }
  const nul = content.indexOf(0);
  if (nul >= 0) return `${path}:${lineAt(content, nul)}: there is a NUL character; this is not a text file.`;
  const crlf = content.indexOf('\r\n');
  if (crlf >= 0) {
    return `${path}:${lineAt(content, crlf)}: the line ends with CR LF, as on Windows; save the file with LF line ends.`;
  }
  return undefined;
}

const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf]);

function lineAt(content: Buffer, position: number): number {
  return content.subarray(0, position).toString('latin1').split('\n').length;
}

/** extglob, because `bash -n` does not run the script's own `shopt -s extglob` and would refuse what follows it. */
function checkSyntax(path: string, bash: string): Promise<string | undefined> {
  const args = ['--noprofile', '--norc', '-O', 'extglob', '-n', '--', path];
  const env = { ...cleanEnvironment(process.env), LC_ALL: 'C' };
  return new Promise((resolve) => {
    execFile(bash, args, { env, timeout: SYNTAX_CHECK_MS }, (error, _, stderr) => {
      // Whether bash is there at all is found out, and said, by the shell itself.
      resolve(error && typeof error.code === 'number' ? syntaxReason(path, stderr) : undefined);
    });
  });
}

const SYNTAX_CHECK_MS = 10_000;

/**
 * The first message in which bash places an error of the script: `FILE: line 5: syntax error …`. Also for what only
 * shows when the script is loaded.
 */
export function syntaxReason(path: string, stderr: string): string | undefined {
  for (const line of stderr.split('\n')) {
    const [, number, message] = line.startsWith(`${path}: `)
      ? (PLACED.exec(line.slice(path.length)) ?? [])
      : [];
    if (message && SYNTAX.test(message)) return `${path}:${number}: ${message}.`;
  }
  return undefined;
}

const PLACED = /^: line (\d+): (.*)$/;
const SYNTAX = /syntax error|unexpected|unterminated/;
