/** A word that any shell takes as it is. */
export function shellWord(text: string): string {
  return /^[\w./@:+,=-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

/** A word of a command line in a unit file of systemd, where `%`, `$`, quotes and backslashes mean something. */
export function systemdWord(text: string): string {
  const escaped = text
    .replaceAll('\\', '\\\\')
    .replaceAll('"', '\\"')
    .replaceAll('%', '%%')
    .replaceAll('$', () => '$$');
  return `"${escaped}"`;
}

/** A path behind a `=` in a unit file, where it is not split into words. */
export function systemdPath(text: string): string {
  return text.replaceAll('%', '%%');
}
