import type { HostProblem, HostProblemKind, Target } from './model.ts';

interface Sign {
  readonly says: RegExp;
  readonly kind: HostProblemKind;
  readonly detail: string;
  readonly hint: (login: string) => string;
}

/** What ssh says when it does not get through, the surest signs first. */
const SIGNS: readonly Sign[] = [
  {
    says: /REMOTE HOST IDENTIFICATION HAS CHANGED/,
    kind: 'host-key',
    detail: 'its host key is not the one that is known',
    hint: (login) =>
      `if it was installed anew, forget the old key with ssh-keygen -R and log in once by hand: ${login}; if not, somebody else answers there`,
  },
  {
    says: /Host key verification failed|No \S+ host key is known/,
    kind: 'host-key',
    detail: 'its host key is not known yet',
    hint: (login) => `log in once by hand and compare the fingerprint: ${login}`,
  },
  {
    says: /Permission denied|Too many authentication failures|no such identity/i,
    kind: 'permission',
    detail: 'it lets nobody in with the keys that ssh offers',
    hint: (login) =>
      `this must work without a question: ${login}; bring your key there with ssh-copy-id, or add it to your agent with ssh-add`,
  },
  {
    says: /Could not resolve hostname/,
    kind: 'unreachable',
    detail: 'its name is unknown here',
    hint: () => 'set ansible_host to its address, or give it a HostName in ~/.ssh/config',
  },
  {
    says: /Connection refused/,
    kind: 'unreachable',
    detail: 'nothing listens on its ssh port',
    hint: () => 'start sshd there, or set ansible_port',
  },
  {
    says: /timed out/i,
    kind: 'unreachable',
    detail: 'it does not answer',
    hint: (login) => `is it on, and is the address right? Try ${login}`,
  },
  {
    says: /No route to host|Network is unreachable/,
    kind: 'unreachable',
    detail: 'there is no way to its address from here',
    hint: (login) => `is it on, and in a network that this machine reaches? Try ${login}`,
  },
  {
    says: /Unable to negotiate/,
    kind: 'ssh',
    detail: 'ssh here and sshd there have no algorithm in common',
    hint: (login) => `allow one in ~/.ssh/config for this host; ${login} says which it offers`,
  },
  {
    says: /Bad owner or permissions|Bad configuration option|bad configuration options|Can't open user config file/,
    kind: 'ssh',
    detail: 'the ssh configuration here cannot be used',
    hint: (login) => `correct it until this works: ${login}`,
  },
  {
    says: /Connection (closed|reset)|kex_exchange_identification|Broken pipe|not responding|disconnect|lost connection/i,
    kind: 'unreachable',
    detail: 'the connection broke off',
    hint: (login) => `try again; if it happens each time: ${login}`,
  },
];

/** Why ssh ended with 255, from its own words. */
export function explainSshFailure(stderr: string, target: Target, login = loginOf(target)): HostProblem {
  const said = wordsOf(stderr);
  const sign = SIGNS.find(({ says }) => says.test(stderr));
  if (!sign) {
    return {
      kind: 'ssh',
      detail: `ssh failed${said && `: ${said}`}`,
      hint: `this must work without a question: ${login}`,
    };
  }
  return { kind: sign.kind, detail: `${sign.detail}${said && ` (${said})`}`, hint: sign.hint(login) };
}

/** What a person types to see it with their own eyes. */
export function loginOf({ address, user, port }: Target, configFile?: string): string {
  const config = configFile === undefined ? '' : `-F ${configFile} `;
  return `ssh ${config}${port === undefined ? '' : `-p ${port} `}${user === undefined ? '' : `${user}@`}${address}`;
}

const LONGEST = 160;

/** The last line that says something: banners and warnings come before it. */
function wordsOf(stderr: string): string {
  const lines = stderr
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => /[A-Za-z]/.test(line));
  return (lines.at(-1) ?? '').slice(0, LONGEST);
}
