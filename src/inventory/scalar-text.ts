const NOTHING = /^(?:~|null|Null|NULL|)$/;
const TRUE = /^(?:yes|Yes|YES|true|True|TRUE|on|On|ON)$/;
const FALSE = /^(?:no|No|NO|false|False|FALSE|off|Off|OFF)$/;
const INTEGER = /^([-+]?)(?:0b([01_]+)|0x([0-9a-fA-F_]+)|0([0-7_]+)|(0|[1-9][0-9_]*))$/;
const SIXTIES = /^([-+]?)([1-9][0-9_]*(?::[0-5]?[0-9])+)$/;
const FLOAT = /^(?:[-+]?[0-9][0-9_]*\.[0-9_]*|\.[0-9][0-9_]*)(?:[eE][-+][0-9]+)?$/;

export type PlainScalar =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'text'; readonly text: string }
  /** A number, or yes or no: as text it reads as in JSON, since ansible-inventory writes that. */
  | { readonly kind: 'other'; readonly text: string };

/** What a word without quotes means to Ansible, whose YAML is that of version 1.1: `010` is 8, `yes` is true. */
export function readPlainScalar(source: string): PlainScalar {
  if (NOTHING.test(source)) return { kind: 'nothing' };
  if (TRUE.test(source)) return { kind: 'other', text: 'true' };
  if (FALSE.test(source)) return { kind: 'other', text: 'false' };
  const number = readInteger(source) ?? readSixties(source) ?? readFloat(source);
  return number === undefined ? { kind: 'text', text: source } : { kind: 'other', text: number };
}

function readInteger(source: string): string | undefined {
  const [, sign = '', binary, hexadecimal, octal, decimal = '0'] = INTEGER.exec(source) ?? [];
  if (!INTEGER.test(source)) return undefined;
  const digits = (text: string): string => text.replaceAll('_', '') || '0';
  const [prefix, text] = binary
    ? ['0b', binary]
    : hexadecimal
      ? ['0x', hexadecimal]
      : octal
        ? ['0o', octal]
        : ['', decimal];
  const value = BigInt(prefix + digits(text));
  return String(sign === '-' ? -value : value);
}

/** `12:34:56`, which somebody may have meant as a time or as an address: minutes of sixty. */
function readSixties(source: string): string | undefined {
  const [, sign = '', parts] = SIXTIES.exec(source) ?? [];
  if (parts === undefined) return undefined;
  const value = parts
    .replaceAll('_', '')
    .split(':')
    .reduce((sum, part) => sum * 60n + BigInt(part), 0n);
  return String(sign === '-' ? -value : value);
}

function readFloat(source: string): string | undefined {
  if (!FLOAT.test(source)) return undefined;
  const value = Number(source.replaceAll('_', ''));
  return Number.isInteger(value) ? value.toFixed(1) : String(value);
}

/** What only Ansible fills in, and only when it does something on the host: `ansible-inventory` prints it as it is. */
export function isTemplate(text: string): boolean {
  return text.includes('{{') || text.includes('{%');
}
