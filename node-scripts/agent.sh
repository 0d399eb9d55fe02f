#!/bin/sh
# The agent of a node without Node.js, such as a router with OpenWrt: plain sh (bash, dash, the ash of busybox) and the
# clients of mosquitto. It runs the functions of a node script on command, as `orchestrate agent` does, but reads plain
# text only. docs/reference/agents.md says what it can do and what it cannot; `agent.sh --help` how it is started.
#
#   mosquitto_sub ──> events ──> agent ──> status ──> mosquitto_pub (STATUS)
#   reaper        ──> events     │   └───> beats ───> mosquitto_pub (HEARTBEAT)
#   worker        ──> events     └──> commands ──> worker
#
# Three processes of this file. The *agent* decides everything, runs nothing of the user's and never waits for anything
# but the next line of the FIFO `events`. The *worker* has sourced the node script, so that its variables last, and runs
# its functions one at a time. The *reaper* says every second that a second is over, and cleans up when the agent was
# killed. All FIFOs stay open in the agent: nobody ever meets an end of file while it lives, and lines are kept while
# one of the programs is started again.
#
# What POSIX does not have and all three shells do (-ef, -O), or what is used in bash alone:
# shellcheck disable=SC3013,SC3044,SC3045,SC3047,SC3054,SC3067
# Called by the node script, or by a trap:
# shellcheck disable=SC2317

# ---------------------------------------------------------------------------------------------------------------------
# What agent, worker and reaper share. In the worker these functions live beside those of the user, hence the `mo_`.
# ---------------------------------------------------------------------------------------------------------------------

# Everything that a function starts can be told by two marks: by its environment (what was executed), and by descriptor
# 9 (what was forked only: a subshell keeps the environment of its shell for ever).
#   mo_find_marked session    everything below the worker, and the worker
#   mo_find_marked commands   what commands started; what initFunction started is not among it
#   mo_find_marked command N  what command N runs
# Leaves the pids in mo_found. Returns 1 when there are none.
mo_find_marked() {
  mo_other=
  case $1 in
    session) mo_mark=ORCHESTRATE_SH_SESSION=$mo_session ;;
    commands) mo_mark=ORCHESTRATE_SH_COMMAND=$mo_session.c ;;
    *)
      mo_mark=ORCHESTRATE_SH_COMMAND=$mo_session.c$2.
      mo_other=$(mo_list_environments "ORCHESTRATE_SH_COMMAND=$mo_session.c")
      ;;
  esac
  mo_environments=$(mo_list_environments "$mo_mark")
  mo_found=
  for mo_process in /proc/[0-9]*; do
    case " $mo_environments" in
      *" $mo_process/environ "*) ;;
      *)
        [ "$mo_process/fd/9" -ef "$mo_directory/command.mark" ] ||
          { [ "$1" = session ] && [ "$mo_process/fd/9" -ef "$mo_directory/init.mark" ]; } || continue
        case " $mo_other" in *" $mo_process/environ "*) continue ;; esac
        ;;
    esac
    case " $$ ${mo_spared-} " in
      *" ${mo_process#/proc/} "*) ;;
      *) mo_found="$mo_found ${mo_process#/proc/}" ;;
    esac
  done
  [ -n "$mo_found" ]
}

# The files /proc/<pid>/environ that contain a text, each with a blank behind it.
mo_list_environments() {
  grep -lsF -e "$1" /proc/[0-9]*/environ | tr '\n' ' '
}

# mo_end_marked …: ends what mo_find_marked finds: SIGTERM first, SIGKILL after half a second, in rounds, since a
# process may start others until the moment it ends. Returns 1 when something survived; it is in mo_found.
mo_end_marked() {
  mo_round=0
  while mo_find_marked "$@"; do
    [ "$mo_round" -lt 30 ] || return 1
    # A list of pids is to be split, here and elsewhere.
    # shellcheck disable=SC2086
    if [ "$mo_round" -ge 5 ]; then
      kill -s KILL $mo_found
    elif [ "$mo_round" -eq 0 ]; then
      # What is stopped could not take it.
      kill -s TERM $mo_found
      kill -s CONT $mo_found
    fi 2>/dev/null
    mo_round=$((mo_round + 1))
    mo_nap
  done
  return 0
}

# A tenth of a second, where `sleep` can.
mo_nap() {
  sleep 0.1 2>/dev/null || sleep 1
}

# Takes the next word off mo_rest, into mo_word; returns 1 when there is none. Blanks separate words, '…' and "…" keep
# them together, inside "…" a backslash keeps a " or \; a quote that is never closed is an ordinary character, and
# nothing is expanded: the same as in the other agents.
mo_next_word() {
  mo_word=
  mo_rest=${mo_rest#"${mo_rest%%[! 	]*}"}
  [ -n "$mo_rest" ] || return 1
  while :; do
    case $mo_rest in
      '' | [' 	']*) return 0 ;;
      "'"*"'"*)
        mo_rest=${mo_rest#"'"}
        mo_word=$mo_word${mo_rest%%"'"*}
        mo_rest=${mo_rest#*"'"}
        ;;
      '"'*) mo_take_quoted ;;
      "'"*)
        mo_word=$mo_word"'"
        mo_rest=${mo_rest#"'"}
        ;;
      *)
        mo_piece=${mo_rest%%[\'\"\ 	]*}
        mo_word=$mo_word$mo_piece
        mo_rest=${mo_rest#"$mo_piece"}
        ;;
    esac
  done
}

# The "…" at the beginning of mo_rest, or the " alone if it is never closed.
mo_take_quoted() {
  mo_inside=${mo_rest#\"} mo_quoted=
  while :; do
    case $mo_inside in
      '')
        mo_word=$mo_word\"
        mo_rest=${mo_rest#\"}
        return
        ;;
      \"*)
        mo_word=$mo_word$mo_quoted
        mo_rest=${mo_inside#\"}
        return
        ;;
      \\[\"\\]*)
        mo_inside=${mo_inside#\\}
        mo_quoted=$mo_quoted${mo_inside%"${mo_inside#?}"}
        mo_inside=${mo_inside#?}
        ;;
      \\*)
        mo_quoted=$mo_quoted\\
        mo_inside=${mo_inside#\\}
        ;;
      *)
        mo_piece=${mo_inside%%[\"\\]*}
        mo_quoted=$mo_quoted$mo_piece
        mo_inside=${mo_inside#"$mo_piece"}
        ;;
    esac
  done
}

# ---------------------------------------------------------------------------------------------------------------------
# The worker: agent.sh _worker DIRECTORY TOKEN SESSION GENERATION UMASK SCRIPT [SNAPSHOT]
# It reads lines `GENERATION NUMBER KIND QUIET TEXT` from the FIFO `commands` and answers each on `events`.
# ---------------------------------------------------------------------------------------------------------------------

# mo_tell NUMBER KIND TEXT: one line to the agent, at most 4096 bytes, so that lines of several writers never mix.
# Opened for reading, too: otherwise this would wait for ever once the agent is gone.
mo_tell() {
  printf '%s W %s %s %s\n' "$mo_token" "$mo_generation" "$1 $2" "${3-}" 1<>"$mo_directory/events"
} 2>/dev/null

# For node scripts: a status of the node. Also called in subshells, in any process below the worker under bash.
publish_mqtt() {
  mo_line "$*"
  mo_tell - status "$mo_text"
}

# For node scripts: progress. Nobody but the log can be told of it.
update() {
  mo_line "$*"
  printf '%s\n' "$mo_text"
}

# For node scripts: wait_port PORT [SECONDS=10] waits until something listens on the TCP port of this machine. It
# looks at the kernel's table and connects to nothing: `iperf3 -s -1` would serve the probe and end.
# Returns 0: listening, 1: not within the time, 2: wrong use or no table.
wait_port() {
  case ${1:-x}${2-} in *[!0-9]*)
    echo 'usage: wait_port PORT [SECONDS]' >&2
    return 2
    ;;
  esac
  [ -r /proc/net/tcp ] || {
    echo 'wait_port needs /proc/net/tcp, which this system does not have' >&2
    return 2
  }
  mo_listening=$(printf ':%04X [0-9A-F]*:0000 0A' "$1")
  mo_tries=$((10 * ${2:-10}))
  until grep -qs "$mo_listening" /proc/net/tcp /proc/net/tcp6; do
    [ "$mo_tries" -gt 0 ] || return 1
    mo_tries=$((mo_tries - 1))
    mo_nap
  done
}

# bash alone can hand functions on to the bash scripts that a function starts.
mo_export_functions() {
  [ -n "${BASH_VERSION-}" ] || return 0
  export mo_token mo_directory mo_generation
  export -f mo_tell mo_line mo_nap publish_mqtt update wait_port
}

# Any text as one line of at most 3500 bytes, in mo_text.
mo_line() {
  mo_text=
  mo_more=$1
  while :; do
    case $mo_more in
      *'
'*)
        mo_text="$mo_text${mo_more%%'
'*} "
        mo_more=${mo_more#*'
'}
        ;;
      *) break ;;
    esac
  done
  mo_text=$mo_text$mo_more
  if [ "${#mo_text}" -gt 850 ]; then mo_text=$(printf '%s' "$mo_text" | LC_ALL=C cut -b 1-3500); fi
}

# mo_call MARK FUNCTION [ARGUMENT…]: runs a function of the script, and leaves its code in mo_code. A trap may leave it
# at any point: then the code is that of an interruption.
mo_call() {
  mo_mark_file=$mo_directory/$1 mo_function=$2
  shift 2
  mo_interrupted='' mo_code=143 mo_active=1
  mo_run "$@" </dev/null 8<&- 9>>"$mo_mark_file"
  mo_code=$?
  mo_active=
}

# With the options that the script has set at its top level.
mo_run() {
  if [ -n "${BASH_VERSION-}" ]; then eval 'mo_depth=${#FUNCNAME[@]}'; fi
  if [ -n "$mo_options" ]; then set "-$mo_options"; fi
  "$mo_function" "$@"
}

# Whether leaving one function would not be enough: `return` in a trap leaves the innermost one only, and the one that
# called it would go on. bash tells at once; for the others it shows when the signal comes a second time.
mo_is_deep() {
  if [ -n "$mo_interrupted" ]; then return 0; fi
  mo_interrupted=1
  [ -n "${BASH_VERSION-}" ] && eval '[ "${#FUNCNAME[@]}" -gt $((mo_depth + 2)) ]'
}

# After each function: back to what this file relies on, whatever the function has turned.
mo_reset() {
  set +efux
  IFS=$mo_blanks
  # Where leaving the function is not enough, the shell ends, with its variables saved for the next one.
  trap 'if [ -n "$mo_active" ]; then if mo_is_deep; then exit 143; fi; return 143; fi' TERM
  trap 'mo_on_exit "$?"' EXIT
  unset ORCHESTRATE_SH_COMMAND
}

# `exit` in a function, `set -u`, `set -e` and the like end this shell: its last words are the variables.
mo_on_exit() {
  trap '' TERM
  [ -n "$mo_active" ] || return 0
  mo_active=
  set +efux
  IFS=$mo_blanks
  mo_save
  if [ -n "$mo_interrupted" ]; then mo_tell "$mo_number" gone interrupted; else mo_tell "$mo_number" gone "$1"; fi
}

# The variables and the directory, for the worker that takes the place of this one.
mo_save() {
  {
    if [ -n "${BASH_VERSION-}" ]; then
      mo_save_of_bash
    else
      set
      export -p
    fi
    echo :
  } >|"$mo_directory/variables" 2>/dev/null
}

# One by one, since bash would give up reading at the first that it does not let anybody set.
mo_save_of_bash() {
  mo_readonly=$(readonly -p)
  for mo_variable in $(compgen -v); do
    case $mo_variable in
      mo_* | BASH* | FUNC* | COMP_* | EPOCH* | _ | DIRSTACK | GROUPS | HISTCMD | LINENO | OPTERR | OPTIND | PIPESTATUS | \
        RANDOM | SECONDS | SHLVL | SRANDOM) continue ;;
    esac
    case $mo_readonly in *" $mo_variable="*) ;; *) declare -p "$mo_variable" ;; esac
  done
}

# Whether the script has a function. What was found once is not looked for again: that takes a process.
mo_has() {
  case $mo_known in *" $1 "*) return 0 ;; esac
  [ "$(command -v "$1")" = "$1" ] || return 1
  mo_known="$mo_known $1 "
}

# The function of a verb: START → startFunction, MY-VERB → my_verbFunction.
mo_function_of() {
  case $1 in
    START) mo_name=startFunction ;;
    STOP) mo_name=stopFunction ;;
    *) mo_name=$(printf '%s' "$1" | LC_ALL=C tr 'A-Z-' 'a-z_')Function ;;
  esac
}

# mo_obey TEXT: does what the line asks for, and says what came of it.
mo_obey() {
  mo_rest=$1
  shift
  while mo_next_word; do set -- "$@" "$mo_word"; done
  if [ "$mo_kind" != rest ]; then export "ORCHESTRATE_SH_COMMAND=$mo_session.c$mo_number."; fi
  case $mo_kind in
    init)
      # Ids that begin with i are not those of commands.
      export "ORCHESTRATE_SH_COMMAND=$mo_session.i"
      mo_answer initFunction init.mark
      ;;
    call)
      mo_function_of "$1"
      shift
      mo_answer "$mo_name" command.mark "$@"
      ;;
    send) mo_obey_send "$@" ;;
    stop)
      if mo_has stopFunction; then
        mo_call command.mark stopFunction
        mo_reset
        if [ "$mo_code" -ne 0 ]; then mo_tell "$mo_number" code "$mo_code"; fi
      fi
      mo_end_rest
      ;;
    part)
      # With words, the script decides alone what to end.
      shift
      mo_answer stopFunction command.mark "$@"
      ;;
    rest) mo_end_rest ;;
  esac
}

