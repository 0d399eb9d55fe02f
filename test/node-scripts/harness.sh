# shellcheck shell=bash
#
# What the agent gives to a node script, with the words on stdout instead of on the broker.

publish_mqtt() { echo "status: $*"; }
update() { echo "update: $*"; }

wait_port() {
  local listening end=$((SECONDS + ${2-10}))
  listening=$(printf ':%04X 0*:0000 0A' "$1")
  until grep -qs "$listening" /proc/net/tcp /proc/net/tcp6; do
    ((SECONDS < end)) || return 1
    sleep 0.05
  done
}

# For the tests: the process group of our server on a port, its iperf3, and how many servers there are.
group() { echo "${SERVERS[$1]}"; }
server() { pgrep -x iperf3 -g "$(group "$1")"; }
countServers() { echo "${#SERVERS[@]}"; }
