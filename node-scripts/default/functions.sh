# shellcheck shell=bash
#
# The node script of every node that has none of its own: iperf3 servers and clients.
#
#   START SERVER <port>                             starts a server; STARTED as soon as its port listens; what it
#                                                   prints goes to /tmp/iperf3.<port>.log
#   START CLIENT <host> <port> <seconds> [streams]  measures; STARTED when the measurement is over
#   STOP                                            ends the servers
#
# The agent sources this file into one bash that lives as long as the agent, and gives it publish_mqtt TEXT (a status),
# update TEXT (progress, shown in the Recap) and wait_port PORT SECONDS.

# Process ids of the servers that run.
LAST_PID=""

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
  local port=${1-} pid
  if ! [[ $# -eq 1 && $port =~ ^[0-9]+$ ]]; then
    startUsage
    return
  fi
  if wait_port "$port" 0; then
    echo "something listens on port $port already" >&2
    return 1
  fi
  iperf3 -s -p "$port" --forceflush >"/tmp/iperf3.$port.log" &
  pid=$!
  if ! wait_port "$port" 5; then
    echo "iperf3 did not listen on port $port within 5 s" >&2
    kill "$pid" 2>/dev/null
    return 1
  fi
  LAST_PID="$LAST_PID $pid"
}

runClient() {
  local host=${1-} port=${2-} seconds=${3-} streams=${4:-1} report code error figure
  if (($# < 3 || $# > 4)); then
    startUsage
    return
  fi
  report=$(iperf3 -c "$host" -p "$port" -t "$seconds" -P "$streams" -J)
  code=$?
  # With -J, iperf3 puts its errors into the report, and may return 0 all the same.
  error=$(sed -n 's/^[[:space:]]*"error":[[:space:]]*"\(.*\)",\{0,1\}$/\1/p' <<<"$report")
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

# A server that is gone already is as good as one that was ended. It has nothing to save, and TERM would make it say
# on stderr that it was interrupted.
stopFunction() {
  local pid
  for pid in $LAST_PID; do
    kill -KILL "$pid" 2>/dev/null
    wait "$pid" 2>/dev/null
  done
  LAST_PID=""
}
