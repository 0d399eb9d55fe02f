/**
 * A node script whose startFunction stamps its start before anything else and starts no process. It writes the stamp
 * down only when the others have started, too: that wakes somebody, who would take the processor from them. A run that
 * fails, because they started too far apart, stops it before: then stopFunction writes it.
 */
export function quietFunctions(file: string): string {
  return `
# A pipe that nobody writes to: a timed read of it waits without a process.
exec 9<> <(:)
stamp=''
startFunction() {
  stamp=$EPOCHREALTIME
  stamp_file="${file}"
  builtin read -r -t ${QUIET_S} -u 9
  writeStamp
}
stopFunction() {
  if [[ -n $stamp ]]; then writeStamp; fi
}
writeStamp() {
  builtin printf '%s\\n' "$stamp" >"$stamp_file"
  stamp=''
}
`;
}

const QUIET_S = 0.25;
