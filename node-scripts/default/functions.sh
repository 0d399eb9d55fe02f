# shellcheck shell=bash
#
# The node script of every node that has none of its own: iperf3 servers and clients.
#
#   START SERVER <port>                             starts a server for one client at a time; STARTED as soon as its port listens;
#                                                   what it prints goes to /tmp/iperf3.<port>.log
#   START CLIENT <host> <port> <seconds> [streams]  measures; STARTED when the measurement is over
#   STOP                                            ends all servers
#   STOP SERVER <port>                              ends that one
#
# A server is one iperf3 after the other, each for one test (-1): what goes wrong in a test is over with its process.
#
# The agent sources this file into one bash that lives as long as the agent, and gives it publish_mqtt TEXT (a status),
# update TEXT (progress, shown in the Recap) and wait_port PORT SECONDS.

# What the functions below run; `orchestrate preflight` looks whether it is there.
# shellcheck disable=SC2034
requires="iperf3 >= 3.9, awk, find, grep, sed, tail"

# A test in which so many seconds long nothing arrives is given up by its server.
IDLE_SECONDS=30

# Port → process group of the server there.
declare -A SERVERS=()

startFunction() {
  case ${1-} in
    SERVER) startServer "${@:2}" ;;
    CLIENT) runClient "${@:2}" ;;
    *) startUsage ;;
  esac
}

startUsage() {
  echo "usage: START SERVER <port> | START CLIENT <host> <port> <seconds> [streams]" >&2
  return 2
}

startServer() {
  local port=${1-}
  if (($# != 1)); then
    startUsage
    return
  fi
  if ! [[ $port =~ ^[1-9][0-9]{0,4}$ ]] || ((port > 65535)); then
    echo "$port is no port: a number from 1 to 65535" >&2
    return 2
  fi
  # What an earlier run left here. Other people's servers are left alone.
  stopServer "$port"
  if wait_port "$port" 0; then
    echo "port $port is in use by $(findOwner "$port")" >&2
    return 1
  fi
  : >"/tmp/iperf3.$port.log"
  # With a process group of its own, so that all of it can be ended at once.
  set -m
  superviseServer "$port" >>"/tmp/iperf3.$port.log" 2>&1 &
  set +m
  SERVERS[$port]=$!
  if ! wait_port "$port" 5; then
    echo "iperf3 did not listen on port $port within 5 s: $(tail -n 1 "/tmp/iperf3.$port.log")" >&2
    stopServer "$port"
    return 1
  fi
}

# Runs until it is ended. Where no server can start, it is tried again after 1, 2, 4 and so on up to 30 seconds.
superviseServer() {
  local port=$1 pause=1
  while true; do
    if serveOneTest "$port"; then
      pause=1
      if [[ -n $ERROR ]]; then update "a test on port $port failed: $ERROR"; fi
    else
      [[ -n $ERROR ]] || ERROR="iperf3 ended"
      if wait_port "$port" 0; then ERROR+=" by $(findOwner "$port")"; fi
      update "no server on port $port: $ERROR; trying again in $pause s"
      sleep "$pause"
      pause=$((pause * 2 > 30 ? 30 : pause * 2))
    fi
  done
}

# Returns 1 when the server ended without a test. Prints what it prints, and leaves in ERROR what went wrong.
serveOneTest() {
  local port=$1 server lines line half="" code=0 isTesting="" heardAt=$SECONDS
  ERROR=""
  # shellcheck disable=SC2046 # no option, or two words
  exec {lines}< <(echo "$BASHPID" && exec iperf3 -s -1 -p "$port" --forceflush $(idleOption) 2>&1)
  read -r server <&"$lines"
  # A read that ran out of time has a code above 128, and may have read half a line; 1 is the end of the server.
  while ((code == 0 || code > 128)); do
    IFS= read -r -t 2 line <&"$lines"
    code=$?
    half+=$line line=""
    if ((code <= 128)); then line=$half half=""; fi
    if [[ -n $line ]]; then echo "$line"; fi
    case $line in
      "iperf3: error - "*) ERROR=${line#iperf3: error - } ;;
      "Accepted connection"*) isTesting=1 heardAt=$SECONDS ;;
      # A second in which nothing arrived is no sign of life, and silence only while nobody is there.
      *" 0.00 bits/sec"*) ;;
      "") [[ -n $isTesting ]] || isConnected "$port" || heardAt=$SECONDS ;;
      *) heardAt=$SECONDS ;;
    esac
    if ((SECONDS - heardAt > IDLE_SECONDS + 2)); then
      kill -KILL "$server"
      ERROR="nothing arrived for more than $IDLE_SECONDS s; the server hung and was replaced" isTesting=1
    fi
  done
  exec {lines}<&-
  [[ -n $isTesting ]]
}

