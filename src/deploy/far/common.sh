# shellcheck shell=sh disable=SC2034
# What every far program begins with. It runs under whatever sh the host has: POSIX only, and of the tools only those that
# busybox has on a router. What it says are lines behind a mark, since a login may print anything; the last one is "end".
set -u
user_mask=$(umask)
umask 077
mark='::orchestrate::'
nl='
'

say() { printf '%s %s\n' "$mark" "$*"; }

# fail KIND TEXT: the one reason why this host is done. Of many lines the first and the last.
fail() {
  kind=$1
  shift
  text=$*
  first=${text%%"$nl"*}
  last=${text##*"$nl"}
  [ "$first" = "$last" ] || first="$first | $last"
  say fail "$kind" "$first"
  say end
  exit 0
}

# "key=value" lines up to one with a dot. Nothing of them is ever run.
node='' how='' files='' obsolete='' lines='' unit=''
while IFS= read -r line && [ "$line" != . ]; do
  case $line in
    node=*) node=${line#*=} ;;
    how=*) how=${line#*=} ;;
    unit=*) unit=${line#*=} ;;
    lines=*) lines=${line#*=} ;;
    obsolete=*) obsolete="$obsolete ${line#*=}" ;;
    file=*) files="$files${line#*=}$nl" ;;
  esac
done

printf '\n'
say begin
[ -n "$node" ] || fail shell 'the request did not arrive'
[ -n "${HOME-}" ] || fail shell 'HOME is not set there'
parent=$HOME/.local/share/mqtt-orchestrate
dir=$parent/$node
# As the kernel shows it, whatever links lead there.
real=$(CDPATH='' cd -- "$dir" 2>/dev/null && pwd -P) || real=$dir
uid=$(id -u)
service=mqtt-orchestrate-$node

sum_of() {
  if command -v sha256sum >/dev/null; then line=$(sha256sum <"$1"); else line=$(shasum -a 256 <"$1"); fi 2>/dev/null
  printf '%s' "${line%% *}"
}

short_sleep() { sleep 0.2 2>/dev/null || sleep 1; }

# Which service manager there is, and where it keeps ours.
manager=none
unit_file=
if [ -d /run/systemd/system ] && command -v systemctl >/dev/null; then
  manager=systemd
  unit_file=/etc/systemd/system/$service.service
  [ "$uid" = 0 ] || unit_file=${XDG_CONFIG_HOME:-$HOME/.config}/systemd/user/$service.service
elif [ -f /etc/rc.common ] && [ -x /sbin/procd ]; then
  manager=procd
  unit_file=/etc/init.d/$service
fi

control_service() {
  case $manager in
    systemd)
      if [ "$uid" = 0 ]; then
        systemctl "$@" 2>&1
      else
        XDG_RUNTIME_DIR=${XDG_RUNTIME_DIR:-/run/user/$uid} systemctl --user "$@" 2>&1
      fi
      ;;
    procd) "$unit_file" "$1" 2>&1 ;;
  esac
}

has_service() { [ -n "$unit_file" ] && [ -f "$unit_file" ]; }

# The number in the session file may be another process's by now: an agent's working directory is its folder.
is_ours() {
  case $1 in '' | *[!0-9]*) return 1 ;; esac
  kill -0 "$1" 2>/dev/null || return 1
  if [ -d /proc/self ]; then
    place=$(readlink "/proc/$1/cwd" 2>/dev/null) || return 1
    [ "$place" = "$real" ] || [ "$place" = "$real (deleted)" ]
  else
    case $(ps -p "$1" -o args= 2>/dev/null) in *"--name $node "*) return 0 ;; esac
    return 1
  fi
}

# Sets pid and session of the agent that runs; both are empty when there is none that says so.
read_session() {
  pid='' session=''
  [ -f "$dir/session" ] || return 0
  IFS=' ' read -r pid session <"$dir/session"
  is_ours "$pid" || pid='' session=''
}

# Agents without a session file: whatever was started by "run" in that folder.
find_others() {
  # shellcheck disable=SC2012 # one process for all, and the names are numbers
  LC_ALL=C ls -ld /proc/[0-9]*/cwd 2>/dev/null | while IFS= read -r line; do
    case $line in *" -> $real") ;; *) continue ;; esac
    line=${line%" -> $real"}
    line=${line%/cwd}
    line=${line##*/}
    # In two pieces, since this program is in the command line of the shell that runs it.
    case $({ tr '\000' ' ' <"/proc/$line/cmdline"; } 2>/dev/null) in *' --session-''file '*) printf '%s ' "$line" ;; esac
  done
}

# some_left PID...: whether one of them still runs.
some_left() {
  for each in "$@"; do
    if is_ours "$each"; then return 0; fi
  done
  return 1
}

# wait_for_end TRIES PID...
wait_for_end() {
  tries=$1
  shift
  while [ "$tries" -gt 0 ]; do
    some_left "$@" || return 0
    short_sleep
    tries=$((tries - 1))
  done
  ! some_left "$@"
}

# Gracefully, so that the agent ends its work and says so; a service by its manager, which would start it again.
stop_agent() {
  read_session
  was=$session
  pids=${pid:-$(find_others)}
  if has_service; then control_service stop "$service.service" >/dev/null; fi
  # shellcheck disable=SC2086 # numbers
  if [ -n "$pids" ] && some_left $pids; then
    kill -TERM $pids 2>/dev/null
    if ! wait_for_end 75 $pids; then
      kill -KILL $pids 2>/dev/null
      wait_for_end 25 $pids || fail start "the agent there (process $pids) cannot be ended"
      say killed "$was"
    fi
  fi
  [ -z "$pids" ] || say stopped "${was:--}"
  rm -f "$dir/session"
}

# tell_log LINES: the end of what the agent wrote.
tell_log() {
  if has_service && [ "$manager" = procd ] && [ ! -s "$dir/agent.log" ]; then
    logread -e "$service" 2>/dev/null
  else
    cat "$dir/agent.log.1" "$dir/agent.log" 2>/dev/null
  fi | tail -n "$1" | sed "s/^/$mark log /"
}
