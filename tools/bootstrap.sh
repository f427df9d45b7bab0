#!/bin/sh
# Makes .venv with a fitting Python and installs a requirements file, each only when needed.
#
#   sh tools/bootstrap.sh requirements.txt
#
# The newest python3.x on the path from 3.11 to 3.14 that really runs is taken; PYTHON= names another one.
# Each failure is one clear line on stderr and exit status 1.
set -u

OLDEST=11
NEWEST=14
VENV=.venv
requirements=${1:?usage: sh tools/bootstrap.sh REQUIREMENTS_FILE}

fail() {
    echo "$*" >&2
    exit 1
}

# The version of a Python as "3.12", nothing when it does not run.
version_of() {
    "$1" -c 'import sys; print("%d.%d" % tuple(sys.version_info[:2]))' 2>/dev/null
}

# Whether a version is one that the product runs on.
fits() {
    case $1 in
        3.*) [ "${1#3.}" -ge "$OLDEST" ] && [ "${1#3.}" -le "$NEWEST" ] ;;
        *) return 1 ;;
    esac
}

misfit() {
    case $1 in
        2.* | 3.[0-9] | 3.10) echo "too old" ;;
        *) echo "too new" ;;
    esac
}

needs="Valor IVX needs Python 3.$OLDEST to 3.$NEWEST"

# Sets $python and $version: what PYTHON= names, or the newest one on the path that fits.
choose_python() {
    if [ -n "${PYTHON:-}" ]; then
        python=$PYTHON
        version=$(version_of "$python")
        [ -n "$version" ] || fail "PYTHON=$python does not run: name a Python 3.$OLDEST to 3.$NEWEST."
        fits "$version" || fail "$needs; PYTHON=$python is Python $version, which is $(misfit "$version")."
        return
    fi
    misfits=
    for python in python3.14 python3.13 python3.12 python3.11 python3 python; do
        version=$(version_of "$python")
        [ -n "$version" ] || continue
        fits "$version" && return
        misfits="$misfits, $python is Python $version ($(misfit "$version"))"
    done
    [ -n "$misfits" ] || fail "$needs, and no Python was found on the path: install one, or name it with PYTHON=."
    fail "$needs, but ${misfits#, }: install one that fits, or name it with PYTHON=."
}

# A .venv that works is kept, unless PYTHON= asks for another version than it was made with.
venv_is_good() {
    [ -x "$VENV/bin/python" ] || return 1
    "$VENV/bin/python" -c 'import pip' 2>/dev/null || return 1
    current=$(version_of "$VENV/bin/python")
    fits "$current" || return 1
    [ -z "${PYTHON:-}" ] || [ "$(version_of "$PYTHON")" = "$current" ]
}

make_venv() {
    choose_python
    "$python" -c 'import venv, ensurepip' 2>/dev/null ||
        fail "Python $version ($python) lacks its venv module: install it" \
            "(Debian, Ubuntu: sudo apt install python$version-venv), or name another Python with PYTHON=."
    { mkdir -p "$VENV" && touch "$VENV/.writable"; } 2>/dev/null ||
        fail "The folder $(pwd) can't be written: .venv is made there. Change its permissions, or clone elsewhere."
    echo "Making .venv with Python $version ..."
    log=$("$python" -m venv --clear "$VENV" 2>&1) ||
        fail "Python $version ($python) can't make .venv: $(echo "$log" | tail -n 1)"
}

# What is installed is remembered as a copy of the files themselves, with those they include.
wanted() {
    cat "$1"
    for included in $(sed -n 's/^-r *//p' "$1"); do
        wanted "$included"
    done
}

install() {
    stamp=$VENV/installed-$1
    [ -f "$stamp" ] && [ "$(wanted "$1")" = "$(cat "$stamp")" ] && return
    rm -f "$stamp"
    echo "Installing $1 (a minute at most, the first time) ..."
    "$VENV/bin/python" -m pip install -qq --disable-pip-version-check --no-input -r "$1" ||
        fail "Installing $1 failed: see the lines above; is the package index within reach?"
    wanted "$1" >"$stamp" || fail "The folder $(pwd)/$VENV can't be written."
    # What includes requirements.txt has installed it, too.
    [ -z "$(sed -n 's/^-r *//p' "$1")" ] || cat requirements.txt >"$VENV/installed-requirements.txt"
}

[ -z "${PYTHON:-}" ] || choose_python
venv_is_good || make_venv
install "$requirements"
