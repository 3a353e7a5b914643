#!/usr/bin/env bash
# Checks what make_packages.sh made, in clean folders; ends with "N passed, N failed".
#
#   packaging/check_packages.sh [FOLDER]        the folder of the packages, target/packages if not said
#
# The .deb is unpacked with dpkg-deb -x and the .tar.gz is installed with its own install.sh, both
# into empty folders, and the program is started there without the environment of this shell. What
# it needs of the system comes from this system: a clean folder is not a clean machine. So the
# libraries that it opens only once it runs are looked for in the program and compared with what
# the .deb depends on.

set -uo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
packages=${1:-${CARGO_TARGET_DIR:-$root/target}/packages}
id=org.benchtop.Benchtop
work=$(mktemp -d "${TMPDIR:-/tmp}/benchtop-check.XXXXXX")
trap 'rm -rf "$work"' EXIT

# Without these the window does not open under X11 or Wayland, or nothing is drawn.
required_libraries=(
    libX11.so.6 libX11-xcb.so.1 libXcursor.so.1 libXi.so.6 libxkbcommon.so.0 libxkbcommon-x11.so.0
    libwayland-client.so.0 libvulkan.so.1
)

passed=0
failed=0

# check WHAT COMMAND...: one test; the command's words are shown when it fails.
check() {
    local what=$1
    shift
    if "$@" >"$work/words" 2>&1; then
        passed=$((passed + 1))
        echo "ok      $what"
    else
        failed=$((failed + 1))
        echo "FAILED  $what"
        sed 's/^/        /' "$work/words" | tail -20
    fi
}

# Shown, and neither passed nor failed.
note() {
    echo "        $1"
}

has() {
    command -v "$1" >/dev/null
}

# ---------------------------------------------------------------- running it

# clean HOME COMMAND...: without the environment of this shell.
clean() {
    local home=$1
    shift
    mkdir -p "$home/run"
    chmod 700 "$home/run"
    local driver=()
    [ -n "${VK_DRIVER_FILES:-}" ] && driver=("VK_DRIVER_FILES=$VK_DRIVER_FILES")
    (cd "$home" && env -i PATH=/usr/local/bin:/usr/bin:/bin HOME="$home" LANG=C.UTF-8 \
        XDG_RUNTIME_DIR="$home/run" "${driver[@]}" timeout 180 "$@" </dev/null)
}

smoke_test() {
    local program=$1 home=$2 status=0
    clean "$home" xvfb-run -a -s "-screen 0 1280x800x24" "$program" --smoke-test \
        >"$work/smoke" 2>"$work/smoke-errors" || status=$?
    python3 "$root/tests/judges/read_smoke_test.py" "$status" "$work/smoke" ||
        { cat "$work/smoke-errors"; return 1; }
}

lists_learners() {
    clean "$2" "$1" learners --json >"$work/learners" &&
        python3 -c 'import json, sys; assert json.load(open(sys.argv[1])), "no learners"' "$work/learners"
}

says_its_version() {
    local said
    said=$(clean "$2" "$1" --version) && echo "$said" && [ "$said" = "benchtop $version" ]
}

nothing_missing() {
    local needs
    needs=$(ldd "$1") || return 1
    echo "$needs"
    ! grep -q 'not found' <<<"$needs"
}

run_it() {
    local name=$1 program=$2 home=$3
    check "$name: every library the header names is found" nothing_missing "$program"
    check "$name: benchtop --version" says_its_version "$program" "$home"
    check "$name: benchtop learners --json" lists_learners "$program" "$home"
    if has xvfb-run; then
        check "$name: the window opens and draws" smoke_test "$program" "$home"
    else
        note "xvfb-run is not installed: the window was not opened"
    fi
}

# ---------------------------------------------------------------- the tree below /usr