# mo_answer FUNCTION MARK [ARGUMENT…]
mo_answer() {
  mo_name=$1 mo_mark_name=$2
  shift 2
  if ! mo_has "$mo_name"; then
    mo_tell "$mo_number" unknown
    return
  fi
  mo_last='return'
  if [ "$mo_kind" = init ] && [ -n "${BASH_VERSION-}" ]; then
    # Its last command may fail without a word from the script about it; only a traced function has this trap.
    { declare -ft initFunction; trap 'mo_last=$BASH_COMMAND' RETURN; }
  fi
  mo_call "$mo_mark_name" "$mo_name" "$@"
  if [ "$mo_kind" = init ] && [ -n "${BASH_VERSION-}" ]; then
    trap - RETURN
  fi
  mo_reset
  # In case the next function has to be killed; in a burst that would cost more than the commands.
  if [ "$mo_quiet" = quiet ]; then mo_save; fi
  if [ -n "$mo_interrupted" ]; then
    mo_tell "$mo_number" interrupted
  else
    case $mo_code/$mo_last in
      0/* | */return*) mo_tell "$mo_number" end "$mo_code" ;;
      *) mo_tell "$mo_number" fell "$mo_code" ;;
    esac
  fi
}

mo_end_rest() {
  unset ORCHESTRATE_SH_COMMAND
  if mo_end_marked commands; then
    mo_tell "$mo_number" stopped
    return
  fi
  mo_names=
  for mo_pid in $mo_found; do
    IFS= read -r mo_comm <"/proc/$mo_pid/comm" || mo_comm=gone
    mo_names="$mo_names, $mo_comm ($mo_pid)"
  done 2>/dev/null
  mo_tell "$mo_number" stopped "${mo_names#, }"
}

# SENDFILE FILE HOST PORT [TRUNCATE]. TRUNCATE is refused: a shell hands bytes over, and does not learn whether the
# receiver has stored them.
mo_obey_send() {
  mo_why='SENDFILE needs <file> <host> <port> and perhaps TRUNCATE'
  if [ "$#" -eq 4 ] && mo_is_port "$4"; then
    mo_tell - status 'SENDING FILE'
    mo_check_file "$2" && mo_call command.mark mo_send_file "$2" "$3" "$4"
    mo_reset
    if [ -n "$mo_interrupted" ]; then
      mo_tell "$mo_number" interrupted
      return
    fi
  elif [ "$#" -eq 5 ] && mo_is_port "$4" && [ "$5" = TRUNCATE ]; then
    mo_why='this agent has no Node.js: it cannot know that the file was stored, and so does not TRUNCATE it'
  fi
  if [ -z "$mo_why" ]; then mo_tell "$mo_number" sent; else mo_tell "$mo_number" unsent "$mo_why"; fi
}

mo_is_port() {
  case $1 in '' | *[!0-9]* | ??????*) return 1 ;; esac
  [ "$1" -ge 1 ] && [ "$1" -le 65535 ]
}

mo_check_file() {
  mo_interrupted=
  if [ ! -e "$1" ]; then
    mo_why="there is no file $1"
  elif [ ! -f "$1" ]; then
    mo_why="$1 is no regular file"
  elif [ ! -r "$1" ]; then
    mo_why="$1 cannot be read"
  else
    mo_why=
    return 0
  fi
  return 1
}

# A receiver that was started in the background a moment ago may not listen yet: it has three seconds.
mo_send_file() {
  mo_patience=30
  while :; do
    mo_why=
    if mo_send_once "$@" 2>"$mo_directory/sender"; then return 0; fi
    mo_patience=$((mo_patience - 1))
    IFS= read -r mo_why <"$mo_directory/sender" || mo_why='the connection broke off'
    mo_why="$2 port $3: $mo_why"
    case $mo_patience/$mo_why in 0/*) return 1 ;; */*[Rr]efused*) mo_nap ;; *) return 1 ;; esac
  done
}

mo_send_once() {
  if command -v ncat >/dev/null; then
    ncat --send-only "$2" "$3" <"$1"
  elif command -v socat >/dev/null; then
    case $2 in *:*) socat -u STDIN "TCP:[$2]:$3" <"$1" ;; *) socat -u STDIN "TCP:$2:$3" <"$1" ;; esac
  elif [ -n "${BASH_VERSION-}" ]; then
    # The outer redirection would end the shell if it failed.
    (eval 'exec 7<>"/dev/tcp/$2/$3"' && exec cat -- "$1" >&7)
  else
    # It ends as soon as the receiver closes its own direction, which `ncat -l </dev/null` does at once and RECEIVE
    # never does. Other programs of this name do not end at all.
    case $(nc --help 2>&1) in
      *[Bb]usy[Bb]ox*) nc "$2" "$3" <"$1" >/dev/null ;;
      *)
        echo 'there is no program here that could send a file: ncat, socat, or the nc of busybox' >&2
        return 127
        ;;
    esac
  fi
}

