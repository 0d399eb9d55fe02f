#!/bin/sh
# scripts/apt-install.sh PACKAGE...: installs what is missing of these Debian packages; as root, or through sudo.
set -eu

missing=''
for package in "$@"; do
  dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

as_root=''
[ "$(id -u)" -eq 0 ] || as_root=sudo
export DEBIAN_FRONTEND=noninteractive
# shellcheck disable=SC2086 # words on purpose: a list of packages, and a command that may be missing
{
  $as_root apt-get update -q >&2
  $as_root apt-get install -q -y --no-install-recommends $missing >&2
}
