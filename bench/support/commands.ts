import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { AGENT_FILE, PROGRAM, SHELL_AGENT } from './program.ts';

/** Words for Node.js that start the real agent, with a node script that does nothing. */
export function agentCommand(port: number, root: string, node: string): readonly string[] {
  return [PROGRAM, 'agent', ...agentOptions(port, root, node)];
}

/** The same for the agent in one file. */
export function agentFileCommand(port: number, root: string, node: string): readonly string[] {
  return [AGENT_FILE, ...agentOptions(port, root, node)];
}

/** Words for a shell that start the agent without Node.js. */
export function shellAgentCommand(port: number, root: string, node: string): readonly string[] {
  return [SHELL_AGENT, ...agentOptions(port, root, node)];
}

function agentOptions(port: number, root: string, node: string): readonly string[] {
  const functions = join(mkdtempSync(join(tmpdir(), 'bench-')), 'functions.sh');
  writeFileSync(functions, '# shellcheck shell=sh\nstartFunction() { :; }\nstopFunction() { :; }\n');
  return ['--name', node, '--functions', functions, '-m', `127.0.0.1:${port}`, '-t', root];
}

/** Words for Node.js that start the least that an agent can be. */
export function bareAgentCommand(port: number, topic: string): readonly string[] {
  const folder = dirname(fileURLToPath(import.meta.url));
  return [join(folder, 'processes/bare-agent.js'), String(port), topic];
}
