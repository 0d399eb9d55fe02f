#!/bin/sh
#
# The node script for nodes that have no bash, such as a router with OpenWrt: put them into a group `openwrt`. What
# node-scripts/default/functions.sh does with iperf3, as far as plain sh can.
#
#   START SERVER <port>                             starts a server for one client at a time; STARTED as soon as its port listens;
#                                                   what it prints goes to /tmp/iperf3.<port>.log
#   START CLIENT <host> <port> <seconds> [streams]  measures, and says RESULT with what arrived; STARTED when it is over
#   STOP                                            ends all servers
#   STOP SERVER <port>                              ends that one
#
# The first line has it run by sh also where there is a bash.

# Process groups of servers: `port:group `, one behind the other.
SERVERS=''

startFunction() {
  case ${1-}/$# in
    SERVER/2) start_server "$2" ;;
    CLIENT/4 | CLIENT/5) run_client "$2" "$3" "$4" "${5:-1}" ;;
    *)
      echo 'usage: START SERVER <port> | START CLIENT <host> <port> <seconds> [streams]' >&2
      return 2
      ;;
  esac
}

stopFunction() {
  case "$*" in
    '') for server in $SERVERS; do stop_server "${server%:*}"; done ;;
    'SERVER '[0-9]*) stop_server "$2" ;;
    *)
      echo 'usage: STOP | STOP SERVER <port>' >&2
      return 2
      ;;
  esac
}

start_server() {
  # What an earlier run left here. Other people's servers are left alone.
  stop_server "$1"
  wait_port "$1" 0
  case $? in
    0)
      echo "port $1 is in use by somebody else" >&2
      return 1
      ;;
    2) return 2 ;;
  esac
  : >"/tmp/iperf3.$1.log"
  # One iperf3 for each test, so that what goes wrong in one is over with it. In a group of its own, to be ended at once.
  # shellcheck disable=SC2016 # for the inner shell
  setsid sh -c 'while :; do iperf3 -s -1 -p "$1" --forceflush || sleep 1; done' server "$1" >>"/tmp/iperf3.$1.log" 2>&1 &
  SERVERS="$SERVERS$1:$! "
  if ! wait_port "$1" 5; then
    echo "iperf3 did not listen on port $1 within 5 s: $(tail -n 1 "/tmp/iperf3.$1.log")" >&2
    stop_server "$1"
    return 1
  fi
}

# One that is gone already is as good as one that was ended.
stop_server() {
  kept=''
  for server in $SERVERS; do
    if [ "${server%:*}" = "$1" ]; then kill -s KILL "-${server#*:}" 2>/dev/null; else kept="$kept$server "; fi
  done
  SERVERS=$kept
}

run_client() {
  report=$(iperf3 -c "$1" -p "$2" -t "$3" -P "$4" -J)
  code=$?
  # With -J, iperf3 puts its errors into the report, and may return 0 all the same.
  error=$(printf '%s\n' "$report" | sed -n 's/^[[:space:]]*"error":[[:space:]]*"\(.*\)",\{0,1\}$/\1/p')
  if [ -n "$error" ]; then
    echo "iperf3 to $1, port $2: $error" >&2
    return 1
  fi
  [ "$code" -eq 0 ] || return "$code"
  publish_mqtt "RESULT $(printf '%s\n' "$report" | format_throughput)"
}

# What arrived at the other end, of what `iperf3 -J` prints, one key a line.
format_throughput() {
  LC_ALL=C awk -F: '
    /"sum_received"/ { inside = 1 }
    inside && /"bits_per_second"/ { rate = $2 + 0; inside = 0 }
    END {
      if (rate >= 999.95e6) printf "%.2f Gbit/s\n", rate / 1e9
      else printf "%.1f Mbit/s\n", rate / 1e6
    }'
}
