#!/usr/bin/env bash
# Makes the Linux packages: benchtop_VERSION_ARCH.deb and benchtop-VERSION-ARCH-linux.tar.gz.
#
#   packaging/make_packages.sh                  builds with the profile "dist", then packs
#   packaging/make_packages.sh --binary PATH    packs a program that is built already
#
# They go to target/packages, or CARGO_TARGET_DIR/packages. Needs cargo, python3 (3.11) and dpkg-deb;
# rsvg-convert or ImageMagick for icons in every size. Uses no network once cargo has its crates.
# The same program always gives the same packages, byte for byte.

set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
linux=$root/packaging/linux
id=org.benchtop.Benchtop
target=${CARGO_TARGET_DIR:-$root/target}
out=$target/packages

# Libraries the window opens while it runs; nothing in the program's header names them.
opened_later=(
    libx11-xcb1 libxcursor1 libxi6 libxkbcommon-x11-0 libwayland-client0 libvulkan1
    "mesa-vulkan-drivers | vulkan-icd"
)
recommended="libegl1, xdg-desktop-portal-gtk | xdg-desktop-portal-backend, zenity"

fail() {
    echo "$1" >&2
    exit 1
}

binary=
case ${1:-} in
"") ;;
--binary) binary=${2:?--binary needs a path} ;;
*) fail "Unknown option $1; see the top of $0." ;;
esac

if [ -z "$binary" ]; then
    (cd "$root" && cargo build --profile dist --locked)
    binary=$target/dist/benchtop
fi
[ -x "$binary" ] || fail "$binary is not a program."

version=$(sed -n 's/^version = "\(.*\)"/\1/p' "$root/Cargo.toml" | head -1)
[ -n "$version" ] || fail "No version in Cargo.toml."
grep -q "^benchtop ($version)" "$linux/changelog" ||
    fail "packaging/linux/changelog does not speak of version $version."
grep -q "<release version=\"$version\"" "$linux/$id.metainfo.xml" ||
    fail "packaging/linux/$id.metainfo.xml does not speak of version $version."
architecture=$(dpkg --print-architecture)

# Files get the date of the release, so that packing twice gives the same bytes.
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(date -u -d "$(sed -n 's/^ -- .*>  //p' "$linux/changelog" | head -1)" +%s)}
export SOURCE_DATE_EPOCH

work=$(mktemp -d "${TMPDIR:-/tmp}/benchtop-packages.XXXXXX")
trap 'rm -rf "$work"' EXIT
mkdir -p "$out"

# ---------------------------------------------------------------- what both packages hold

# make_icon SIZE FILE: the icon as a square picture.
make_icon() {
    local size=$1 file=$2
    if [ -f "$root/assets/app-icon.svg" ] && command -v rsvg-convert >/dev/null; then
        rsvg-convert --width "$size" --height "$size" --output "$file" "$root/assets/app-icon.svg"
    elif command -v magick >/dev/null; then
        magick "$root/assets/app-icon.png" -resize "${size}x$size" "$file"
    elif command -v convert >/dev/null; then
        convert "$root/assets/app-icon.png" -resize "${size}x$size" "$file"
    else
        return 1
    fi
}

# The size a PNG has, from its header.
png_size() {
    python3 -c 'import struct, sys; print(struct.unpack(">I", open(sys.argv[1], "rb").read(20)[16:])[0])' "$1"
}

install_icons() {
    local icons=$1/share/icons/hicolor size folder
    for size in 16 24 32 48 64 128 256 512; do
        folder=$icons/${size}x$size/apps
        mkdir -p "$folder"
        if ! make_icon "$size" "$folder/$id.png"; then
            rm -rf "${icons:?}/${size}x$size"
        fi
    done
    if [ ! -d "$icons/256x256" ]; then
        [ -f "$root/assets/app-icon.png" ] || fail "There is neither assets/app-icon.svg nor assets/app-icon.png."
        size=$(png_size "$root/assets/app-icon.png")
        install -Dm644 "$root/assets/app-icon.png" "$icons/${size}x$size/apps/$id.png"
    fi
    if [ -f "$root/assets/app-icon.svg" ]; then
        install -Dm644 "$root/assets/app-icon.svg" "$icons/scalable/apps/$id.svg"
    fi
}

font_licences() {
    find "$root/assets" -iname '*licen[cs]e*.txt' | LC_ALL=C sort | while IFS= read -r file; do
        printf '%s\n%s\n\n' "==== ${file#"$root"/}" "$(cat "$file")"
    done
}

