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
