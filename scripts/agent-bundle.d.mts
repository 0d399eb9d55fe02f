import type { BuildOptions } from 'esbuild';

export function agentBundle(root: string, version: string): BuildOptions;
