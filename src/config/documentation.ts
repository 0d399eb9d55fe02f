import { SETTING_KEYS, settingAbout, settingDefault } from './schema.ts';

const HEAD = `# Configuration of mqtt-orchestrate: copy it to global.config and change what you need.
# Flags win over environment variables, these over this file, this over the defaults, which are shown.
# KEY=value as in a shell, but read and never run: values with blanks need quotes, $ is not expanded (use single quotes).
# Other keys are given to the node scripts as variables. Docs: docs/reference/config.md
`;

/** \`global.config.sample\`: every key with what it is for, commented out at its default. */
export function formatSample(): string {
  const blocks = SETTING_KEYS.map((key) => {
    const { purpose, form, flag, environment } = settingAbout(key);
    const others = [flag && `flag ${flag}`, `environment ${environment}`].filter(Boolean).join(', ');
    const comment = [...wrap(purpose, 108), `(${form}; ${others})`].map((line) => `# ${line}\n`).join('');
    return `\n${comment}#${key}=${settingDefault(key) ?? ''}\n`;
  });
  return HEAD + blocks.join('');
}

/** The table of `docs/reference/config.md`. */
export function formatReferenceTable(): string {
  const rows = SETTING_KEYS.map((key) => {
    const { purpose, form, flag, environment } = settingAbout(key);
    const flagCell = flag === undefined ? '' : code(flag);
    const fallback = settingDefault(key);
    return `| ${code(key)} | ${flagCell} | ${code(environment)} | ${fallback === undefined ? '' : code(fallback)} | ${form} | ${purpose} |\n`;
  });
  return `| key | flag | environment | default | form | purpose |\n|---|---|---|---|---|---|\n${rows.join('')}`;
}

const code = (text: string): string => `\`${text}\``;

function wrap(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last === undefined || last.length + 1 + word.length > width) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines;
}
