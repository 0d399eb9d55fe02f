# shellcheck shell=sh
# Brings files: what follows the values is a tar archive. Each file takes its place by a rename once all of them are there
# and are what was sent; the manifest is the last one, so that it never speaks of a file that is not there.

command -v tar >/dev/null || fail tools 'tar is missing there'
said=$(LC_ALL=C mkdir -p "$dir" 2>&1) || fail write "$said"
chmod 700 "$dir" 2>/dev/null
rm -rf "$dir"/.new.*
new=$dir/.new.$$
trap 'rm -rf "$new"' EXIT
trap 'exit 1' HUP INT TERM
said=$(LC_ALL=C mkdir "$new" 2>&1) || fail write "$said"
said=$(LC_ALL=C tar -xof - -C "$new" 2>&1) || fail write "$said"

# each_file FUNCTION: calls it with mode, sum and name of each file that was sent.
each_file() {
  rest=$files
  while [ -n "$rest" ]; do
    line=${rest%%"$nl"*}
    rest=${rest#*"$nl"}
    mode=${line%% *}
    line=${line#* }
    "$1" "$mode" "${line%% *}" "${line#* }"
  done
}

verify() {
  [ -f "$new/$3" ] || fail checksum "$3 did not arrive"
  [ "$(sum_of "$new/$3")" = "$2" ] || fail checksum "$3 is not what was sent"
}

put_in_place() {
  said=$(LC_ALL=C chmod "$1" "$new/$3" 2>&1 && LC_ALL=C mv -f "$new/$3" "$dir/$3" 2>&1) || fail write "$said"
}

each_file verify
each_file put_in_place
for each in $obsolete; do rm -f "$dir/$each"; done
if command -v sync >/dev/null; then sync; fi
say end