icons_have_their_size() {
    local icons=$1/share/icons/hicolor file size wanted found=0
    for file in "$icons"/*x*/apps/"$id".png; do
        [ -f "$file" ] || continue
        found=$((found + 1))
        wanted=$(basename "$(dirname "$(dirname "$file")")")
        size=$(python3 -c 'import struct, sys
print("%dx%d" % struct.unpack(">II", open(sys.argv[1], "rb").read(24)[16:]))' "$file")
        echo "$file $size"
        [ "$size" = "$wanted" ] || return 1
    done
    [ "$found" -ge 1 ]
}

icons_in_all_sizes() {
    local size
    for size in 16 32 48 128 256 512; do
        [ -f "$1/share/icons/hicolor/${size}x$size/apps/$id.png" ] || { echo "no icon of $size pixels"; return 1; }
    done
}

project_files_have_a_type() {
    cp -r "$1/share/mime" "$work/mime" && update-mime-database "$work/mime" &&
        grep -q 'application/x-benchtop-project:\*.benchtop' "$work/mime/globs"
}

documents_are_there() {
    local name
    for name in copyright changelog.gz sample-data.md third-party-licences.gz font-licences.gz; do
        [ -s "$1/share/doc/benchtop/$name" ] || { echo "no $name"; return 1; }
    done
    gzip -t "$1"/share/doc/benchtop/*.gz
}

check_tree() {
    local name=$1 tree=$2
    if has desktop-file-validate; then
        check "$name: desktop-file-validate" desktop-file-validate "$tree/share/applications/$id.desktop"
    else
        note "desktop-file-validate is not installed"
    fi
    if has appstreamcli; then
        check "$name: appstreamcli validate" appstreamcli validate --no-net "$tree/share/metainfo/$id.metainfo.xml"
    else
        note "appstreamcli is not installed"
    fi
    if has update-mime-database; then
        check "$name: *.benchtop has a type" project_files_have_a_type "$tree"
        rm -rf "$work/mime"
    else
        note "update-mime-database is not installed"
    fi
    check "$name: icons have the size they say" icons_have_their_size "$tree"
    check "$name: icons in all usual sizes" icons_in_all_sizes "$tree"
    check "$name: licences, changelog and the story of the samples" documents_are_there "$tree"
}

# ---------------------------------------------------------------- what is opened later

# Names of libraries written in the program, which it opens itself.
opened_by() {
    grep -aoE 'lib(X[A-Za-z0-9]*|xkbcommon|wayland|vulkan|EGL|GL|xcb)[A-Za-z0-9-]*\.so\.[0-9]+' "$1" |
        LC_ALL=C sort -u
}

# The package a library comes from on this system.
package_of() {
    local path real
    path=$(ldconfig -p | awk -v name="$1" '$1 == name { print $NF; exit }')
    [ -n "$path" ] || return 1
    real=$(readlink -f "$path")
    for path in "$path" "/usr$path" "${path#/usr}" "$real" "${real#/usr}"; do
        dpkg-query -S "$path" 2>/dev/null | head -1 | cut -d: -f1 && return 0
    done
    return 1
}

# Every package the .deb brings with it, those that others bring included.
brought_along() {
    local depends=$1
    # Versions go, and of several choices the first is taken.
    mapfile -t direct < <(tr ',' '\n' <<<"$depends" | sed 's/|.*//; s/(.*)//; s/ //g' | grep .)
    printf '%s\n' "${direct[@]}"
    apt-cache depends --recurse --installed --no-recommends --no-suggests --no-conflicts \
        --no-breaks --no-replaces --no-enhances "${direct[@]}" 2>/dev/null | grep '^[a-z0-9]' | cut -d: -f1
}

check_opened_later() {
    local program=$1 deb=$2 library package written all
    if ! has apt-cache || ! has ldconfig; then
        note "apt-cache or ldconfig is not installed"
        return
    fi
    all=$(brought_along "$(dpkg-deb -f "$deb" Depends)" | LC_ALL=C sort -u)
    written=$(opened_by "$program")
    for library in "${required_libraries[@]}"; do
        package=$(package_of "$library") || package=
        check "deb: $library (${package:-of no package here}) comes along" \
            grep -qx "${package:-nothing}" <<<"$all"
        grep -qx "$library" <<<"$written" || note "$library is not written in the program; it may be built otherwise now"
    done
    for library in $written; do
        [[ " ${required_libraries[*]} " == *" $library "* ]] && continue
        package=$(package_of "$library") || package=
        if [ -n "$package" ] && grep -qx "$package" <<<"$all"; then
            note "$library (not always needed): $package comes along"
        else
            note "$library (not always needed): ${package:-not on this system}, does not come along"
        fi
    done
}

# ---------------------------------------------------------------- .deb

check_deb() {
    local deb=$1 tree=$work/deb
    echo "== $(basename "$deb"), unpacked into a clean folder"
    check "deb: unpacks" dpkg-deb -x "$deb" "$tree"
    note "$(dpkg-deb -f "$deb" Package Version Architecture Installed-Size | paste -sd' ')"
    note "Depends: $(dpkg-deb -f "$deb" Depends)"
    check "deb: checksums" bash -c "cd '$tree' && dpkg-deb -I '$deb' md5sums | md5sum --quiet -c"
    check "deb: everything belongs to root" bash -c "! dpkg-deb -c '$deb' | grep -v ' root/root '"
    check "deb: nothing outside /usr" bash -c "! ls -A '$tree' | grep -vx usr"
    if has apt-get; then
        # Says no to a dependency that does not exist or cannot be had; installs nothing.
        check "deb: apt-get would install it" apt-get install --simulate -qq --no-install-recommends "$(readlink -f "$deb")"
    fi
    check_tree deb "$tree/usr"
    run_it deb "$tree/usr/bin/benchtop" "$work/deb-home"
    check_opened_later "$tree/usr/bin/benchtop" "$deb"
}

# ---------------------------------------------------------------- .tar.gz

menu_starts_it() {
    local start
    start=$(sed -n 's/^Exec="\(.*\)" %F$/\1/p' "$1/share/applications/$id.desktop")
    echo "$start"
    [ -x "$start" ] && desktop-file-validate "$1/share/applications/$id.desktop"
}

nothing_left() {
    local left
    # What the system's own tools derive from installed files may stay.
    left=$(find "$1" -type f ! -name '*.cache' ! -path '*/share/mime/*')
    echo "$left"
    [ -z "$left" ]
}

check_archive() {
    local archive=$1 unpacked=$work/unpacked prefix=$work/prefix home=$work/archive-home
    echo "== $(basename "$archive"), installed into a clean folder"
    mkdir -p "$unpacked"
    check "tar.gz: unpacks" tar -xzf "$archive" -C "$unpacked"
    local folder
    folder=$(find "$unpacked" -mindepth 1 -maxdepth 1)
    check "tar.gz: install.sh" clean "$home" "$folder/install.sh" --prefix "$prefix"
    check "tar.gz: install.sh once more, over itself" clean "$home" "$folder/install.sh" --prefix "$prefix"
    check "tar.gz: the menu entry starts the installed program" menu_starts_it "$prefix"
    check_tree tar.gz "$prefix"
    run_it tar.gz "$prefix/bin/benchtop" "$home"
    check "tar.gz: uninstall.sh" clean "$home" "$prefix/share/benchtop/uninstall.sh"
    check "tar.gz: nothing is left behind" nothing_left "$prefix"
}

version=$(sed -n 's/^version = "\(.*\)"/\1/p' "$root/Cargo.toml" | head -1)
found=0
for deb in "$packages/benchtop_${version}"_*.deb; do
    [ -f "$deb" ] || continue
    check_deb "$deb"
    found=$((found + 1))
done
for archive in "$packages/benchtop-$version"-*-linux.tar.gz; do
    [ -f "$archive" ] || continue
    check_archive "$archive"
    found=$((found + 1))
done
if [ "$found" -lt 2 ]; then
    echo "FAILED  there are not both packages of version $version in $packages; run packaging/make_packages.sh"
    failed=$((failed + 1))
fi
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
