import type { SettingsRequest } from './options.ts';

/** What is to be run, and how. */
export interface RunRequest {
  readonly playbookFile: string;
  /** An embedded broker and one agent per node that the playbook names, on this machine. */
  readonly local: boolean;
  /** Of `--var`; they win over SET. */
  readonly variables: ReadonlyMap<string, string>;
  /** Unknown lines of the playbook are warned about and skipped. */
  readonly lenient: boolean;
  /** Stop another run that holds a node, instead of failing. */
  readonly takeOver: boolean;
  /** Leave a folder with what happened. */
  readonly record: boolean;
  readonly settings: SettingsRequest;
}
