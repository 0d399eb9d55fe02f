# shellcheck shell=sh
# Finds out what the host has. Changes nothing.

look_for_node() {
  seen=: count=0
  for each in "$(command -v node)" "$(command -v nodejs)" /usr/local/bin/node /usr/bin/node "$HOME/.local/bin/node" \
    "$HOME"/.nvm/versions/node/*/bin/node "$HOME"/.local/share/fnm/node-versions/*/installation/bin/node \
    "$HOME/.volta/bin/node" "$HOME"/node*/bin/node /opt/*/bin/node /snap/bin/node; do
    case $each in /*) ;; *) continue ;; esac
    case $seen in *":$each:"*) continue ;; esac
    [ -x "$each" ] || continue
    seen=$seen$each:
    version=$("$each" --version 2>/dev/null </dev/null) && say node "$version" "$each"
    count=$((count + 1))
    [ "$count" -lt 12 ] || return 0
  done
}

look_for_tools() {
  bash=$(command -v bash) && say bash "$(bash -c 'echo "$BASH_VERSION"' </dev/null 2>/dev/null)" "$bash"
  for each in mosquitto_sub mosquitto_pub tar setsid; do
    command -v "$each" >/dev/null && say tool "$each"
  done
  if command -v sha256sum >/dev/null || command -v shasum >/dev/null; then say tool sha256sum; fi
}

look_at_place() {
  place=$dir
  while [ ! -e "$place" ]; do
    place=${place%/*}
    [ -n "$place" ] || place=/
  done
  say place "$place"
  if [ -d "$place" ] && [ -w "$place" ]; then say writable; fi
  # shellcheck disable=SC2046 # words
  set -- $(df -Pk "$place" 2>/dev/null | tail -n 1)
  case ${4-} in '' | *[!0-9]*) ;; *) say free "$4" ;; esac
}

look_at_files() {
  [ ! -d "$dir" ] || say folder
  for each in agent.cjs agent.sh functions.sh global.config ca.pem run; do
    if [ -f "$dir/$each" ] && [ -r "$dir/$each" ]; then say file "$(sum_of "$dir/$each") $each"; fi
  done
  [ ! -r "$dir/manifest" ] || sed "s/^/$mark manifest /" "$dir/manifest"
}

look_at_agent() {
  read_session
  if [ -n "$pid" ]; then
    say agent "$pid" "$session"
  else
    # shellcheck disable=SC2046 # numbers
    set -- $(find_others)
    [ $# -eq 0 ] || say agent "$1" -
  fi
  say manager "$manager"
  if has_service; then
    say service "$(sum_of "$unit_file")"
    if [ "$manager" = systemd ] && [ "$(control_service is-active "$service.service")" = active ]; then say active; fi
  fi
}

say uid "$uid"
say user "$(id -un 2>/dev/null)"
say home "$HOME"
say dir "$dir"
say platform "$(uname -sm)"
if [ "$how" = all ]; then
  look_for_node
  look_for_tools
  look_at_place
fi
look_at_files
look_at_agent
[ -z "$lines" ] || tell_log "$lines"
say end