# The tree below /usr, or below the folder a person chooses.
stage() {
    local prefix=$1
    local documents=$prefix/share/doc/benchtop
    install -Dm755 "$binary" "$prefix/bin/benchtop"
    install -Dm644 "$linux/$id.desktop" "$prefix/share/applications/$id.desktop"
    install -Dm644 "$linux/$id.metainfo.xml" "$prefix/share/metainfo/$id.metainfo.xml"
    install -Dm644 "$linux/$id.mime.xml" "$prefix/share/mime/packages/$id.xml"
    install_icons "$prefix"
    install -Dm644 "$linux/copyright" "$documents/copyright"
    # The sample tables are inside the program; where they come from is told here.
    install -Dm644 "$root/sample-data/README.md" "$documents/sample-data.md"
    python3 "$root/packaging/third_party_licences.py" | gzip -9n >"$documents/third-party-licences.gz"
    font_licences | gzip -9n >"$documents/font-licences.gz"
    gzip -9nc "$linux/changelog" >"$documents/changelog.gz"
    chmod 644 "$documents"/*
}

same_dates() {
    find "$1" -exec touch --no-dereference --date="@$SOURCE_DATE_EPOCH" {} +
}

stage "$work/usr"

# ---------------------------------------------------------------- .deb

# Packages of the libraries the program's header names, with the versions they must have.
linked_packages() {
    mkdir -p "$work/shlibs/debian"
    printf 'Source: benchtop\nPackage: benchtop\nArchitecture: any\n' >"$work/shlibs/debian/control"
    if command -v dpkg-shlibdeps >/dev/null; then
        (cd "$work/shlibs" && dpkg-shlibdeps -O "$work/usr/bin/benchtop" 2>/dev/null) |
            sed -n 's/^shlibs:Depends=//p'
    else
        # Without dpkg-dev: the packages that own the libraries, and the C library of this system.
        ldd "$work/usr/bin/benchtop" | awk '$2 == "=>" { print $3 }' | while IFS= read -r library; do
            dpkg-query -S "$(readlink -f "$library")" 2>/dev/null | cut -d: -f1
        done | LC_ALL=C sort -u | sed "s/^libc6\$/libc6 (>= $(dpkg-query -W -f='${Version}' libc6 | cut -d- -f1))/" |
            paste -sd, | sed 's/,/, /g'
    fi
}

make_deb() {
    local tree=$work/deb linked depends package
    mkdir -p "$tree/DEBIAN"
    cp -a "$work/usr" "$tree/usr"
    linked=$(linked_packages)
    [ -n "$linked" ] || fail "The libraries the program is linked with could not be found out."
    depends=$linked
    for package in "${opened_later[@]}"; do
        depends="$depends, $package"
    done
    cat >"$tree/DEBIAN/control" <<CONTROL
Package: benchtop
Version: $version
Section: science
Priority: optional
Architecture: $architecture
Maintainer: The Benchtop authors <noreply@benchtop.invalid>
Installed-Size: $(du -sk "$tree/usr" | cut -f1)
Depends: $depends
Recommends: $recommended
Description: data-science workbench, from a file to a model you can trust
 Benchtop opens a table, shows what is in it, helps to clean it, draws it, and
 learns to predict one of its columns, without writing code. It says how far a
 prediction can be trusted: every score comes with its uncertainty and next to
 what guessing would reach.
 .
 Everything it does on screen can also be done on the command line. Data stay
 on the computer; nothing is sent anywhere.
CONTROL
    (cd "$tree" && find usr -type f -print0 | LC_ALL=C sort -z | xargs -0 md5sum >DEBIAN/md5sums)
    find "$tree" -type d -exec chmod 755 {} +
    same_dates "$tree"
    dpkg-deb --root-owner-group -Zxz --build "$tree" "$out/benchtop_${version}_$architecture.deb" >/dev/null
}

# ---------------------------------------------------------------- .tar.gz

make_archive() {
    local name
    name=benchtop-$version-$(uname -m)-linux
    local tree=$work/$name
    mkdir -p "$tree"
    cp -a "$work/usr/." "$tree/"
    install -m755 "$linux/install.sh" "$linux/uninstall.sh" "$tree/"
    install -m644 "$root/LICENSE-MIT" "$root/LICENSE-APACHE" "$tree/"
    install -m644 "$linux/README.txt" "$tree/README.txt"
    same_dates "$tree"
    tar --sort=name --owner=0 --group=0 --numeric-owner --format=gnu -C "$work" -c "$name" |
        gzip -9n >"$out/$name.tar.gz"
}

make_deb
make_archive
ls -l "$out"