if [ "${1-}" = _worker ]; then
  mo_directory=$2 mo_token=$3 mo_session=$4 mo_generation=$5 mo_script=$7 mo_snapshot=${8-}
  mo_blanks=' 	
' mo_active='' mo_interrupted='' mo_options='' mo_number=0 mo_code=0 mo_why='' mo_known=''
  umask "$6"
  set --
  # shellcheck source=/dev/null
  . "$mo_directory/environment"
  exec 8<"$mo_directory/commands"
  mo_export_functions
  # At top level, as in the original: a `declare -A` of the script is global.
  # shellcheck source=/dev/null
  . "$mo_script" 8<&-
  case $- in *e*) mo_options=e ;; esac
  case $- in *f*) mo_options=f$mo_options ;; esac
  case $- in *u*) mo_options=u$mo_options ;; esac
  case $- in *x*) mo_options=x$mo_options ;; esac
  mo_reset
  mo_restored=
  if [ -n "$mo_snapshot" ] && [ -f "$mo_snapshot" ]; then
    # Where one is read-only, dash and ash would end: a subshell tries it first. Then nothing is taken over, and that is
    # said. Ours are among them there, and all but one are the same.
    set -- "$mo_generation"
    # shellcheck source=/dev/null
    if (. "$mo_snapshot") >/dev/null 2>&1; then
      # shellcheck source=/dev/null
      . "$mo_snapshot" >/dev/null 2>&1
      cd -- "$PWD" 2>/dev/null || :
    else
      mo_restored=not
    fi
    mo_generation=$1 mo_active=''
    set --
    mo_reset
  fi
  mo_tell 0 loaded "$mo_restored"
  while IFS=' ' read -r mo_for mo_number mo_kind mo_quiet mo_line <&8; do
    # A line for a worker that is gone.
    if [ "$mo_for" = "$mo_generation" ]; then mo_obey "$mo_line"; fi
  done
  exit 0
fi

# ---------------------------------------------------------------------------------------------------------------------
# The reaper: agent.sh _reaper DIRECTORY TOKEN SESSION
# ---------------------------------------------------------------------------------------------------------------------

# One second, without a process where `read` has a time limit. Nobody ever writes to that FIFO.
mo_second() {
  if [ -n "${mo_idles-}" ]; then
    read -r -t 1 _ <&9
  else
    sleep 1 &
    mo_sleep=$!
    wait "$mo_sleep"
  fi
}

if [ "${1-}" = _reaper ]; then
  mo_directory=$2 mo_token=$3 mo_session=$4
  # It outlives whatever ends the agent; and a line to an agent that is gone is an error, not an end.
  trap '' HUP INT QUIT PIPE
  exec 3>"$mo_directory/events" 9<>"$mo_directory/idle"
  (read -r -t 1 _ </dev/null) 2>/dev/null
  # The end of the file is 1, an option that does not exist 2.
  if [ "$?" -eq 1 ]; then mo_idles=1; else trap 'kill "$mo_sleep"; exit 0' TERM; fi
  while mo_second || :; printf '%s T\n' "$mo_token" >&3; do :; done 2>/dev/null
  # The agent was killed. Its will is on its way as soon as its client dies without a word.
  subscriber='' worker=''
  # shellcheck source=/dev/null
  . "$mo_directory/processes"
  for mo_pid in $subscriber $worker; do kill -s KILL "$mo_pid"; done 2>/dev/null
  mo_end_marked session
  rm -rf -- "$mo_directory"
  exit 0
fi

# ---------------------------------------------------------------------------------------------------------------------
# The agent. What it says to people.
# ---------------------------------------------------------------------------------------------------------------------

VERSION=0.1.0
HEARTBEAT_MS=15000
# Commands that wait for their turn; more are not taken.
MOST_WAITING=2000
# A longer line would come in pieces, between which lines of others may stand.
LONGEST_PAYLOAD=3900
# All times are hundredths of a second.
BEAT_EVERY=300
CLAIM_LIMIT=100
ECHO_LIMIT=1000
STOP_LIMIT=3000
INTERRUPT_LIMIT=600

usage() {
  cat <<'END'
Usage: sh agent.sh --name NAME [options]

The agent of a node without Node.js: it runs the node script on command. It needs mosquitto_sub and mosquitto_pub.

Options:
  --name <name>            the node
  --group <group>          a group that the node belongs to; repeatable
  --functions <file>       the node script (default: ./functions.sh)
  -m, --mqttserver <broker>  HOST, HOST:PORT, mqtt:// or mqtts:// URL of the broker (default: 127.0.0.1)
  -t, --mqtttopic <topic>  root of all topics, one or more levels (default: testlab)
  -c, --config <file>      configuration file (default: ./global.config, if it is there)
  --session-file <file>    where to write `<pid> <session>` while it runs
  -d, --debug              say in detail what happens
  --help                   this text

The node script is run by bash where there is one, unless its first line names another shell (#!/bin/sh, or
# shellcheck shell=sh): then, and without bash, by the shell that runs this file.
END
}

warn() {
  printf 'warning: %s\n' "$*" >&2
}

debug() {
  if [ -n "$DEBUG" ]; then printf 'debug: %s\n' "$*" >&2; fi
}

# fail CODE MESSAGE [HINT]: before there is anything to clean up.
fail() {
  printf 'error: %s\n' "$2" >&2
  if [ -n "${3-}" ]; then printf 'hint: %s\n' "$3" >&2; fi
  exit "$1"
}

# What the codes mean is in docs/reference/errors.md.
EXIT_USAGE=2
EXIT_BROKER=5

# ---------------------------------------------------------------------------------------------------------------------
# The agent: command line and configuration
# ---------------------------------------------------------------------------------------------------------------------

read_options() {
  NAME='' GROUPS_JSON='' FUNCTIONS=functions.sh CONFIG='' SESSION_FILE=''
  FLAG_SERVER='' FLAG_TOPIC='' DEBUG=''
  while [ "$#" -gt 0 ]; do
    option=$1
    shift
    case $option in
      --help | -h)
        usage
        exit 0
        ;;
      -d | --debug)
        DEBUG=1
        continue
        ;;
      --*=*) value=${option#*=} option=${option%%=*} ;;
      -[mtc]?*)
        value=${option#-?}
        option=${option%"$value"}
        ;;
      -*)
        [ "$#" -gt 0 ] || fail "$EXIT_USAGE" "the option $option needs a value, or does not exist" "see: $0 --help"
        value=$1
        shift
        ;;
    esac
    case $option in
      --name)
        is_name "$value" || fail "$EXIT_USAGE" "\"$value\" cannot be the name of a node" "$NAME_HINT"
        NAME=$value
        ;;
      --group)
        is_name "$value" || fail "$EXIT_USAGE" "\"$value\" cannot be the name of a group" "$NAME_HINT"
        GROUPS_JSON=$GROUPS_JSON${GROUPS_JSON:+,}\"$value\"
        ;;
      --functions) FUNCTIONS=$value ;;
      -m | --mqttserver) FLAG_SERVER=$value ;;
      -t | --mqtttopic) FLAG_TOPIC=$value ;;
      -c | --config) CONFIG=$value ;;
      --session-file) SESSION_FILE=$value ;;
      *) fail "$EXIT_USAGE" "unknown option or word: $option" "see: $0 --help" ;;
    esac
  done
  [ -n "$NAME" ] || fail "$EXIT_USAGE" 'the option --name is missing' "see: $0 --help"
}

NAME_HINT='a name has letters, digits, _ . and -, and begins with a letter or a digit'

is_name() {
  case $1 in '' | [!A-Za-z0-9]* | *[!A-Za-z0-9_.-]*) return 1 ;; esac
  [ "${#1}" -le 128 ]
}

