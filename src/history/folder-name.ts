import { basename, extname } from 'node:path';

const LONGEST_NAME = 40;
const FOLDER_NAME = /^\d{8}T\d{6}Z-.+-[0-9a-f]{8}$/;

/** `20261125T042817Z-quickstart-63c80c69`: names in their order are runs in theirs. */
export function folderName(startedAt: string, playbookFile: string, runId: string): string {
  const time = `${startedAt.slice(0, 'YYYY-MM-DDTHH:MM:SS'.length).replace(/[-:]/g, '')}Z`;
  return `${time}-${safeName(playbookFile)}-${runId.slice(0, 8)}`;
}

export function isFolderName(name: string): boolean {
  return FOLDER_NAME.test(name);
}

/** Nothing in it means something to a shell, a terminal or a file system. */
function safeName(playbookFile: string): string {
  const name = basename(playbookFile, extname(playbookFile)).replace(/[^A-Za-z0-9_.]+/g, '-');
  return (
    name
      .replace(/^[-.]+/, '')
      .slice(0, LONGEST_NAME)
      .replace(/[-.]+$/, '') || 'run'
  );
}

/** Its name in the folder; the ending says what it is written in. */
export function playbookCopyName(playbookFile: string): string {
  const ending = extname(playbookFile);
  return /^\.[A-Za-z0-9]{1,10}$/.test(ending) && ending !== '.playbook' ? `playbook${ending}` : 'playbook';
}
