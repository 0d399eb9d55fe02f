# shellcheck shell=sh
# Starts the agent, after an end of the one that runs: detached from this connection, or by the service manager. What
# follows the values is the text of the service's file. Then it waits for the session that the agent says it has.

install_service() {
  [ "$manager" = "$unit" ] || fail service "there is no $unit there"
  said=$(LC_ALL=C mkdir -p "${unit_file%/*}" 2>&1 && { cat >"$unit_file.new"; } 2>&1) || fail write "$said"
  if [ "$manager" = procd ]; then mode=755; else mode=644; fi
  said=$(LC_ALL=C chmod "$mode" "$unit_file.new" 2>&1 && LC_ALL=C mv -f "$unit_file.new" "$unit_file" 2>&1) || fail write "$said"
  if [ "$manager" = systemd ]; then
    said=$(control_service daemon-reload) || fail service "$said"
    said=$(control_service enable "$service.service") || fail service "$said"
    [ "$uid" = 0 ] || enable_linger
  else
    said=$(control_service enable) || fail service "$said"
  fi
}

# Without it the user's services end with the last login.
enable_linger() {
  name=$(id -un)
  [ -e "/var/lib/systemd/linger/$name" ] && return 0
  loginctl enable-linger "$name" >/dev/null 2>&1 && return 0
  say no-linger "$name"
}

start_detached() {
  starter='nohup'
  if command -v setsid >/dev/null; then starter='setsid'; fi
  # The log is made here, so that nobody else may read it whatever the agent's own mask.
  : >>agent.log || fail write 'agent.log cannot be written'
  (
    umask "$user_mask"
    exec "$starter" sh ./run </dev/null >>agent.log 2>&1
  ) &
  started=$!
}

start_service() {
  : >>agent.log || fail write 'agent.log cannot be written'
  started=
  if [ "$manager" = systemd ]; then
    said=$(control_service restart "$service.service") || fail service "$said"
  else
    said=$(control_service restart) || fail service "$said"
  fi
}

# An agent says its session before it connects.
wait_for_session() {
  tries=75
  while [ "$tries" -gt 0 ]; do
    read_session
    if [ -n "$session" ]; then
      say session "$pid" "$session"
      return 0
    fi
    if [ -n "$started" ] && ! is_ours "$started"; then
      wait "$started"
      say exited $?
      return 0
    fi
    short_sleep
    tries=$((tries - 1))
  done
  say silent
}

cd "$dir" 2>/dev/null || fail write "$dir is not there"
[ "$how" != install ] || install_service
stop_agent
if has_service; then start_service; else start_detached; fi
wait_for_session
[ -n "$session" ] || tell_log 20
say end
