declare const brand: unique symbol;

/** Name of a managed machine; one topic level. Made by `parseNodeName` only. */
export type NodeName = string & { readonly [brand]: 'NodeName' };

/** Letters, digits, `_`, `.`, `-`; not first: anything but a letter or digit, since `_` first is the protocol's own. */
const NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]*$/;
const LONGEST_NAME = 128;

/** Upper case, so that a verb is told from a file name or an argument at a glance. */
const VERB = /^[A-Z][A-Z0-9_-]{0,31}$/;

export function isNodeName(text: string): text is NodeName {
  return text.length <= LONGEST_NAME && NAME.test(text);
}

/** Groups are named like nodes. */
export function isGroupName(text: string): boolean {
  return isNodeName(text);
}

export function parseNodeName(text: string): NodeName | undefined {
  return isNodeName(text) ? text : undefined;
}

/** True for a verb that a user's script may answer: START, STOP, FOO, … */
export function isVerb(text: string): boolean {
  return VERB.test(text);
}

/** Verbs of the protocol itself. They begin with `_`, so they never meet a user's function. */
const PROTOCOL_VERBS = [
  '_ping',
  '_report',
  '_lease',
  '_release',
  '_strays',
  '_stop-strays',
  '_arm',
  '_confirm',
  '_cancel',
  '_probe',
  '_inspect',
] as const;
export type ProtocolVerb = (typeof PROTOCOL_VERBS)[number];

export function isProtocolVerb(text: string): text is ProtocolVerb {
  return (PROTOCOL_VERBS as readonly string[]).includes(text);
}

/** True for a verb that is the protocol's own, be it one of a later version. */
export function isReservedVerb(text: string): boolean {
  return text.startsWith('_');
}

/** Verbs that need no lease: whoever may publish may always stop. */
export function isStoppingVerb(verb: string): boolean {
  return verb === 'STOP' || verb === 'TERMINATE';
}

/** The function of a node script that answers a verb: START → startFunction, MY-VERB → my_verbFunction. */
export function functionOf(verb: string): string {
  return `${verb.toLowerCase().replaceAll('-', '_')}Function`;
}
