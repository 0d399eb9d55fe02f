/**
 * What a text is when it cannot be plain static YAML, as the beginning of a sentence; undefined when it may be.
 * Ansible takes INI files, scripts, configurations of plug-ins and encrypted files for an inventory, too.
 */
export function recogniseOtherKind(source: string): string | undefined {
  if (source.startsWith('#!')) return 'this is a script, which Ansible runs for its inventory';
  if (source.startsWith('$ANSIBLE_VAULT')) return 'this file is encrypted by ansible-vault';
  const line =
    source
      .split('\n')
      .map((text) => text.trim())
      .find(isMeaningful) ?? '';
  const isSection = /^\[[^\]]*\]\s*(?:[#;].*)?$/.test(line);
  if (isSection || HOST_LINE.test(line)) return 'this is an inventory in the INI form';
  if (/^plugin:(?:\s|$)/m.test(source)) return 'this is the configuration of an inventory plug-in (plugin:)';
  return undefined;
}

/** `node1 ansible_host=10.0.0.1`, as INI files begin that have no section for it. */
const HOST_LINE = /^[A-Za-z0-9][\w.:[\]-]*(?:\s+\w+=.*)?$(?<!:)/;

const isMeaningful = (line: string): boolean => line !== '' && !/^(?:[#;]|---)/.test(line);
