import { errorMessage } from '../base/index.ts';
import { type BrokerUrl, formatBrokerUrl } from './broker-url.ts';
import type { LinkFailure } from './link.ts';

/** Why an attempt to connect failed, as a person should read it: what happened, and what to check. */
export function describeFailure(error: unknown, url: BrokerUrl): LinkFailure {
  if (error === undefined) return { reason: notSpeaking(url), refused: false };
  const code = codeOf(error);
  if (typeof code === 'number') return describeConnack(code);
  return { reason: describeError(errorMessage(error), code, url), refused: false };
}

function describeError(message: string, code: string | undefined, url: BrokerUrl): string {
  if (code === undefined) {
    return `${formatBrokerUrl(url)} does not answer as a broker does: ${message} (is this the port of an MQTT broker?)`;
  }
  return WORDS[code]?.(url) ?? message;
}

/** Why an established connection ended. */
export function describeLoss(error: unknown): LinkFailure {
  if (error === undefined) return { reason: 'the broker closed the connection', refused: false };
  const message = errorMessage(error);
  const reason =
    message === 'Keepalive timeout'
      ? 'the broker fell silent'
      : `the connection to the broker broke: ${message}`;
  return { reason, refused: false };
}

/** CONNACK return codes [MQTT-3.2.2-6]; 3 is the only one that waiting may cure. */
function describeConnack(code: number): LinkFailure {
  const reason = CONNACK_WORDS[code] ?? `the broker refuses the connection with the unknown code ${code}`;
  return { reason, refused: code !== 3 };
}

const CONNACK_WORDS: Readonly<Record<number, string>> = {
  1: 'the broker does not speak MQTT 3.1.1',
  2: 'the broker does not accept the client id',
  3: 'the broker says that it is not available now',
  4: 'the broker refuses the login: wrong user or password',
  5: 'the broker refuses the login: not authorized (check user and password)',
};

type Words = (url: BrokerUrl) => string;

const unknownIssuer: Words = () =>
  'the certificate of the broker is not signed by an authority known here (give its CA file, in PEM format)';
const notTls: Words = (url) =>
  `${formatBrokerUrl(url)} does not answer in TLS (is it the port for TLS, or is the scheme to be ${url.scheme === 'wss' ? 'ws' : 'mqtt'}://?)`;
const notSpeaking: Words = (url) =>
  `${formatBrokerUrl(url)} closed the connection during the login (is this the port of an MQTT broker, with TLS or without?)`;
const noRoute: Words = ({ host }) => `there is no route to ${host} (check the network and the address)`;

const WORDS: Readonly<Record<string, Words>> = {
  ECONNREFUSED: (url) =>
    `nothing listens on ${formatBrokerUrl(url)}: connection refused (is the broker running, is the port right?)`,
  ENOTFOUND: ({ host }) => `the host name ${host} is unknown (check the spelling and the name server)`,
  EAI_AGAIN: ({ host }) => `no name server answers for ${host} (check the network)`,
  ETIMEDOUT: (url) => `no answer from ${formatBrokerUrl(url)} (check the address and the firewalls between)`,
  EHOSTUNREACH: noRoute,
  ENETUNREACH: noRoute,
  ECONNRESET: notSpeaking,
  EPIPE: notSpeaking,
  EPROTO: notTls,
  ERR_SSL_WRONG_VERSION_NUMBER: notTls,
  ERR_SSL_PACKET_LENGTH_TOO_LONG: notTls,
  SELF_SIGNED_CERT_IN_CHAIN: unknownIssuer,
  DEPTH_ZERO_SELF_SIGNED_CERT: unknownIssuer,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: unknownIssuer,
  UNABLE_TO_GET_ISSUER_CERT: unknownIssuer,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: unknownIssuer,
  CERT_HAS_EXPIRED: () => 'the certificate of the broker has expired (or the clock of this machine is wrong)',
  CERT_NOT_YET_VALID: () =>
    'the certificate of the broker is not yet valid (is the clock of this machine right?)',
  ERR_TLS_CERT_ALTNAME_INVALID: ({ host }) =>
    `the certificate of the broker is for another host than ${host} (use the name that stands in it)`,
};

function codeOf(error: unknown): string | number | undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' || typeof code === 'number' ? code : undefined;
}