# read_config FILE: KEY=value lines, as a shell reads them, but never run. Keys of ours become CONFIG_<key>; those of the
# user are collected in USER_VARIABLES as lines for the worker.
read_config() {
  USER_VARIABLES='' CONFIG_MQTT_SERVER='' CONFIG_MQTT_TOPIC='' CONFIG_MQTT_USERNAME='' CONFIG_MQTT_PASSWORD=''
  CONFIG_MQTT_CAFILE='' CONFIG_DEBUG=''
  [ -n "$1" ] || return 0
  [ -r "$1" ] || fail "$EXIT_USAGE" "$1: there is no such file, or it cannot be read"
  line_number=0
  while IFS= read -r line || [ -n "$line" ]; do
    line_number=$((line_number + 1))
    if [ "$line_number" -eq 1 ]; then line=${line#"$BYTE_ORDER_MARK"}; fi
    line=${line%"$CARRIAGE_RETURN"}
    line=${line#"${line%%[! 	]*}"}
    case $line in '' | '#'*) continue ;; esac
    case $line in 'export '* | 'export	'*)
      line=${line#export?}
      line=${line#"${line%%[! 	]*}"}
      ;;
    esac
    key=${line%%=*}
    case $line/$key in [!=]*=*/[A-Za-z_]*) ;; *) config_problem 'not of the form KEY=value, without blanks around the =' ;; esac
    case $key in *[!A-Za-z0-9_]*) config_problem 'not of the form KEY=value, without blanks around the =' ;; esac
    read_value "${line#*=}"
    case $key in
      MQTT_SERVER | MQTT_TOPIC | MQTT_USERNAME | MQTT_PASSWORD | MQTT_CAFILE | DEBUG) eval "CONFIG_$key=\$config_value" ;;
      USE_ANSIBLE | ANSIBLE_PLAYBOOK | USE_SSH | TIMEOUT | ACK_TIMEOUT | OFFLINE_GRACE | BROKER_TIMEOUT | LEASE | REPORTER) ;;
      INVENTORY) ;;
      MQTT*PAS* | MQTT*PW* | MQTT*SECRET* | MQTT*TOKEN*)
        warn "$config_file:$line_number: $key is no key of ours; it may be a misspelt password, so it is not given to node scripts"
        ;;
      *) USER_VARIABLES="${USER_VARIABLES}export $key=$(quote "$config_value")
" ;;
    esac
  done <"$1"
}

# The value of a line, in config_value: one word in shell terms, then nothing but a comment.
read_value() {
  rest=$1 config_value=
  while [ -n "$rest" ]; do
    case $rest in
      "'"*"'"*)
        rest=${rest#"'"}
        config_value=$config_value${rest%%"'"*}
        rest=${rest#*"'"}
        ;;
      '"'*) read_double_quoted ;;
      "'"*) config_problem 'this quote is never closed on its line' ;;
      \\?*)
        rest=${rest#\\}
        take_character
        ;;
      \\) config_problem 'a value ends on its line; a \ at the end continues nothing here' ;;
      [' 	']*)
        rest=${rest#"${rest%%[! 	]*}"}
        case $rest in '' | '#'*) return ;; *) config_problem 'more text behind the value; a value with blanks needs quotes' ;; esac
        ;;
      [\;\&\|\<\>\(\)]*) config_problem 'a bare character means something to a shell; put the value in quotes' ;;
      *)
        refuse_expansion
        take_character
        ;;
    esac
  done
}

read_double_quoted() {
  rest=${rest#\"}
  while :; do
    case $rest in
      '') config_problem 'this quote is never closed on its line' ;;
      \"*)
        rest=${rest#\"}
        return
        ;;
      \\[\"\\\$\`]*) rest=${rest#\\} ;;
      [\$\`]*) refuse_expansion ;;
    esac
    take_character
  done
}

refuse_expansion() {
  case $rest in
    '`'* | '$'[A-Za-z0-9_\{\(\[@*#?\$!-]*)
      config_problem 'a shell would expand this; the file is read and never run: put the value in single quotes'
      ;;
    '~'*) case $config_value in '' | *[=:]) config_problem 'write the home directory out: the file is read and never run' ;; esac ;;
  esac
}

take_character() {
  character=${rest%"${rest#?}"}
  config_value=$config_value$character
  rest=${rest#?}
}

config_problem() {
  fail "$EXIT_USAGE" "$config_file:$line_number: $1"
}

# A text as one word of shell.
quote() {
  quoted='' unquoted=$1
  while :; do
    case $unquoted in
      *"'"*)
        quoted=$quoted${unquoted%%"'"*}"'\\''"
        unquoted=${unquoted#*"'"}
        ;;
      *) break ;;
    esac
  done
  printf "'%s'" "$quoted$unquoted"
}

# Flags win over the environment, that over the file, that over the defaults. An empty text sets nothing.
resolve_settings() {
  server=${FLAG_SERVER:-${MQTT_SERVER:-${CONFIG_MQTT_SERVER:-127.0.0.1}}}
  ROOT=${FLAG_TOPIC:-${MQTT_TOPIC:-${CONFIG_MQTT_TOPIC:-testlab}}}
  USERNAME=${MQTT_USERNAME:-$CONFIG_MQTT_USERNAME}
  PASSWORD=${MQTT_PASSWORD:-$CONFIG_MQTT_PASSWORD}
  CAFILE=${MQTT_CAFILE:-$CONFIG_MQTT_CAFILE}
  case ${DEBUG:-${ORCHESTRATE_DEBUG:-$CONFIG_DEBUG}} in 1 | [Tt][Rr][Uu][Ee] | [Yy][Ee][Ss] | [Oo][Nn]) DEBUG=1 ;; *) DEBUG= ;; esac
  read_server
  read_root
  if [ -n "$PASSWORD" ] && [ -z "$USERNAME" ]; then
    fail "$EXIT_USAGE" 'MQTT_PASSWORD: a password needs a user: set MQTT_USERNAME too [MQTT-3.1.2-22]'
  fi
  case $USERNAME$PASSWORD in *'
'*) fail "$EXIT_USAGE" 'a user or a password with a line end cannot be handed to the clients of mosquitto' ;; esac
  case $USERNAME/$PASSWORD in ' '* | */' '*) fail "$EXIT_USAGE" 'a user or a password that begins with a blank cannot be handed to the clients of mosquitto' ;; esac
  if [ -n "$CAFILE" ]; then
    CAFILE=$(absolute "$CAFILE")
    [ -r "$CAFILE" ] || fail "$EXIT_USAGE" "MQTT_CAFILE: $CAFILE: there is no such file, or it cannot be read"
  fi
  # From here on nobody inherits them.
  unset MQTT_USERNAME MQTT_PASSWORD CONFIG_MQTT_PASSWORD CONFIG_MQTT_USERNAME BASH_ENV ENV
}

# The broker's address as HOST, HOST:PORT, [IPV6]:PORT or a URL.
read_server() {
  shown=${server##*@}
  TLS=''
  case $server in
    mqtt://* | mqtts://*)
      case $server in mqtts://*) TLS=1 ;; esac
      address=${server#*://}
      address=${address%/}
      ;;
    ws://* | wss://*) fail "$EXIT_USAGE" "MQTT_SERVER: \"$shown\": an agent without Node.js speaks no WebSocket, only mqtt:// and mqtts://" ;;
    *://* | *@*) server_problem ;;
    *) address=$server ;;
  esac
  case $address in *@*)
    login=${address%@*}
    address=${address##*@}
    percent_decode "${login%%:*}"
    USERNAME=$decoded
    case $login in *:*)
      percent_decode "${login#*:}"
      PASSWORD=$decoded
      ;;
    esac
    ;;
  esac
  if [ -n "$TLS" ]; then PORT=8883; else PORT=1883; fi
  case $address in
    \[*\]:*)
      PORT=${address##*]:}
      HOST=${address%]:*}
      HOST=${HOST#[}
      ;;
    \[*\])
      HOST=${address#[}
      HOST=${HOST%]}
      ;;
    *:*:*) fail "$EXIT_USAGE" "MQTT_SERVER: \"$shown\" has several colons: write an IPv6 address in brackets, as in [::1]:1883" ;;
    *:*)
      HOST=${address%:*}
      PORT=${address##*:}
      ;;
    *) HOST=$address ;;
  esac
  case $HOST in '' | *[!A-Za-z0-9._:-]* | -*) server_problem ;; esac
  case $PORT in '' | 0* | *[!0-9]* | ??????*) server_problem ;; esac
  [ "$PORT" -le 65535 ] || server_problem
}

server_problem() {
  fail "$EXIT_USAGE" "MQTT_SERVER: \"$shown\" is not a broker address: expected HOST, HOST:PORT, [IPV6]:PORT or a mqtt:// or mqtts:// URL"
}

percent_decode() {
  rest=$1 decoded=
  while :; do
    case $rest in
      *%*)
        decoded=$decoded${rest%%\%*}
        rest=${rest#*%}
        case $rest in [0-9A-Fa-f][0-9A-Fa-f]*) ;; *) fail "$EXIT_USAGE" "MQTT_SERVER: \"$shown\" has a user or password that is not percent-encoded (% is %25)" ;; esac
        hexadecimal=${rest%"${rest#??}"}
        rest=${rest#??}
        # The dot keeps a line end.
        character=$(printf '%b.' "\\0$(printf '%03o' "0x$hexadecimal")")
        decoded=$decoded${character%.}
        ;;
      *) break ;;
    esac
  done
  decoded=$decoded$rest
}