# Lets the server itself give up a test, where this iperf3 can (3.10 and later).
idleOption() {
  if iperf3 --help 2>&1 | grep -q -e --rcv-timeout; then echo --rcv-timeout $((IDLE_SECONDS * 1000)); fi
}

# Whether somebody is connected to the port. iperf3 waits for ever for the first word of whoever connects and vanishes.
isConnected() {
  local port
  printf -v port '%04X' "$1"
  grep -qsE "^ *[0-9]+: [0-9A-F]+:$port [0-9A-F]+:[0-9A-F]{4} 01 " /proc/net/tcp /proc/net/tcp6
}

# Who listens on a port: `name (pid)`, as far as this user may know.
findOwner() {
  local inode file pid=""
  inode=$(awk -v port="$(printf ':%04X$' "$1")" '$4 == "0A" && $2 ~ port { print $10; exit }' /proc/net/tcp /proc/net/tcp6)
  file=$(find /proc/[0-9]*/fd -lname "socket:\\[${inode:-none}\\]" -print -quit 2>/dev/null)
  pid=${file#/proc/} pid=${pid%%/*}
  if [[ -n $pid ]]; then echo "$(<"/proc/$pid/comm") ($pid)"; else echo "somebody else"; fi
}

runClient() {
  local host=${1-} port=${2-} seconds=${3-} streams=${4:-1} try report code error figure
  if (($# < 3 || $# > 4)); then
    startUsage
    return
  fi
  # Between two tests the server is away for a moment.
  for try in {1..10}; do
    report=$(iperf3 -c "$host" -p "$port" -t "$seconds" -P "$streams" -J)
    code=$?
    # With -J, iperf3 puts its errors into the report, and may return 0 all the same.
    error=$(sed -n 's/^[[:space:]]*"error":[[:space:]]*"\(.*\)",\{0,1\}$/\1/p' <<<"$report")
    if ! [[ $try -lt 10 && $error == *@(refused|busy)* ]]; then break; fi
    sleep 0.2
  done
  if [[ -n $error ]]; then
    echo "iperf3 to $host, port $port: $error" >&2
    return 1
  fi
  ((code == 0)) || return "$code"
  if ! figure=$(formatThroughput <<<"$report"); then
    echo "the report of iperf3 has no throughput" >&2
    return 1
  fi
  update "$figure"
}

# Reads what `iperf3 -J` prints, one key a line; says what arrived at the other end: end.sum_received.bits_per_second.
formatThroughput() {
  LC_ALL=C awk -F: '
    /"sum_received"/ { inside = 1 }
    inside && /"bits_per_second"/ { rate = $2 + 0; found = 1; inside = 0 }
    END {
      if (!found) exit 1
      if (rate >= 999.95e6) printf "%.2f Gbit/s\n", rate / 1e9
      else printf "%.1f Mbit/s\n", rate / 1e6
    }'
}

stopFunction() {
  local port
  case $* in
    "") for port in "${!SERVERS[@]}"; do stopServer "$port"; done ;;
    "SERVER "[0-9]*) stopServer "$2" ;;
    *)
      echo "usage: STOP | STOP SERVER <port>" >&2
      return 2
      ;;
  esac
}

# A server that is gone already is as good as one that was ended, and one that was never started.
stopServer() {
  local port=$1 tries=20
  [[ -n ${SERVERS[$port]-} ]] || return 0
  kill -KILL -- "-${SERVERS[$port]}" 2>/dev/null
  wait "${SERVERS[$port]}" 2>/dev/null
  unset "SERVERS[$port]"
  # Until the system has taken its port away.
  while wait_port "$port" 0 && ((tries-- > 0)); do sleep 0.05; done
}
