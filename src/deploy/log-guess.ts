interface Sign {
  readonly says: RegExp;
  readonly guess: string;
}

/** What an agent's last words mean, in the words of both kinds of agents and of what they run in. */
const SIGNS: readonly Sign[] = [
  {
    says: /refuses this agent|not authori[sz]ed|bad user ?name or password|Connection Refused: (bad|not)/i,
    guess: 'the broker refuses its login: check MQTT_USERNAME and MQTT_PASSWORD',
  },
  {
    says: /another agent has the name/i,
    guess: 'another agent has this name already, perhaps one that was started by hand: end that one first',
  },
  {
    says: /certificate|self.signed|TLS|SSL/i,
    guess:
      'the certificate of the broker is not trusted from there: check MQTT_CAFILE, and the clock of the host',
  },
  {
    says: /cannot be reached|ECONNREFUSED|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_AGAIN|Connection refused|timed out|No route to host|Network is unreachable|Unable to connect|Lookup error|getaddrinfo/i,
    guess:
      'it cannot reach the broker from there: try the address from that host; if it needs another one than this machine, set mqtt_server for the host in the inventory',
  },
  {
    says: /did not hand it back|allow this agent|BROKER_PERMISSION/i,
    guess: 'the broker does not let it use its topics: orchestrate broker check says what is missing',
  },
  {
    says: /SyntaxError|Unexpected token|Cannot find module|is needed|NODE_MODULE/,
    guess: 'the interpreter there does not run the agent',
  },
  {
    says: /bash (is missing|.*too old)|SHELL_UNAVAILABLE/i,
    guess: 'there is no bash of 4.3 or newer in the PATH of the agent',
  },
  {
    says: /not found|No such file or directory/,
    guess: 'something that it needs is missing there',
  },
];

/** Why an agent that was started is not alive, as far as its log tells; undefined: it does not. */
export function guessFromLog(log: readonly string[]): string | undefined {
  const text = log.join('\n');
  return SIGNS.find(({ says }) => says.test(text))?.guess;
}