read_root() {
  rest=$ROOT/ levels=0
  while [ -n "$rest" ]; do
    is_name "${rest%%/*}" || fail "$EXIT_USAGE" "MQTT_TOPIC: \"$ROOT\": each level has letters, digits, _ . - and begins with a letter or digit"
    rest=${rest#*/}
    levels=$((levels + 1))
  done
  [ "$levels" -le 15 ] || fail "$EXIT_USAGE" "MQTT_TOPIC: it has $levels levels, at most 15 work everywhere"
}

absolute() {
  case $1 in /*) printf '%s' "$1" ;; *) printf '%s' "$PWD/$1" ;; esac
}

check_host() {
  for program in mosquitto_sub mosquitto_pub grep tr mkfifo; do
    command -v "$program" >/dev/null || fail "$EXIT_USAGE" "there is no $program here" \
      'Debian: apt-get install mosquitto-clients; OpenWrt: opkg install mosquitto-client-ssl'
  done
  [ -r /proc/self/environ ] || fail "$EXIT_USAGE" 'this agent needs Linux with /proc'
  if [ -n "$TLS" ]; then
    case $(mosquitto_sub --help 2>&1) in *--cafile*) ;; *)
      fail "$EXIT_USAGE" 'the mosquitto_sub of this machine speaks no TLS' 'OpenWrt: opkg install mosquitto-client-ssl' ;;
    esac
  fi
  [ -f "$FUNCTIONS" ] || fail "$EXIT_USAGE" "there is no node script $FUNCTIONS" \
    'name it with --functions FILE, or start the agent in the folder where functions.sh is'
}

# Whoever sits at a terminal sends SIGINT to the whole group; the clients must last until TERMINATED is said.
apart() {
  if [ -n "$SETSID" ]; then exec setsid "$@"; else exec "$@"; fi
}

# The shell that runs this file, as a path and perhaps its applet.
find_shells() {
  SETSID=$(command -v setsid)
  OWN_SHELL=$(readlink "/proc/$$/exe") || OWN_SHELL=/bin/sh
  case $OWN_SHELL in */busybox) OWN_APPLET='sh' ;; *) OWN_APPLET='' ;; esac
  SCRIPT_SHELL=$OWN_SHELL SCRIPT_APPLET=$OWN_APPLET
  IFS= read -r first_line <"$FUNCTIONS" || :
  case $first_line in
    '#!'*bash* | '#'*'shellcheck shell=bash'*)
      SCRIPT_SHELL=$(command -v bash) || fail "$EXIT_USAGE" "$FUNCTIONS is written for bash, which is not here" \
        'install bash, or write it for sh and let it begin with #!/bin/sh'
      SCRIPT_APPLET=''
      ;;
    '#!'*sh* | '#'*'shellcheck shell='*) ;;
    *) if command -v bash >/dev/null; then SCRIPT_SHELL=$(command -v bash) SCRIPT_APPLET=''; fi ;;
  esac
}

# ---------------------------------------------------------------------------------------------------------------------
# The agent: its private directory, which is its lock, too
# ---------------------------------------------------------------------------------------------------------------------

# mkdir is what only one can do. Where a killed agent has left the directory, and its reaper too was killed, what it
# left is ended first.
take_lock() {
  mo_directory=${TMPDIR:-/tmp}/orchestrate-sh.$(id -u).$(printf '%s' "$HOST:$PORT/$ROOT/$NAME" | tr '/' '%')
  tries=0
  until mkdir -m 700 "$mo_directory" 2>/dev/null; do
    if [ ! -d "$mo_directory" ] || [ -L "$mo_directory" ] || [ ! -O "$mo_directory" ]; then
      fail "$EXIT_USAGE" "the directory $mo_directory cannot be made"
    fi
    holder='' held_session=''
    { IFS=' ' read -r holder held_session <"$mo_directory/holder"; } 2>/dev/null
    if [ -n "$holder" ] && [ "/proc/$holder/fd/3" -ef "$mo_directory/events" ]; then
      fail "$EXIT_USAGE" "another agent of this machine has the name $NAME: process $holder, session $held_session" \
        'end that agent first, or start this one under another name'
    fi
    tries=$((tries + 1))
    # One that has just begun has not said so yet; the reaper of one that was killed is at work.
    if [ "$tries" -gt 30 ]; then
      if [ -n "$held_session" ]; then
        mo_session=$held_session
        mo_end_marked session
      fi
      rm -rf -- "$mo_directory"
    else
      mo_nap
    fi
  done
}

open_directory() {
  printf '%s %s\n' "$$" "$SESSION" >"$mo_directory/holder"
  for fifo in events commands status beats idle; do mkfifo "$mo_directory/$fifo"; done
  : >"$mo_directory/init.mark"
  : >"$mo_directory/command.mark"
  # What is written is kept until somebody reads it, and nobody meets an end of file. dash has one-digit descriptors.
  exec 3<>"$mo_directory/events" 4<>"$mo_directory/commands" 5<>"$mo_directory/status" 6<>"$mo_directory/beats"
  write_environment
  write_client_options
}

# For the worker; a key of the user's must not reach the agent itself (PATH, IFS).
write_environment() {
  {
    printf '%s' "$USER_VARIABLES"
    for variable in "MQTT_SERVER=$HOST" "MQTT_PORT=$PORT" "MQTT_TOPIC=$ROOT" "MY_TOPIC=$NAME"; do
      printf 'export %s=%s\n' "${variable%%=*}" "$(quote "${variable#*=}")"
    done
    if [ -n "$USERS_LOCALE" ]; then printf 'export LC_ALL=%s\n' "$(quote "$USERS_LOCALE")"; else echo 'unset LC_ALL'; fi
  } >"$mo_directory/environment"
}

# Files of options keep user and password out of the list of processes.
write_client_options() {
  mkdir "$mo_directory/clients"
  {
    printf '%s\n' "-h $HOST" "-p $PORT" '-k 15' '-V mqttv311'
    if [ -n "$USERNAME" ]; then printf '%s\n' "-u $USERNAME"; fi
    if [ -n "$PASSWORD" ]; then printf '%s\n' "-P $PASSWORD"; fi
    if [ -n "$TLS" ]; then
      if [ -n "$CAFILE" ]; then printf '%s\n' "--cafile $CAFILE"; else echo '--tls-use-os-certs'; fi
    fi
  } >"$mo_directory/clients/mosquitto_pub"
  {
    cat "$mo_directory/clients/mosquitto_pub"
    printf '%s\n' "-i $NAME-$SESSION" '-q 1' '-d' "-F $mo_token M %r %l %t %p"
    printf '%s\n' "--will-topic $TOPIC/STATUS" "--will-payload OFFLINE $SESSION" '--will-qos 1' '--will-retain'
    for last_level in COMMAND STATUS INFO HEARTBEAT; do printf '%s\n' "-t $TOPIC/$last_level"; done
  } >"$mo_directory/clients/mosquitto_sub"
  PASSWORD=''
}

# ---------------------------------------------------------------------------------------------------------------------
# The agent: its processes
# ---------------------------------------------------------------------------------------------------------------------

# Whether a child lives. `kill -0` would say so of a dead one that nobody has asked about yet.
lives() {
  [ "$1" != 0 ] || return 1
  { IFS=' ' read -r _ _ state parent _ <"/proc/$1/stat"; } 2>/dev/null || return 1
  [ "$state" != Z ] && [ "$parent" = "$$" ]
}

start_subscriber() {
  XDG_CONFIG_HOME=$mo_directory/clients apart mosquitto_sub >"$mo_directory/events" 2>&1 </dev/null 3<&- 4<&- 5<&- 6<&- &
  SUBSCRIBER=$!
}

start_status_publisher() {
  XDG_CONFIG_HOME=$mo_directory/clients apart mosquitto_pub -q 1 -r -l -t "$TOPIC/STATUS" \
    <"$mo_directory/status" >/dev/null 2>&1 3<&- 4<&- 5<&- 6<&- &
  STATUS_PUBLISHER=$!
}

# One connection for all heartbeats: a router takes a second of its processor for a TLS handshake.
start_beat_publisher() {
  XDG_CONFIG_HOME=$mo_directory/clients apart mosquitto_pub -q 0 -l -t "$TOPIC/HEARTBEAT" \
    <"$mo_directory/beats" >/dev/null 2>&1 3<&- 4<&- 5<&- 6<&- &
  BEAT_PUBLISHER=$!
}

# publish_info TEXT: seldom enough for a process of its own.
publish_info() {
  if [ -n "$1" ]; then set -- -m "$1"; else set -- -n; fi
  XDG_CONFIG_HOME=$mo_directory/clients apart mosquitto_pub -q 1 -r -t "$TOPIC/INFO" "$@" \
    </dev/null >/dev/null 2>&1 3<&- 4<&- 5<&- 6<&- &
  INFO_PUBLISHER=$!
}

start_reaper() {
  # shellcheck disable=SC2086 # an applet or nothing
  apart "$OWN_SHELL" $OWN_APPLET "$SELF" _reaper "$mo_directory" "$mo_token" "$mo_session" \
    </dev/null >/dev/null 2>&1 3<&- 4<&- 5<&- 6<&- &
  REAPER=$!
}

# start_worker SCRIPT [SNAPSHOT]
start_worker() {
  GENERATION=$((GENERATION + 1))
  # shellcheck disable=SC2086 # an applet or nothing
  ORCHESTRATE_SH_SESSION=$SESSION apart "$SCRIPT_SHELL" $SCRIPT_APPLET "$SELF" _worker "$mo_directory" "$mo_token" \
    "$SESSION" "$GENERATION" "$USERS_UMASK" "$@" </dev/null 3<&- 4<&- 5<&- 6<&- &
  WORKER=$!
  WORKER_IS=loading
  mo_spared=$WORKER
  tell_reaper
}

# What it has to kill by itself.
tell_reaper() {
  printf 'subscriber=%s worker=%s\n' "$SUBSCRIBER" "$WORKER" >"$mo_directory/processes.new"
  mv "$mo_directory/processes.new" "$mo_directory/processes"
}

# A tick that does not wait for the next second.
alarm() {
  { sleep "$1" 2>/dev/null && printf '%s T\n' "$mo_token" >&3; } 4<&- 5<&- 6<&- &
}

# ---------------------------------------------------------------------------------------------------------------------
# The agent: presence. As in the other agents: it claims its name, announces itself, and gives signs of life; and it
# reads its own topics, to see what others see of it.
# ---------------------------------------------------------------------------------------------------------------------

# Hundredths of a second since the machine was started, in NOW.
look_at_clock() {
  IFS=' ' read -r uptime _ </proc/uptime
  NOW=$((${uptime%.*} * 100 + 1${uptime#*.} - 100))
}

# beat [,"claim":true]
beat() {
  if [ "$BEATS_UNSEEN" -gt 200 ] || ! lives "$BEAT_PUBLISHER"; then return 0; fi
  if [ -n "$CURRENT" ]; then busy=true; else busy=false; fi
  printf '{"session":"%s","busy":%s,"seq":0%s}\n' "$SESSION" "$busy" "${1-}" >&6
  BEATS_UNSEEN=$((BEATS_UNSEEN + 1))
  BEAT_AT=$((NOW + BEAT_EVERY))
  # Cut off, it looks often whether it still is.
  if [ -n "$IS_CUT_OFF" ]; then BEAT_AT=$((NOW + 100)); fi
}

claim() {
  beat ',"claim":true'
  CLAIM_AGAIN_AT=$((NOW + 100))
}

# At every connect the name is claimed anew.
connected() {
  if [ "$STAGE" = claiming ]; then return 0; fi
  debug 'connected again'
  STAGE=claiming CLAIM_ECHOED='' CLAIM_UNTIL='' RIVAL='' LATER='' SEEN_STATUS='' IS_CUT_OFF=''
  claim
}

own_heartbeat() {
  session=${1#*\"session\":\"}
  session=${session%%\"*}
  case $1 in *'"claim":true'*) is_claim=1 ;; *) is_claim='' ;; esac
  if [ "$session" = "$SESSION" ]; then
    BEATS_UNSEEN=0 HEARD_AT=$NOW BACK_OFF=100
    if [ -n "$IS_CUT_OFF" ]; then connected; fi
    if [ -n "$is_claim" ] && [ "$STAGE" = claiming ]; then claim_echoed; fi
  elif [ -z "$is_claim" ]; then
    case " $LATER " in *" $session "*) is_later=1 ;; *) is_later='' ;; esac
    if [ "$STAGE" = claiming ] && [ -z "$is_later" ]; then name_is_taken "$session"; fi
    name_is_shared "$session"
  elif [ "$STAGE" = claiming ] && [ -z "$CLAIM_ECHOED" ]; then
    # Of two claims, the one that the broker hands out first counts.
    name_is_taken "$session"
  else
    LATER="$LATER $session"
    warn "another agent wants this node's name and is told that it is taken: session $session"
    beat
  fi
}

# What is retained has come before the echo. An INFO of another session without last words of it stands for somebody
# who may live, and has a second to say so.
claim_echoed() {
  if [ -n "$CLAIM_ECHOED" ]; then return 0; fi
  CLAIM_ECHOED=1
  if [ -n "$RIVAL" ] && ! is_gone "$RIVAL"; then
    CLAIM_UNTIL=$((NOW + CLAIM_LIMIT))
    alarm 1
  else
    name_is_granted
  fi
}

is_gone() {
  case $SEEN_STATUS in "OFFLINE $1" | TERMINATED*) return 0 ;; *) return 1 ;; esac
}

