#!/bin/sh
# Removes what install.sh installed, and nothing else. Projects and settings stay.
#
#   PREFIX/share/benchtop/uninstall.sh [--prefix DIRECTORY]

set -eu

here=$(cd "$(dirname "$0")" && pwd)
prefix=$(cd "$here/../.." && pwd)
case ${1:-} in
"") ;;
--prefix)
    [ $# -eq 2 ] || { echo "--prefix needs a directory" >&2; exit 2; }
    prefix=$2
    ;;
*)
    echo "usage: $0 [--prefix DIRECTORY]" >&2
    exit 2
    ;;
esac
list=$prefix/share/benchtop/installed-files
if [ ! -f "$list" ]; then
    echo "$list is not there: nothing was installed under $prefix" >&2
    exit 1
fi

# The list itself is removed last, with this script, so it is read as a whole first.
files=$(cat "$list")
printf '%s\n' "$files" | while IFS= read -r file; do
    rm -f "$prefix/$file"
    # Folders that are empty now go too, up to the prefix.
    folder=$(dirname "$file")
    while [ "$folder" != . ]; do
        rmdir "$prefix/$folder" 2>/dev/null || break
        folder=$(dirname "$folder")
    done
done
update-desktop-database "$prefix/share/applications" 2>/dev/null || true
update-mime-database "$prefix/share/mime" 2>/dev/null || true
gtk-update-icon-cache -q -t "$prefix/share/icons/hicolor" 2>/dev/null || true
echo "Removed from $prefix."
