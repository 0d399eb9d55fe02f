import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { runInProcess } from '../cli/run-in-process.ts';

const page = readFileSync(new URL('../../docs/reference/cli.md', import.meta.url), 'utf8');
const sections = new Map(
  page
    .split(/^## /m)
    .slice(1)
    .map((text) => [text.slice(0, text.indexOf('\n')), text]),
);
/** Sections of options that several commands share. */
const SHARED = ['Connection', 'Timing'];
const commands = [...sections.keys()].filter((name) => !SHARED.includes(name));

describe('the page of the command line', () => {
  test('has a section for each command, in the order of the help', async () => {
    expect(commands).toEqual(await declaredCommands());
  });

  test.each(commands)('%s: the options that are declared, and no other', async (command) => {
    const { stdout } = await runInProcess([...command.split(' '), '--help']);
    expect(documentedOptions(command).toSorted()).toEqual(declaredOptions(stdout).toSorted());
  });

  test('without a command there are the options of run, and --version', async () => {
    const { stdout } = await runInProcess(['--help']);
    expect(declaredOptions(stdout).toSorted()).toEqual(
      ['-V, --version', ...documentedOptions('run')].toSorted(),
    );
  });
});

/** Each followed by its own commands. */
async function declaredCommands(outer: readonly string[] = []): Promise<string[]> {
  const { stdout } = await runInProcess([...outer, '--help']);
  const names = [...listing(stdout, 'Commands:').matchAll(/^ {2}(\w+) /gm)].map(([, name = '']) => name);
  const declared = names.map(async (name) => {
    const words = [...outer, name];
    return [words.join(' '), ...(await declaredCommands(words))];
  });
  return (await Promise.all(declared)).flat();
}

/** Its own rows, and those of the shared sections that it names. */
function documentedOptions(command: string): string[] {
  const own = sections.get(command) ?? '';
  const [also = ''] = /^Also .*$/m.exec(own) ?? [];
  const shared = SHARED.filter((name) => also.includes(`](#${name.toLowerCase()})`));
  return [own, ...shared.map((name) => sections.get(name) ?? '')].flatMap((text) =>
    [...text.matchAll(/^\| `(-.+?)` \|/gm)].map(([, flags = '']) => flags),
  );
}

function declaredOptions(help: string): string[] {
  const flags = [...listing(help, 'Options:').matchAll(/^ {2}(-.+?)(?: {2,}.*)?$/gm)];
  return flags.map(([, text = '']) => text).filter((text) => text !== '-h, --help');
}

/** The lines below a title of the help, up to the next blank line. */
function listing(help: string, title: string): string {
  const [, behind = ''] = help.split(`\n${title}\n`);
  return behind.split('\n\n')[0] ?? '';
}
