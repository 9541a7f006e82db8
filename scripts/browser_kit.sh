# What `scripts/browser-tests`, `scripts/screenshots` and `scripts/bench-gallery` need: Chromium, the
# modules of tests/browser, the program. They read it with `source`, in the folder of the project.

# Ends the script, with what to do.
give_up() {
    echo "${0##*/}: $*" >&2
    exit 1
}

# Sets CHROMIUM to a browser that is installed.
find_chromium() {
    local name
    for name in "${CHROMIUM:-}" chromium chromium-browser google-chrome; do
        if [[ -n $name ]] && CHROMIUM="$(command -v "$name")"; then
            export CHROMIUM
            return
        fi
    done
    give_up "there is no Chromium; install it (Debian: apt-get install chromium fonts-dejavu-core), or set CHROMIUM"
}

# Installs what the lock file names, unless that has been done.
install_modules() {
    local folder=tests/browser
    command -v npm >/dev/null || give_up "npm is missing; install Node.js 20 or newer"
    if ! cmp -s "$folder/package-lock.json" "$folder/node_modules/.installed"; then
        npm ci --loglevel=error --prefix "$folder" >/dev/null
        cp "$folder/package-lock.json" "$folder/node_modules/.installed"
    fi
}

# Sets PROGRAM to the one that was given, or to one of these sources: `debug` or `release`.
find_program() {
    local profile="$1"
    PROGRAM="${2:-${CARGO_TARGET_DIR:-target}/$profile/pyfa}"
    if [[ -z ${2:-} ]] && { [[ ! -x $PROGRAM ]] || [[ -n "$(find Cargo.lock src crates profiles sample -newer "$PROGRAM" -type f -print -quit)" ]]; }; then
        cargo build --quiet --workspace --bin pyfa --bin fake-archive --profile "${profile/debug/dev}"
    fi
    [[ -x $PROGRAM ]] || give_up "there is no program $PROGRAM"
    PROGRAM="$(realpath "$PROGRAM")"
}
