# shellcheck shell=bash
# Waits for the end of the agent, run as: bash -c … reaper MARK DIRECTORY GROUPS. Its input is a pipe that only the agent has:
# the process group of each new shell, and after a clean end the word "released". Without it the agent was killed:
# everything that carries its mark in the environment is ended (without /proc: the process group of the last shell),
# SIGTERM first, then what is left in its control groups (GROUPS, empty where there are none), and the agent's private
# directory is removed.
while IFS= read -r line; do
  [[ $line == released ]] && exit 0
  group=$line
done

for signal in TERM KILL KILL; do
  found=
  if [[ -r /proc/self/environ ]]; then
    # shellcheck disable=SC2013 # paths without blanks
    for environ in $(grep -lsF -e "$1" /proc/[0-9]*/environ); do
      kill -s "$signal" "${environ//[!0-9]/}" 2>/dev/null && found=1
    done
  elif [[ $group ]]; then
    kill -s "$signal" -- "-$group" 2>/dev/null && found=1
  fi
  [[ $found ]] || break
  sleep 0.5
done
if [[ $3 ]]; then
  for group in "$3"/*/; do
    [[ -w $group/cgroup.kill ]] && echo 1 >"$group/cgroup.kill"
  done
  for _ in {1..20}; do
    rmdir -- "$3"/*/ 2>/dev/null
    rmdir -- "$3" 2>/dev/null && break
    sleep 0.1
  done
fi
rm -rf -- "$2"
