# shellcheck shell=bash
# The agent's persistent bash, run as: bash prelude.sh DIRECTORY COMMANDS SCRIPT [SNAPSHOT]
# It reads commands from the FIFO COMMANDS, runs the functions of SCRIPT one at a time in this very shell, and says
# what happens on the FIFO DIRECTORY/control. All names of its own begin with __mo_ or MQTT_ORCHESTRATE_.
# `builtin` everywhere: a script may define functions named like built-in commands.

__mo_directory=$1 __mo_commands=$2 __mo_script=$3 __mo_snapshot=${4-}
__mo_active='' __mo_command='' __mo_how='' __mo_code=0 __mo_interrupts=0 __mo_turn=0 __mo_messages=0
export MQTT_ORCHESTRATE_CONTROL=$__mo_directory/control

# How many microseconds before an instant all is done that can be done before it.
__mo_settle=20000

# Endless recursion would end bash by SIGSEGV; beyond this depth it is an ordinary error of the function (code 1).
FUNCNEST=1000

# __mo_say KIND COMMAND TEXT: one message to the agent. In pieces, each one line, one write and at most 512 bytes, so
# that the pieces of several writers never mix (PIPE_BUF). Opened read-write: no waiting when the agent is gone. Opened
# for the one built-in command that writes, here and elsewhere: a trap of the script that runs between two commands of
# ours must not print into it.
__mo_say() {
  builtin local LC_ALL=C __mo_backslash=$'\\' __mo_at __mo_more __mo_text
  __mo_text=${3//"$__mo_backslash"/"$__mo_backslash$__mo_backslash"}
  __mo_text=${__mo_text//$'\n'/"${__mo_backslash}n"}
  __mo_messages=$((${__mo_messages-0} + 1))
  for ((__mo_at = 0; __mo_at == 0 || __mo_at < ${#__mo_text}; __mo_at += 400)); do
    __mo_more=$((__mo_at + 400 < ${#__mo_text}))
    builtin printf '%s\t%s\t%s\t%s\t%s\n' \
      "$1" "$2" "$BASHPID.$__mo_messages" "$__mo_more" "${__mo_text:__mo_at:400}" 3<>"$MQTT_ORCHESTRATE_CONTROL" >&3
  done
}

# Before anything that an old bash cannot read.
__mo_say hello '' "$BASH_VERSION"

# For node scripts: a status of the node.
publish_mqtt() { __mo_say status "${MQTT_ORCHESTRATE_COMMAND-}" "$*"; }

# For node scripts: progress of the running command.
update() { __mo_say update "${MQTT_ORCHESTRATE_COMMAND-}" "$*"; }

# For node scripts: wait_port PORT [SECONDS=10] waits until something listens on the TCP port of this machine. It looks
# at the kernel's table and connects to nothing: `iperf3 -s -1` would serve the probe and end.
# Returns 0: listening, 1: not within the time, 2: wrong use or no table.
wait_port() {
  builtin local __mo_listening __mo_table __mo_tries
  if ! [[ ${1-} =~ ^[0-9]{1,5}$ && ${2-10} =~ ^[0-9]{1,6}$ ]]; then
    builtin echo 'usage: wait_port PORT [SECONDS]' >&2
    builtin return 2
  fi
  if ! [[ -r /proc/net/tcp ]]; then
    builtin echo 'wait_port needs /proc/net/tcp, which this system does not have' >&2
    builtin return 2
  fi
  builtin printf -v __mo_listening ':%04X [0-9A-F]+:0000 0A' "$((10#$1))"
  for ((__mo_tries = 10 * 10#${2-10}; __mo_tries >= 0; __mo_tries--)); do
    __mo_table=$(</proc/net/tcp)
    if [[ -r /proc/net/tcp6 ]]; then __mo_table+=$(</proc/net/tcp6); fi
    if [[ $__mo_table =~ $__mo_listening ]]; then builtin return 0; fi
    if ((__mo_tries > 0)); then command sleep 0.1; fi
  done
  builtin return 1
}

builtin export -f __mo_say publish_mqtt update wait_port

# Leaves all functions of the running command, however deep, and nothing else: from now on each of their commands is
# replaced by a `return` (a DEBUG trap that returns 2 under extdebug). Variables, jobs and directory stay.
# An interruption overrules whatever was ending the function before it. Without set +e the returns would end the shell.
__mo_unwind() {
  if [[ -z $__mo_active || $BASHPID != "$$" || $__mo_how == interrupt ]]; then builtin return 0; fi
  __mo_how=$1 __mo_code=$2
  builtin set +e
  # Its command would be replaced by a `return`, too, for ever. A trap that is only removed here comes back.
  builtin trap '' RETURN
  builtin shopt -s extdebug
  builtin trap __mo_step DEBUG
}

# Our own functions and the loop below must run on: skipping a command of theirs would hang the shell.
__mo_step() {
  case ${FUNCNAME[1]-main}/$BASH_COMMAND in
    main/* | __mo_*/* | */__mo_*) builtin return 0 ;;
    *) builtin return 2 ;;
  esac
}

# The agent repeats the signal until the function has ended. A built-in command that waits (read) is not left by
# unwinding; after so many signals the shell itself ends, and its variables go to the next one.
__mo_on_interrupt() {
  __mo_unwind interrupt 143
  if [[ -n $__mo_active && $BASHPID == "$$" ]] && ((++__mo_interrupts > 12)); then builtin exit 143; fi
}

# `set -e` ends the function, not the shell.
__mo_on_error() {
  if [[ $- == *e* ]]; then __mo_unwind errexit "$1"; fi
}

# What cannot be turned into an end of the function alone ends the shell: set -u, ${x:?}, builtin exit, and errors for
# which bash drops all that it was doing, this loop included (a[1/0]=x). Its last words are the variables, for the shell
# that takes its place.
__mo_on_exit() {
  if [[ -z $__mo_active || $BASHPID != "$$" ]]; then builtin return 0; fi
  __mo_active=''
  __mo_save
  __mo_say end "$__mo_command" "$1 ${__mo_how:-death} gone"
}

# `exit` in a node script ends the function, as far as the agent is concerned. In a subshell it is what it always was.
exit() {
  builtin set -- "$?" "$@"
  if [[ -z $__mo_active || $BASHPID != "$$" ]]; then builtin exit "${2-$1}"; fi
  if [[ ${2-$1} =~ ^-?[0-9]{1,9}$ ]]; then
    __mo_unwind exit "$((${2-$1} & 255))"
  else
    builtin echo "exit: $2: numeric argument required" >&2
    __mo_unwind exit 2
  fi
}

# Two files in turn: the newest complete one is what the agent was told of last.
__mo_save() {
  __mo_turn=$((1 - __mo_turn))
  __mo_snapshot=$__mo_commands.variables$__mo_turn
  builtin declare -p 2>/dev/null >|"$__mo_snapshot"
  builtin printf 'builtin cd -- %q\n' "$PWD" >>"$__mo_snapshot"
  __mo_say saved "$__mo_command" "$__mo_snapshot"
}

# Stands in for `declare` while a snapshot is read: takes over the script's variables, not the shell's own.
__mo_restore() {
  case ${2%%=*} in
    __mo_* | MQTT_ORCHESTRATE_* | BASH* | FUNC* | COMP_* | EPOCH* | _ | DIRSTACK | EUID | GROUPS | HISTCMD | LINENO | OPTERR | \
      OPTIND | PIPESTATUS | PPID | PWD | RANDOM | SECONDS | SHELLOPTS | SHLVL | SRANDOM | UID) ;;
    *) builtin declare -g "$@" ;;
  esac
}

# What a function may have turned, back to where the script left it, and every trap of ours where it belongs.
__mo_reset() {
  builtin set +efuvxmT +o posix -E
  builtin shopt -u extdebug
  IFS=$__mo_ifs FUNCNEST=1000 __mo_how='' __mo_code=0 __mo_interrupts=0
  builtin trap __mo_on_interrupt URG
  builtin trap '__mo_unwind signal 143' TERM
  builtin trap '__mo_unwind signal 130' INT
  builtin trap '__mo_unwind signal 129' HUP
  builtin trap '__mo_on_error "$?"' ERR
  builtin trap '__mo_on_exit "$?"' EXIT
  exec <"$__mo_directory/empty"
  if ! [[ -p /dev/fd/250 ]]; then exec 250<"$__mo_commands"; fi
}

# __mo_finish CODE: the function has returned. First of all it is no longer active: a signal that comes now must not
# arm the unwinding again, or the next command would be skipped.
__mo_finish() {
  __mo_active=''
  builtin set +e
  builtin trap - DEBUG RETURN
  if [[ -n $__mo_how ]]; then builtin set -- "$__mo_code"; fi
  if [[ $1 != 0 && -n $__mo_last && $__mo_last != return* ]]; then __mo_how=${__mo_how:-fall}; fi
  __mo_say end "$__mo_command" "$1 ${__mo_how:-return}"
  builtin unset -v MQTT_ORCHESTRATE_COMMAND
  __mo_reset
  __mo_save
}

# __mo_await: returns 0 when the function is to begin soon, at the instant __mo_at of the wall clock in microseconds.
# What takes time between here and the function is done __mo_settle before the instant; the rest is waited for in
# __mo_begin. Nothing is active meanwhile: signals find nothing to unwind. Where this shell cannot tell the time, the
# agent says when, by a byte that is no line end.
__mo_await() {
  builtin local __mo_byte
  if ! __mo_tells_time; then
    __mo_at=''
    __mo_say waiting "$__mo_command" agent
    if LC_ALL=C TMOUT=0 builtin read -r -N 1 -u 250 __mo_byte && [[ $__mo_byte != $'\n' ]]; then builtin return 0; fi
    __mo_unbegun cancelled 143 || builtin return
  fi
  __mo_say waiting "$__mo_command" shell
  __mo_point=.
  __mo_wait_until "$((__mo_at - __mo_settle))" 250
}

# __mo_wait_until MOMENT DESCRIPTOR: returns 0 at the moment, and not after __mo_latest. Until then a line end from the
# agent takes the call back; one that comes later is skipped by __mo_read_size. A locale may have a decimal point of its
# own, and some bash want it there: that is found out on the way, since changing the locale takes time.
# A time limit that is over before `read` comes to wait leaves bash 5.2 with a random signal mask, which all that the
# function starts would inherit: the last two milliseconds are not waited for that way, but looked at.
__mo_wait_until() {
  while :; do
    __mo_now=${EPOCHREALTIME//[!0-9]/}
    __mo_rest=$(($1 - __mo_now))
    if ((__mo_rest < 2000)); then
      if builtin read -r -t 0 -u "$2" __mo_byte; then __mo_unbegun cancelled 143 || builtin return; fi
    else
      builtin printf -v __mo_seconds '%d%s%06d' "$((__mo_rest / 1000000))" "$__mo_point" "$((__mo_rest % 1000000))"
      if builtin read -r -t "$__mo_seconds" -N 1 -u "$2" __mo_byte; then
        __mo_unbegun cancelled 143 || builtin return
      elif (($? <= 128)); then
        if [[ $__mo_point != . ]]; then __mo_unbegun cancelled 143 || builtin return; fi
        __mo_point=${EPOCHREALTIME//[0-9]/}
        builtin continue
      fi
    fi
    __mo_now=${EPOCHREALTIME//[!0-9]/}
    if ((__mo_now >= $1)); then break; fi
  done
  if ((__mo_now > __mo_latest)); then __mo_unbegun late 126 || builtin return; fi
}

# __mo_begin: the last of ours before the function; returns 0 when it is to begin. Between waking up and the function is
# as little as can be, since many shells wake up at one instant. Waits until __mo_spin before it, looks at the clock until it is
# time, and says when that was, where it wakes nobody.
__mo_begin() {
  if [[ -z $__mo_at ]]; then
    __mo_active=1
    __mo_say begun "$__mo_command" ''
    builtin return
  fi
  __mo_wait_until "$((__mo_at - __mo_spin))" 247 || builtin return
  __mo_active=1
  for ((__mo_spins = 0; __mo_now < __mo_at && __mo_spins < 10000; __mo_spins++)); do
    __mo_now=${EPOCHREALTIME//[!0-9]/}
  done
  builtin printf '%s %s\n' "$__mo_command" "$__mo_now" >&248
}

# __mo_unbegun HOW CODE: the function does not begin.
__mo_unbegun() {
  __mo_how=$1 __mo_code=$2
  builtin return 1
}

# bash 5 does, unless the script has taken the variable away.
__mo_tells_time() {
  builtin local __mo_seconds __mo_off
  if [[ ${EPOCHREALTIME-} != [0-9]*[!0-9][0-9][0-9][0-9][0-9][0-9][0-9] ]]; then builtin return 1; fi
  builtin printf -v __mo_seconds '%(%s)T' -1
  __mo_off=$((${EPOCHREALTIME%%[!0-9]*} - __mo_seconds))
  ((__mo_off >= -1 && __mo_off <= 1))
}

# The first 8 bytes of a command. TMOUT is a time limit of the script for interactive shells, and for `read`.
__mo_read_size() {
  LC_ALL=C TMOUT=0 builtin read -r -N 8 -u 250 __mo_size || builtin return
  while [[ $__mo_size == $'\n'* ]]; do
    LC_ALL=C TMOUT=0 builtin read -r -N 1 -u 250 __mo_byte || builtin return
    __mo_size=${__mo_size:1}$__mo_byte
  done
}

exec 250<"$__mo_commands"

# At top level, as in the original: a `declare -A` of the script is global.
builtin set --
# shellcheck source=/dev/null
builtin source "$__mo_script" 250<&-
__mo_options=-E${-//[!efuvx]/} __mo_ifs=${IFS-$' \t\n'}
__mo_reset
if [[ -n $__mo_snapshot ]]; then
  # shellcheck disable=SC2317 # called by the lines of the snapshot
  declare() { __mo_restore "$@"; }
  # shellcheck source=/dev/null
  builtin source "$__mo_snapshot" 2>/dev/null
  builtin unset -f declare
fi
# Functions, an empty line, PATH, a line end, and what the script requires, be it a text or an array.
__mo_say loaded '' "$(
  builtin declare -F
  builtin printf '\n%s\n' "${PATH-}"
  IFS=$'\n'
  builtin printf '%s' "${requires[*]-}"
)"
__mo_save

# A command: 8 hexadecimal digits, the length of the rest in bytes; the rest: quoted words
# COMMAND OUT ERR AT LATEST SPIN FUNCTION ARGS. AT is empty for a function that is to begin now.
while __mo_read_size && LC_ALL=C TMOUT=0 builtin read -r -N "$((16#$__mo_size))" -u 250 __mo_words; do
  builtin eval "builtin set -- $__mo_words"
  __mo_command=$1 __mo_out=$2 __mo_err=$3 __mo_at=$4 __mo_latest=$5 __mo_spin=$6 __mo_function=$7
  builtin shift 7
  builtin export "MQTT_ORCHESTRATE_COMMAND=$__mo_command"
  __mo_last=''
  if [[ $__mo_function == initFunction ]]; then
    # Its last command may fail without a word from the script about it; only a traced function has this trap.
    builtin declare -ft initFunction
    builtin trap '__mo_last=$BASH_COMMAND' RETURN
  fi
  # In `eval`, because an arithmetic error ends everything up to the nearest one. Descriptor 249 is inherited by all
  # that the function starts, forked subshells included, and tells whose they are.
  if [[ -z $__mo_at ]]; then
    __mo_active=1
    __mo_say begun "$__mo_command" ''
    builtin eval 'builtin set "$__mo_options"; "$__mo_function" "$@"' >"$__mo_out" 2>"$__mo_err" 249>&1 250<&-
  else
    # What bash has to say of a locale that is missing is not the function's.
    builtin eval '__mo_await 2>/dev/null && builtin eval '\''__mo_begin && { exec 247<&- 248>&-; builtin set "$__mo_options"; "$__mo_function" "$@"; }'\'' 247<&250 250<&-' \
      >"$__mo_out" 2>"$__mo_err" 249>&1 248<>"$__mo_directory/starts"
  fi
  { __mo_finish "$?"; } 2>/dev/null
done
