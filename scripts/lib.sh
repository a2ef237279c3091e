# shellcheck shell=sh
# Shared by the scripts beside it: lines that say what is being done.
# All goes to standard error, so that standard output stays the result's.

LC_ALL=C
export LC_ALL

# One line a phase; on a terminal it takes the place of the progress shown before it.
say() {
    clear_progress
    printf '%s\n' "$*" >&2
}

die() {
    say "$@"
    exit 1
}

# Shows how far it is, on a terminal only: a log gets no such lines.
progress() {
    [ -t 2 ] || return 0
    printf '\r\033[K%s' "$*" >&2
}

clear_progress() {
    [ -t 2 ] || return 0
    printf '\r\033[K' >&2
}

# watched LOG PROGRESS COMMAND...: runs the command with its output in the file LOG, and shows meanwhile what the
# function PROGRESS prints. `child` is its pid while it runs, so that a trap can end it.
child=
watched() {
    watched_log=$1
    watched_progress=$2
    shift 2
    "$@" >>"$watched_log" 2>&1 </dev/null &
    child=$!
    while [ -t 2 ] && kill -0 "$child" 2>/dev/null; do
        progress "$("$watched_progress")"
        sleep 0.2
    done
    watched_status=0
    wait "$child" || watched_status=$?
    child=
    clear_progress
    return "$watched_status"
}

# For a trap: ends what `watched` runs, which in the background doesn't get Ctrl-C, and ends with this status.
interrupted() {
    trap '' INT TERM HUP
    if [ -n "$child" ]; then
        kill "$child" 2>/dev/null || :
        wait "$child" || :
    fi
    clear_progress
    exit "$1"
}

# What apt says went wrong, the first few lines.
apt_errors() {
    grep '^[EW]: ' "$1" | head -n 4 >&2 || :
}

# With sudo, unless this is root; without a terminal nobody is asked for a password.
as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    elif [ -t 0 ]; then
        sudo "$@"
    else
        sudo -n "$@"
    fi
}
