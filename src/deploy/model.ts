import type { NodeName } from '../protocol/index.ts';

/** A host as an agent is brought to it: the name is that of the node, the rest is the user's inventory. */
export interface Target {
  readonly node: NodeName;
  readonly address: string;
  readonly user: string | undefined;
  readonly port: number | undefined;
}

/** Which agent a host is given: `agent.cjs` in Node.js, or `agent.sh` in a shell. */
export type AgentKind = 'node' | 'shell';

/** A program there, and where it is. */
export interface FoundProgram {
  readonly version: string;
  readonly path: string;
}

/** An agent that runs there. */
export interface RunningAgent {
  readonly pid: number;
  /** Undefined: it says none. */
  readonly session: string | undefined;
}

/** What a look at a host has found. */
export interface HostFacts {
  readonly isRoot: boolean;
  readonly user: string;
  /** Absolute path of the node's folder, be it there or not. */
  readonly folder: string;
  readonly hasFolder: boolean;
  readonly platform: string;
  readonly nodes: readonly FoundProgram[];
  readonly bash: FoundProgram | undefined;
  readonly tools: ReadonlySet<string>;
  /** The nearest folder that exists: what is to be written begins below it. */
  readonly place: string;
  readonly isWritable: boolean;
  /** Undefined: it is not known. */
  readonly freeBytes: number | undefined;
  /** Sums of the files that are there. */
  readonly files: ReadonlyMap<string, string>;
  /** What the last deployment says it has put there. */
  readonly manifest: string;
  readonly agent: RunningAgent | undefined;
  readonly serviceManager: 'systemd' | 'procd' | 'none';
  /** Sum of the service's file; undefined: there is no service. */
  readonly serviceSum: string | undefined;
  readonly log: readonly string[];
}

/** Why a host is not as it should be. What a person reads is the detail; the kind is for programs, and chooses the hint. */
export interface HostProblem {
  readonly kind: HostProblemKind;
  readonly detail: string;
  readonly hint: string;
  /** The end of what the agent wrote there. */
  readonly log?: readonly string[];
}

export type HostProblemKind =
  | 'host-key'
  | 'permission'
  | 'unreachable'
  | 'ssh'
  | 'far-shell'
  | 'no-interpreter'
  | 'disk-full'
  | 'not-writable'
  | 'checksum'
  | 'service'
  | 'not-started'
  | 'not-alive'
  | 'in-use'
  | 'broker-address';

/** What became of one host. */
export type HostOutcome =
  | { readonly kind: 'deployed'; readonly detail: string; readonly notes: readonly string[] }
  | { readonly kind: 'unchanged'; readonly detail: string; readonly notes: readonly string[] }
  /** A dry run: what would be done. */
  | { readonly kind: 'planned'; readonly detail: string; readonly notes: readonly string[] }
  /** It was stopped, removed, or its service taken away. */
  | { readonly kind: 'ended'; readonly detail: string; readonly notes: readonly string[] }
  /** It was only looked at. */
  | { readonly kind: 'seen'; readonly facts: HostFacts }
  | { readonly kind: 'failed'; readonly problem: HostProblem }
  /** Too many others had failed before its turn. */
  | { readonly kind: 'skipped' };

/** Thrown in the story of one host, and caught at its end: the others go on. */
export class HostFailure extends Error {
  override readonly name = 'HostFailure';
  readonly problem: HostProblem;

  constructor(problem: HostProblem) {
    super(problem.detail);
    this.problem = problem;
  }
}
