import { Command } from 'commander';
import { type CliProgram, runAsProcess } from './cli-program.ts';
import { declareAgent } from './commands/agent.ts';
import type { Select } from './context.ts';
import type { ExitCode } from './exit-codes.ts';
import { parseCommandLine } from './parse-command-line.ts';
import { VERSION } from './version.ts';

const AGENT: CliProgram = {
  oldestNode: '18.0',
  parse: (argv) => parseCommandLine(argv, createAgentProgram),
};

/**
 * `agent.cjs`: `orchestrate agent` as a program of its own, in one file that is copied to a machine; says how the process
 * is to end. Nothing but the agent is in it. Never rejects.
 */
export function agentMain(argv: readonly string[]): Promise<ExitCode> {
  return runAsProcess(AGENT, argv);
}

function createAgentProgram(select: Select): Command {
  const program = new Command('agent.cjs').version(VERSION);
  declareAgent(program, select, 'node agent.cjs');
  return program;
}
