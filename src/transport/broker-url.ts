/** Scheme → the port that it means when none is named. */
const DEFAULT_PORTS = { mqtt: 1883, mqtts: 8883, ws: 80, wss: 443 } as const;

type BrokerScheme = keyof typeof DEFAULT_PORTS;

/** Where a broker listens. Never holds a user or a password, so it may be shown anywhere. */
export interface BrokerUrl {
  readonly scheme: BrokerScheme;
  /** A name or an address; IPv6 without brackets. */
  readonly host: string;
  readonly port: number;
  /** Of a WebSocket broker, `/` when none was given; undefined for mqtt and mqtts. */
  readonly path?: string;
}

export interface BrokerCredentials {
  readonly username: string;
  readonly password?: string;
}

export type ParsedBrokerUrl =
  | { readonly kind: 'ok'; readonly url: BrokerUrl; readonly credentials?: BrokerCredentials }
  | { readonly kind: 'error'; readonly message: string };

/**
 * Reads `HOST`, `HOST:PORT`, `[IPV6]:PORT` (all meaning mqtt://) and mqtt://, mqtts://, ws:// and wss:// URLs with an
 * optional `user:password@`, percent-encoded as in every URL. Default ports: 1883, 8883, 80, 443.
 * The message of an error shows the text without user and password.
 */
export function parseBrokerUrl(text: string): ParsedBrokerUrl {
  if (text === '') return error('the address of the broker is empty');
  const shown = `"${withoutUserInfo(text)}"`;
  const schemeText = /^([A-Za-z][A-Za-z0-9+.-]*):\/\//.exec(text)?.[1]?.toLowerCase();
  const scheme = schemeText ?? 'mqtt';
  if (!isScheme(scheme)) {
    return error(
      `${shown} begins with ${scheme}://, which is none of ${Object.keys(DEFAULT_PORTS).join(', ')}`,
    );
  }
  if (schemeText === undefined && /[/?#@]/.test(text)) {
    return error(`${shown} is neither HOST, HOST:PORT nor a URL such as mqtt://user:password@host:1883`);
  }
  if (schemeText === undefined && /^[^[]*:[^[]*:/.test(text)) {
    return error(`${shown} has several colons: write an IPv6 address in brackets, as in [::1]:1883`);
  }
  if (/:\/?$/.test(text)) return error(`${shown} has a colon, but no port after it`);
  const url = urlOf(schemeText === undefined ? `mqtt://${text}` : text);
  if (!url) {
    return error(
      `${shown} is not a broker address: expected HOST, HOST:PORT, [IPV6]:PORT or a URL; special characters of a user or password are percent-encoded (# is %23)`,
    );
  }
  return fromUrl(scheme, url, shown);
}

/** `mqtt://host:port`, always with the port, and with the path of a WebSocket broker unless it is `/`. */
export function formatBrokerUrl({ scheme, host, port, path = '/' }: BrokerUrl): string {
  return `${scheme}://${host.includes(':') ? `[${host}]` : host}:${port}${path === '/' ? '' : path}`;
}

function fromUrl(scheme: BrokerScheme, url: URL, shown: string): ParsedBrokerUrl {
  const isWebSocket = scheme === 'ws' || scheme === 'wss';
  if (!/^(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9_][A-Za-z0-9._-]*)$/.test(url.hostname)) {
    return error(`${shown} names no valid host`);
  }
  if (url.port === '0') return error(`${shown} has port 0: ports are 1 to 65535`);
  if (url.search !== '' || url.hash !== '') {
    return error(
      `${shown} has a part after ? or #, which a broker address cannot have (in a password, # is %23 and ? is %3F)`,
    );
  }
  if (!isWebSocket && url.pathname !== '' && url.pathname !== '/') {
    return error(`${shown} has a path, which only ws:// and wss:// addresses can have`);
  }
  const credentials = credentialsOf(url);
  if (credentials === 'malformed')
    return error(`${shown} has a user or password that is not percent-encoded (% is %25)`);
  if (credentials === 'no-user') return error(`${shown} has a password without a user [MQTT-3.1.2-22]`);
  return {
    kind: 'ok',
    url: {
      scheme,
      host: url.hostname.replace(/^\[|\]$/g, ''),
      port: url.port === '' ? DEFAULT_PORTS[scheme] : Number(url.port),
      ...(isWebSocket && { path: url.pathname }),
    },
    ...(credentials && { credentials }),
  };
}

function credentialsOf(url: URL): BrokerCredentials | undefined | 'malformed' | 'no-user' {
  if (url.username === '') return url.password === '' ? undefined : 'no-user';
  try {
    const username = decodeURIComponent(url.username);
    return url.password === '' ? { username } : { username, password: decodeURIComponent(url.password) };
  } catch {
    return 'malformed';
  }
}

function urlOf(text: string): URL | undefined {
  try {
    return new URL(text);
  } catch {
    return undefined;
  }
}

const isScheme = (text: string): text is BrokerScheme => Object.hasOwn(DEFAULT_PORTS, text);

/** Up to the last @, since a password may hold one that was not encoded. */
const withoutUserInfo = (text: string): string => text.replace(/^(.*?:\/\/)?.*@/s, '$1');

const error = (message: string): ParsedBrokerUrl => ({ kind: 'error', message });