name_is_taken() {
  leave "$EXIT_USAGE" "another agent has the name $NAME: session $1" 'end that agent first, or start this one under another name'
}

name_is_shared() {
  case " $TOLD_OF " in *" $1 "*) return 0 ;; esac
  TOLD_OF="$TOLD_OF $1"
  warn "another agent runs under this node's name (session $1): end one of the two, or commands run twice"
}

# INFO first: a control machine takes what STATUS says from then on for this session's.
name_is_granted() {
  STAGE=announcing INFO_GIVEN_UP_AT=$((NOW + ECHO_LIMIT))
  # A status that an agent left which was lost without a will. A line without text clears it.
  if [ -z "$STATUS" ]; then
    case $SEEN_STATUS in '' | OFFLINE* | TERMINATED*) ;; *) printf '\n' >&5 ;; esac
  fi
  announce
}

announce() {
  INFO_AGAIN_AT=$((NOW + 200))
  publish_info "$INFO"
}

own_info() {
  case $1 in
    '') ;;
    *"\"session\":\"$SESSION\""*)
      if [ "$STAGE" = announcing ]; then announced; fi
      ;;
    *)
      session=${1#*\"session\":\"}
      session=${session%%\"*}
      RIVAL=$session
      if [ "$STAGE" != claiming ]; then name_is_shared "$session"; fi
      ;;
  esac
}

# The first time, the node script is loaded; later the last status is said again, if the broker lost or changed it.
announced() {
  STAGE=announced
  beat
  if [ -z "$WORKER_IS" ]; then
    begin_init
  elif [ -n "$STATUS" ] && [ "$SEEN_STATUS" != "$STATUS" ]; then
    send_status
  fi
}

own_status() {
  SEEN_STATUS=$1
  if [ "$1" = "$STATUS" ]; then STATUS_UNSEEN=0; fi
  # An old connection's will may arrive after the words of the new one; whoever reads the topic must not be misled.
  case $1 in OFFLINE*) if [ "$STAGE" = announced ] && [ -n "$STATUS" ] && [ "$1" != "$STATUS" ]; then send_status; fi ;; esac
}

say() {
  STATUS=$1
  debug "status: $STATUS"
  send_status
}

# A FIFO takes 64 KiB: as long as the publisher does not read, only the last status is kept, and said by the next tick.
send_status() {
  if [ "$STATUS_UNSEEN" -gt 60000 ] || ! lives "$STATUS_PUBLISHER"; then
    STATUS_HELD=1
  else
    printf '%s\n' "$STATUS" >&5
    STATUS_UNSEEN=$((STATUS_UNSEEN + ${#STATUS} + 1)) STATUS_HELD=''
  fi
}

# ---------------------------------------------------------------------------------------------------------------------
# The agent: commands
# ---------------------------------------------------------------------------------------------------------------------

# A line `TOKEN M RETAINED LENGTH TOPIC PAYLOAD` of mosquitto_sub. A payload with line ends has more lines; they lack the
# token. So nothing in a payload can pass for a message, and the length tells whether this is all of it.
take_message() {
  rest=$1
  retained=${rest%% *} rest=${rest#* }
  length=${rest%% *} rest=${rest#* }
  topic=${rest%% *} payload=${rest#* }
  if [ "${#payload}" -ne "$length" ]; then
    if [ "$topic" = "$TOPIC/COMMAND" ]; then
      refuse 'it has a line end or a NUL character, or is longer than 3900 bytes'
    fi
    return
  fi
  case $topic in
    "$TOPIC/COMMAND") take_command ;;
    "$TOPIC/STATUS") own_status "$payload" ;;
    "$TOPIC/INFO") own_info "$payload" ;;
    "$TOPIC/HEARTBEAT") own_heartbeat "$payload" ;;
  esac
}

refuse() {
  warn "ignored a command: $1"
}

take_command() {
  if [ "$retained" -ne 0 ]; then
    warn 'ignored a retained command: commands must be published without the retain flag'
    return
  fi
  if [ "$length" -gt "$LONGEST_PAYLOAD" ]; then
    refuse "it has $length bytes, at most $LONGEST_PAYLOAD are read"
    return
  fi
  case $payload in
    '{'*) refuse 'it is an envelope, and this agent reads plain text only' ;;
    *[!\ -~\	]*) refuse 'it has other characters than those of ASCII' ;;
    *) take_words ;;
  esac
}

take_words() {
  mo_rest=$payload
  if ! mo_next_word; then
    refuse 'it is empty'
    return
  fi
  verb=$mo_word
  case $verb in
    _ping) if [ "$STAGE" = announced ]; then beat; fi ;;
    _*) refuse "this agent does not know $(printf '%.40s' "$verb")" ;;
    TERMINATE) ENDING=terminate ;;
    STOP)
      if mo_next_word; then kind=part; else kind=stop; fi
      cancel_waiting
      replace_old_word
      add "$kind"
      ;;
    SENDFILE)
      replace_old_word
      add send
      ;;
    *)
      replace_old_word
      add call
      ;;
  esac
}

# Who sends plain text looks for the word of its command in the retained STATUS, anywhere in it, and must not find the
# word of the command before.
replace_old_word() {
  find_done_word "$verb"
  case $STATUS in *"$DONE_WORD"*) say "RECEIVED $verb" ;; esac
}

