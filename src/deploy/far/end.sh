# shellcheck shell=sh
# Stops the agent; takes its service away with it, and its folder, when that is asked for. Whoever put them there.

uninstall_service() {
  has_service || return 0
  case $manager in
    systemd) said=$(control_service disable "$service.service") || fail service "$said" ;;
    procd) said=$(control_service disable) || fail service "$said" ;;
  esac
  said=$(LC_ALL=C rm -f "$unit_file" 2>&1) || fail write "$said"
  [ "$manager" != systemd ] || control_service daemon-reload >/dev/null
  say uninstalled
}

stop_agent
case $how in uninstall | remove) uninstall_service ;; esac
if [ "$how" = remove ] && [ -d "$dir" ]; then
  said=$(LC_ALL=C rm -rf "$dir" 2>&1) || fail write "$said"
  rmdir "$parent" 2>/dev/null
  say removed
fi
say end
