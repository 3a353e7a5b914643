#!/bin/sh
# Installs Benchtop from the folder this script lies in.
#
#   ./install.sh [--prefix DIRECTORY]
#
# Into /usr/local for root, otherwise into ~/.local. Says which files it made, keeps the list in
# PREFIX/share/benchtop/installed-files, and puts uninstall.sh beside it.

set -eu

here=$(cd "$(dirname "$0")" && pwd)
id=org.benchtop.Benchtop
if [ "$(id -u)" -eq 0 ]; then
    prefix=/usr/local
else
    prefix=$HOME/.local
fi
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
mkdir -p "$prefix"
prefix=$(cd "$prefix" && pwd)
own=$prefix/share/benchtop
mkdir -p "$own"

# What an earlier version installed goes first.
if [ -f "$own/installed-files" ]; then
    "$here/uninstall.sh" --prefix "$prefix" >/dev/null
    mkdir -p "$own"
fi

list=$own/installed-files
: >"$list"
(cd "$here" && find bin share -type f) | LC_ALL=C sort | while IFS= read -r file; do
    mkdir -p "$prefix/$(dirname "$file")"
    cp -p "$here/$file" "$prefix/$file"
    echo "$file" >>"$list"
done
cp -p "$here/uninstall.sh" "$own/uninstall.sh"
for file in share/benchtop/uninstall.sh share/benchtop/installed-files; do
    echo "$file" >>"$list"
done

# The menu starts this very program, whether or not its folder is on PATH.
desktop=$prefix/share/applications/$id.desktop
sed "s|^Exec=benchtop|Exec=\"$prefix/bin/benchtop\"|" "$desktop" >"$desktop.new"
mv "$desktop.new" "$desktop"

# Menus, file types and icons notice new files by themselves, but sooner when told.
update-desktop-database "$prefix/share/applications" 2>/dev/null || true
update-mime-database "$prefix/share/mime" 2>/dev/null || true
gtk-update-icon-cache -q -t "$prefix/share/icons/hicolor" 2>/dev/null || true

echo "Installed: $prefix/bin/benchtop"
case ":$PATH:" in
*":$prefix/bin:"*) ;;
*) echo "$prefix/bin is not on your PATH; the menu finds the program, a terminal does not." ;;
esac
if command -v ldconfig >/dev/null 2>&1; then
    for library in libX11-xcb.so.1 libXcursor.so.1 libXi.so.6 libxkbcommon-x11.so.0 libvulkan.so.1; do
        ldconfig -p | grep -q "$library" || echo "Not found: $library (the window needs it; see README.txt)"
    done
fi
echo "To remove it: $own/uninstall.sh"