find_done_word() {
  case $1 in
    START) DONE_WORD=STARTED ;;
    STOP) DONE_WORD=STOPPED ;;
    SENDFILE) DONE_WORD='SENT FILE' ;;
    *) DONE_WORD=$1-DONE ;;
  esac
}

# The queue is the variables WAITING_<number> from FIRST up to, not including, BEHIND_LAST: `kind verb payload`.
add() {
  if [ $((BEHIND_LAST - FIRST)) -ge "$MOST_WAITING" ] && [ "$1" != stop ]; then
    refuse "$MOST_WAITING commands are waiting already"
    return
  fi
  entry="$1 $payload"
  eval "WAITING_$BEHIND_LAST=\$entry"
  BEHIND_LAST=$((BEHIND_LAST + 1))
  begin_next
}

# STOP cancels what waits, apart from other STOPs, and interrupts what runs.
cancel_waiting() {
  number=$FIRST kept=$FIRST
  while [ "$number" -lt "$BEHIND_LAST" ]; do
    eval "entry=\$WAITING_$number"
    case $entry in
      stop\ * | part\ *)
        eval "WAITING_$kept=\$entry"
        kept=$((kept + 1))
        ;;
    esac
    number=$((number + 1))
  done
  BEHIND_LAST=$kept
  case $CURRENT in call | send) interrupt ;; esac
}

interrupt() {
  if [ -n "$INTERRUPTED_AT" ]; then return 0; fi
  INTERRUPTED_AT=$NOW
  interrupt_again
  # What has just been forked was not found.
  alarm 0.2
}

# The worker first: as soon as its child is dead it goes on with the next line of the function, unless it has been told.
interrupt_again() {
  signal=TERM
  if [ $((NOW - INTERRUPTED_AT)) -gt $((INTERRUPT_LIMIT / 2)) ]; then signal=KILL; fi
  if [ $((NOW - INTERRUPTED_AT)) -gt "$INTERRUPT_LIMIT" ]; then
    kill -s KILL "$WORKER"
  else
    kill -s TERM "$WORKER"
  fi 2>/dev/null
  # shellcheck disable=SC2086
  if mo_find_marked command "$NUMBER"; then kill -s "$signal" $mo_found; fi 2>/dev/null
}

begin_next() {
  while [ "$WORKER_IS" = idle ] && [ "$FIRST" -lt "$BEHIND_LAST" ]; do
    eval "entry=\$WAITING_$FIRST; unset WAITING_$FIRST"
    FIRST=$((FIRST + 1))
    begin "${entry%% *}" "${entry#* }"
  done
}

# begin KIND TEXT
begin() {
  mo_rest=$2
  mo_next_word
  VERB=$mo_word
  case $1 in
    call)
      if [ -n "$UNUSABLE" ]; then
        say "FAILED $(printf '%.40s' "$VERB"): $UNUSABLE"
        return
      fi
      if ! is_verb "$VERB"; then
        say "FAILED $(printf '%.40s' "$VERB"): unknown command"
        return
      fi
      ;;
    stop | part) STOP_UNTIL=$((NOW + STOP_LIMIT)) ;;
  esac
  hand_over "$1" "$2"
}

is_verb() {
  case $1 in [!A-Z]* | *[!A-Z0-9_-]*) return 1 ;; esac
  [ "${#1}" -le 32 ]
}

hand_over() {
  NUMBER=$((NUMBER + 1)) CURRENT=$1 WORKER_IS=busy INTERRUPTED_AT=''
  if [ "$FIRST" -lt "$BEHIND_LAST" ]; then more='more'; else more='quiet'; fi
  printf '%s %s %s %s %s\n' "$GENERATION" "$NUMBER" "$1" "$more" "$2" >&4
}

begin_init() {
  CURRENT=init VERB=INIT
  # What a shell has to say of the file is the reason of the failure.
  # shellcheck disable=SC2086
  SYNTAX=$("$SCRIPT_SHELL" $SCRIPT_APPLET -n "$FUNCTIONS" 2>&1 </dev/null) && SYNTAX=''
  if [ -n "$SYNTAX" ]; then
    init_failed "$SYNTAX"
    start_worker /dev/null
  else
    start_worker "$FUNCTIONS"
  fi
}

init_failed() {
  reason=$(printf '%s' "$1" | tr '\n' ' ')
  UNUSABLE="FAILED INIT $reason"
  warn "$UNUSABLE; commands are refused"
  CURRENT=''
  say "$UNUSABLE"
}

# A line `TOKEN W GENERATION NUMBER KIND TEXT` of the worker, or of something that it started.
take_answer() {
  rest=$1
  generation=${rest%% *} rest=${rest#* }
  number=${rest%% *} rest=${rest#* }
  kind=${rest%% *} text=${rest#* }
  if [ "$kind" = status ]; then
    # As a retained message it would delete the status instead of changing it.
    if [ -n "$text" ]; then say "$text"; else warn 'ignored publish_mqtt without a text: a status has at least a word'; fi
    return
  fi
  if [ "$generation" != "$GENERATION" ]; then return 0; fi
  case $kind in
    loaded) worker_loaded "$text" ;;
    gone) worker_gone "$text" ;;
    *) if [ "$number" = "$NUMBER" ] && [ "$WORKER_IS" = busy ]; then answered "$kind" "$text"; fi ;;
  esac
}

worker_loaded() {
  if [ -n "$1" ]; then warn 'the variables of the node script are lost: a read-only one is among them'; fi
  WORKER_IS=idle
  case $CURRENT in
    init) if [ -z "$UNUSABLE" ]; then hand_over init INIT; fi ;;
    stop) hand_over rest STOP; CURRENT=stop ;;
    *) begin_next ;;
  esac
}

# answered KIND TEXT
answered() {
  find_done_word "$VERB"
  case $CURRENT/$1 in
    stop/code)
      warn "stopFunction returned $2; what START left was ended all the same"
      return
      ;;
    init/end | init/fell | init/unknown) init_ended "$1" "$2" ;;
    */interrupted) debug "$VERB was interrupted" ;;
    */stopped) if [ -z "$2" ]; then say STOPPED; else say "FAILED STOP still running: $2"; fi ;;
    send/sent) say 'SENT FILE' ;;
    send/unsent) say "FAILED SENDFILE: $2" ;;
    part/unknown) say 'FAILED STOP: the node script has no stopFunction that could stop a part of the work' ;;
    call/unknown) if [ "$VERB" = START ]; then say 'FAILED START: the node script has no startFunction'; else say "FAILED $VERB: unknown command"; fi ;;
    *) if [ -n "$INTERRUPTED_AT" ]; then debug "$VERB was interrupted"; elif [ "$2" -eq 0 ]; then say "$DONE_WORD"; else say "FAILED $VERB $2"; fi ;;
  esac
  CURRENT='' INTERRUPTED_AT='' WORKER_IS=idle STOP_UNTIL=''
  begin_next
}

init_ended() {
  case $1/${2:-0} in
    fell/*)
      # Scripts of the original end with a `killall` or an `rm` that may find nothing.
      warn "the last command of initFunction returned $2; a failure is what it says with return or exit"
      say ALIVE
      ;;
    */0) say ALIVE ;;
    *) init_failed "$2" ;;
  esac
}

# worker_gone CODE: its shell has ended. The next one takes over the variables.
worker_gone() {
  wait "$WORKER" 2>/dev/null
  case $CURRENT in
    '') ;;
    init) if [ "$WORKER_IS" = loading ]; then init_failed "$FUNCTIONS: the shell ended with code $1 while loading it"; else init_failed "$1"; fi ;;
    stop) if [ -n "$STOP_UNTIL" ]; then warn "stopFunction ended its shell with $1; what START left is ended all the same"; fi ;;
    *)
      if [ -z "$INTERRUPTED_AT" ]; then
        if [ "$1" = 0 ]; then find_done_word "$VERB"; say "$DONE_WORD"; else say "FAILED $VERB $1"; fi
      fi
      CURRENT=''
      ;;
  esac
  INTERRUPTED_AT='' STOP_UNTIL=''
  if [ -n "$UNUSABLE" ]; then
    start_worker /dev/null
  elif [ "$WORKER_IS" = loading ]; then
    UNUSABLE="the node script does not load any more: its shell ended with code $1"
    warn "$UNUSABLE"
    start_worker /dev/null
  else
    start_worker "$FUNCTIONS" "$mo_directory/variables"
  fi
}

# ---------------------------------------------------------------------------------------------------------------------
# The agent: time, and its end
# ---------------------------------------------------------------------------------------------------------------------

