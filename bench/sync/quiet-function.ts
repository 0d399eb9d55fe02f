/**
 * Bash that stamps its start before anything else and starts no process. It writes the stamp down only when the others
 * have started, too: that wakes somebody, who would take the processor from them.
 */
export function quietFunction(name: string, file: string): string {
  return [
    // A pipe that nobody writes to: a timed read of it waits without a process.
    'exec 9<> <(:)',
    `${name}() {`,
    '  stamp=$EPOCHREALTIME',
    `  builtin read -r -t ${QUIET_S} -u 9`,
    `  builtin printf '%s\\n' "$stamp" >"${file}"`,
    '}',
    '',
  ].join('\n');
}

const QUIET_S = 0.25;