tick() {
  if [ -n "$WORKER_IS" ] && ! lives "$WORKER"; then
    wait "$WORKER" 2>/dev/null
    worker_gone "$?"
  fi
  if ! lives "$REAPER"; then start_reaper; fi
  keep_clients
  case $STAGE in
    claiming)
      if [ -n "$CLAIM_UNTIL" ]; then
        if [ "$NOW" -ge "$CLAIM_UNTIL" ]; then name_is_granted; fi
      elif [ "$NOW" -ge "$CLAIM_AGAIN_AT" ]; then
        claim
      fi
      ;;
    announcing)
      if [ "$NOW" -ge "$INFO_GIVEN_UP_AT" ] && [ -z "$IS_PROVEN" ] && [ "$BEATS_UNSEEN" -lt 3 ]; then
        leave "$EXIT_BROKER" "the broker took this agent's INFO but did not hand it back within $((ECHO_LIMIT / 100)) s" \
          "allow this agent to write and to read the topics of the node $NAME (readwrite STATUS, INFO, HEARTBEAT; read COMMAND)"
      fi
      if [ "$NOW" -ge "$INFO_AGAIN_AT" ] && ! lives "$INFO_PUBLISHER"; then announce; fi
      ;;
    announced)
      IS_PROVEN=1
      if [ -n "$STATUS_HELD" ]; then send_status; fi
      ;;
  esac
  if [ "$NOW" -ge "$BEAT_AT" ] && [ "$STAGE" != claiming ]; then beat; fi
  if [ "$BEATS_UNSEEN" -ge 3 ] && [ -z "$IS_CUT_OFF" ] && [ "$STAGE" != claiming ]; then
    IS_CUT_OFF=1
    debug 'cut off from the broker'
  fi
  if [ -n "$INTERRUPTED_AT" ]; then interrupt_again; fi
  if [ -n "$STOP_UNTIL" ] && [ "$NOW" -ge "$STOP_UNTIL" ]; then interrupt; fi
}

# The clients connect again by themselves once they were connected; before, they end.
keep_clients() {
  if [ "$NOW" -lt "$CLIENTS_AT" ]; then return 0; fi
  is_missing=''
  if ! lives "$SUBSCRIBER"; then
    start_subscriber
    tell_reaper
    is_missing=1
  fi
  if ! lives "$STATUS_PUBLISHER"; then
    start_status_publisher
    STATUS_UNSEEN=0 is_missing=1
    if [ -n "$STATUS" ]; then STATUS_HELD=1; fi
  fi
  if ! lives "$BEAT_PUBLISHER"; then
    start_beat_publisher
    BEATS_UNSEEN=0 is_missing=1
  fi
  if [ -n "$is_missing" ]; then
    CLIENTS_AT=$((NOW + BACK_OFF)) BACK_OFF=$((BACK_OFF * 2))
    if [ "$BACK_OFF" -gt 500 ]; then BACK_OFF=500; fi
  fi
}

# What mosquitto_sub says beside messages, and the rest of payloads with line ends.
take_remark() {
  case $1 in
    *' received CONNACK (0)'*) connected ;;
    *'not authorised'* | *'bad user name or password'*)
      if [ "$HEARD_AT" -eq 0 ]; then
        leave "$EXIT_BROKER" "the broker $HOST:$PORT refuses the connection: user or password are wrong, or this user may not connect" \
          'set MQTT_USERNAME and MQTT_PASSWORD in the configuration file or the environment'
      fi
      ;;
    Error:* | Unable\ * | Connection\ error:* | OpenSSL\ * | Protocol\ error*)
      case $1 in *[!\ -~]*) return 0 ;; esac
      if [ "$1" != "$LAST_ERROR" ] && [ -n "$IS_CUT_OFF$(test "$STAGE" = claiming && echo 1)" ]; then
        LAST_ERROR=$1
        warn "$HOST:$PORT cannot be reached: $1; still trying"
      fi
      ;;
  esac
}

take_line() {
  case $1 in
    # A line that was too long came in pieces, and one of somebody else's between them.
    ?*"$mo_token "*)
      refuse 'it is longer than a line can be'
      take_line "$mo_token ${1##*"$mo_token "}"
      ;;
    "$mo_token T") tick ;;
    "$mo_token M "*) take_message "${1#"$mo_token M "}" ;;
    "$mo_token W "*) take_answer "${1#"$mo_token W "}" ;;
    *) take_remark "$1" ;;
  esac
}

# leave CODE MESSAGE [HINT]: ends without last words, since the name is not ours.
leave() {
  clean_up
  fail "$@"
}

# TERMINATE, SIGTERM, SIGINT: an end to everything of this node, initFunction's work included.
terminate() {
  FIRST=$BEHIND_LAST WORKER_IS=''
  exec 4<&-
  mo_spared=''
  if ! mo_end_marked session; then warn "still running:$mo_found"; fi
  say TERMINATED
  exec 5<&-
  # Where the broker is gone nobody hears it.
  if await_end "$STATUS_PUBLISHER" 30 && [ "$STAGE" = announced ]; then
    publish_info ''
    await_end "$INFO_PUBLISHER" 30
  fi
  clean_up
  if [ -n "$SESSION_FILE" ]; then rm -f -- "$SESSION_FILE"; fi
}

# await_end PID TENTHS: returns 1 when it had to be killed; where the broker is gone it would go on for ever.
await_end() {
  waits=0
  while lives "$1"; do
    if [ "$waits" -ge "$2" ]; then
      kill_child "$1"
      return 1
    fi
    mo_nap
    waits=$((waits + 1))
  done
}

# bash says what has been killed, unless it is asked for.
kill_child() {
  if [ "$1" != 0 ]; then
    kill -s KILL "$1"
    wait "$1"
  fi 2>/dev/null
}

# SIGTERM has mosquitto_sub say goodbye: no will.
clean_up() {
  exec 4<&- 5<&- 6<&-
  for child in "$REAPER" "$SUBSCRIBER" "$BEAT_PUBLISHER" "$STATUS_PUBLISHER"; do
    if [ "$child" != 0 ]; then kill -s TERM "$child"; fi
  done 2>/dev/null
  await_end "$REAPER" 5
  for client in "$SUBSCRIBER" "$BEAT_PUBLISHER" "$STATUS_PUBLISHER"; do await_end "$client" 5; done
  # For alarms that have not gone off.
  wait
  rm -rf -- "$mo_directory"
}

write_session_file() {
  if [ -z "$SESSION_FILE" ]; then return 0; fi
  SESSION_FILE=$(absolute "$SESSION_FILE")
  if ! { printf '%s %s\n' "$$" "$SESSION" >"$SESSION_FILE.new" && mv "$SESSION_FILE.new" "$SESSION_FILE"; } 2>/dev/null; then
    leave "$EXIT_USAGE" "the session file $SESSION_FILE cannot be written"
  fi
}

describe_platform() {
  PLATFORM="$(uname -s -m 2>/dev/null) ${OWN_SHELL##*/}${OWN_APPLET:+ $OWN_APPLET}"
  case $PLATFORM in *[!A-Za-z0-9_.\ -]*) PLATFORM=unknown ;; esac
}

main() {
  CARRIAGE_RETURN=$(printf '\r') BYTE_ORDER_MARK=$(printf '\357\273\277')
  SELF=$(absolute "$0")
  read_options "$@"
  config_file=${CONFIG:-global.config}
  if [ -n "$CONFIG" ] || [ -e "$config_file" ]; then read_config "$config_file"; else read_config ''; fi
  resolve_settings
  check_host
  FUNCTIONS=$(absolute "$FUNCTIONS")
  find_shells

  USERS_UMASK=$(umask) USERS_LOCALE=${LC_ALL-}
  umask 077
  # Lengths in bytes, and messages that can be recognised.
  LC_ALL=C
  export LC_ALL
  IFS= read -r SESSION </proc/sys/kernel/random/uuid
  IFS= read -r mo_token </proc/sys/kernel/random/uuid
  # For mosquitto_sub a @, % or \ at its beginning would mean something.
  mo_token="=$mo_token" mo_session=$SESSION TOPIC=$ROOT/$NAME
  describe_platform
  INFO="{\"v\":1,\"node\":\"$NAME\",\"session\":\"$SESSION\",\"version\":\"$VERSION\",\"accepts\":[\"text\"],\"groups\":[$GROUPS_JSON],\"heartbeatMs\":$HEARTBEAT_MS,\"platform\":\"$PLATFORM\"}"

  STAGE=claiming CLAIM_ECHOED='' CLAIM_UNTIL='' CLAIM_AGAIN_AT=0 RIVAL='' LATER='' TOLD_OF='' SEEN_STATUS=''
  STATUS='' STATUS_UNSEEN=0 STATUS_HELD='' BEATS_UNSEEN=0 BEAT_AT=0 IS_CUT_OFF='' HEARD_AT=0 IS_PROVEN=''
  SUBSCRIBER=0 STATUS_PUBLISHER=0 BEAT_PUBLISHER=0 INFO_PUBLISHER=0 REAPER=0 CLIENTS_AT=0 BACK_OFF=100 LAST_ERROR=''
  WORKER=0 WORKER_IS='' GENERATION=0 NUMBER=0 CURRENT='' VERB='' INTERRUPTED_AT='' STOP_UNTIL='' UNUSABLE=''
  FIRST=0 BEHIND_LAST=0 ENDING=''

  take_lock
  open_directory
  trap 'ENDING=shut-down' INT TERM HUP
  trap '' PIPE
  write_session_file
  look_at_clock
  tell_reaper
  start_reaper
  keep_clients
  claim
  # The first claims may come before the subscription stands.
  for moment in 0.1 0.2 0.4 0.7; do alarm "$moment"; done
  while [ -z "$ENDING" ]; do
    if IFS= read -r line <&3; then
      look_at_clock
      take_line "$line"
    fi
  done
  terminate
  exit 0
}

main "$@"
