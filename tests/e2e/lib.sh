# shellcheck shell=bash disable=SC2034 # what is set here is for the topics
# SPDX-License-Identifier: MIT
#
# What the topics are written with. Run by `machine`, it takes a snapshot, runs the topic, and compares.
set -u
tree=/srv/nslab
binary=$tree/build/nslab
trap : PIPE # nslab may end before it has read all
situation=$E2E_SITUATION
work=$(mktemp -d /srv/work.XXXXXX)

# --- checks ---
pass() { printf 'ok - %s\n' "$1"; }
# fail NAME [DIAGNOSTICS]
fail() {
    printf 'not ok - %s\n' "$1"
    [ -z "${2:-}" ] || diag "$2"
}
# skip NAME WHY: only for what this machine can't have
skip() {
    if [ "${NSLAB_MUST_WORK:-}" = 1 ]; then fail "$1" "could not be tried: $2"; else printf 'ok - %s # SKIP %s\n' "$1" "$2"; fi
}
diag() { printf '%s\n' "$@" | sed 's/^/#   /'; }

# check NAME COMMAND...: the command's status is the verdict
check() {
    local name=$1 text
    shift
    if text=$("$@" 2>&1); then pass "$name"; else fail "$name" "status $? of: $*"$'\n'"$text"; fi
}
# is NAME GOT WANTED
is() {
    if [ "$2" = "$3" ]; then pass "$1"; else fail "$1" "got:    $2"$'\n'"wanted: $3"; fi
}
# has NAME TEXT GLOB: somewhere in the text
has() {
    # shellcheck disable=SC2053 # a glob
    if [[ $2 == *$3* ]]; then pass "$1"; else fail "$1" "not there: $3"$'\n'"in:"$'\n'"$(head -c 3000 <<<"$2")"; fi
}

# wait_for SECONDS COMMAND...: until it succeeds
wait_for() {
    local end=$((${EPOCHREALTIME/./} + ${1/./} * 1000000))
    shift
    until "$@"; do
        [ "${EPOCHREALTIME/./}" -lt "$end" ] || return 1
        sleep 0.02
    done
}

# --- the situations ---
user_env=("PATH=$PATH" TERM=dumb LANG=C.UTF-8)
for name in ASAN_OPTIONS UBSAN_OPTIONS LSAN_OPTIONS http_proxy https_proxy no_proxy; do
    [ -z "${!name:-}" ] || user_env+=("$name=${!name}")
done
# become SITUATION: sets `as`, the words in front of a command
become() {
    local range=(setpriv --reuid=58001 --regid=58001 --clear-groups env -i "${user_env[@]}" HOME=/srv/home/range USER=e2e-range)
    local none=(setpriv --reuid=58002 --regid=58002 --clear-groups env -i "${user_env[@]}" HOME=/srv/home/none USER=e2e-none)
    case $1 in
    root | all | empty) as=(env -i "${user_env[@]}" HOME=/root USER=root) data=/var/lib/nslab home=/root ;;
    range) as=("${range[@]}") data=/srv/home/range/.local/share/nslab home=/srv/home/range ;;
    none) as=("${none[@]}") data=/srv/home/none/.local/share/nslab home=/srv/home/none ;;
    unshare)
        as=("${none[@]}" unshare -Urpfm --mount-proc --kill-child)
        data=/srv/home/none/.local/share/nslab home=/srv/home/none
        ;;
    esac
}
become "$situation"

# In `unshare`, every command gets namespaces of its own, which end with it. After this they all run in the same ones,
# which stay: what nslab leaves behind in them is seen. Their PID 1 is a shell, and reaps as one.
keep_namespaces() {
    [ "$situation" = unshare ] || return 0
    "${as[@]}" bash -c 'sleep infinity & wait' &
    keeper=$!
    disown
    wait_for 5 pgrep -x sleep >/dev/null
    become none
    as+=(nsenter -t "$(ps -o ppid= -C sleep | tr -d ' ')" -U -p -m --preserve-credentials)
}
end_namespaces() { [ -z "${keeper:-}" ] || kill -KILL "$keeper"; }

# nslab ARGUMENTS...: in the situation. SIGTERM is Ctrl-C to it, so that a second signal follows.
nslab() { "${as[@]}" timeout -k 2 "${limit:-20}" "$binary" "$@"; }

# call COMMAND...: sets status, out, err
call() {
    "$@" >"$work/out" 2>"$work/err"
    status=$?
    out=$(tr -d '\0' <"$work/out") err=$(tr -d '\0' <"$work/err")
}
shown() { printf 'status %s\nout:\n%s\nerr:\n%s' "$status" "$(head -c 3000 <<<"$out")" "$(head -c 3000 <<<"$err")"; }

# try NAME STATUS GLOB LINE...: nslab with these lines ends with the status, and the glob is in what it says
try() {
    local name=$1 wanted=$2 glob=$3 arguments=() line
    shift 3
    for line; do arguments+=(-c "$line"); done
    call nslab "${arguments[@]}"
    # shellcheck disable=SC2053 # a glob
    if [ "$status" = "$wanted" ] && [[ $out$'\n'$err == *$glob* ]]; then
        pass "$name"
    else
        fail "$name" "wanted status $wanted and: $glob"$'\n'"$(shown)"
    fi
}

# --- processes ---
# ours PID: the nslab that was started through it (timeout, unshare): the first process of that program below it
below() {
    local pid=$1 child
    if [ "$(readlink "/proc/$pid/exe")" = "$binary" ]; then
        echo "$pid"
        return 0
    fi
    for child in $(ps -o pid= --ppid "$pid"); do below "$child" && return 0; done
    return 1
}
find_nslab() { nslab_pid=$(below "$1"); }
# The init of its lab host: the first process below it that is PID 1 of another PID namespace.
init_below() {
    local child
    for child in $(ps -o pid= --ppid "$1"); do
        if [[ "$(grep NSpid "/proc/$child/status" 2>/dev/null)" == NSpid:*[[:space:]]1 ]] &&
            [ "$(readlink "/proc/$child/ns/pid")" != "$(readlink "/proc/$nslab_pid/ns/pid")" ]; then
            echo "$child"
            return 0
        fi
        init_below "$child" && return 0
    done
    return 1
}
find_init() { init_pid=$(init_below "$nslab_pid"); }

# All but the harness: `ps` itself and the line of its ancestors.
processes() {
    ps -e -o pid=,ppid=,args= >"$work/ps"
    awk -v self="$BASHPID" '
        {pid = $1; parent[pid] = $2; $1 = $2 = ""; args[pid] = $0}
        END {
            for (p = self; p; p = parent[p]) delete args[p]
            for (p in args) if (args[p] !~ /^ *ps -e -o pid=,ppid=,args=/) print p, args[p]
        }' "$work/ps" | sort -n
}

# --- a session: nslab that reads lines from a pipe while the test goes on ---
session_start() {
    rm -f "$work/lines"
    mkfifo "$work/lines"
    : >"$work/said"
    limit=60 nslab "$@" <"$work/lines" >"$work/said" 2>&1 &
    session=$!
    exec 8>"$work/lines"
}
say() { printf '%s\n' "$@" >&8; }
said() {
    # shellcheck disable=SC2053 # a glob
    [[ $(<"$work/said") == *$1* ]]
}
# says NAME GLOB [SECONDS]: it comes
says() {
    if wait_for "${3:-10}" said "$2"; then pass "$1"; else fail "$1" "never said: $2"$'\n'"$(tail -c 2000 "$work/said")"; fi
}
# Sets status.
session_end() {
    exec 8>&-
    wait "$session"
    status=$?
}

# --- the machine, before and after ---
alive() {
    echo "== processes"; processes
    echo "== mounts"; cat /proc/self/mountinfo
    echo "== links"; ip -o link; ip -o addr; ip route
    echo "== listening"; awk '$4 == "0A" {print $2}' /proc/net/tcp /proc/net/tcp6
    echo "== sockets"; awk 'NF > 7 {print $8}' /proc/net/unix | grep nslab
    echo "== nft"; nft list tables
}
# The image's shifted copy is a cache that --userns remap makes once, beside the image; history, workbook and what the
# doctor saw last are to stay.
files() {
    find /tmp /run /dev/shm /dev/mqueue /var/lib/nslab /srv/home /srv/etc /root \
        -path '*/images/nginx/shifted' -prune -o -not -path '*/.cache' -not -path '*/.cache/nslab' -not -path '*/.cache/nslab/doctor' \
        -not -name .nslab_history -not -name history -not -name 'workbook*.yaml*' \
        \( -type d -printf '%p %y %m %U:%G\n' -o -printf '%p %y %m %U:%G %s %T@ %l\n' \) 2>/dev/null | sort
}
# Cgroups are the whole machine's: others may go meanwhile, but none may come.
cgroups() { find /sys/fs/cgroup -type d 2>/dev/null | sort; }

remember() {
    alive >"$work/alive"
    files >"$work/files"
    cgroups >"$work/cgroups"
}
same_alive() {
    alive >"$work/alive.now"
    cmp -s "$work/alive" "$work/alive.now"
}
same_files() {
    files >"$work/files.now"
    cgroups | comm -13 "$work/cgroups" - >"$work/cgroups.new"
    cmp -s "$work/files" "$work/files.now" && [ ! -s "$work/cgroups.new" ]
}
as_before() { same_alive && same_files; }
what_is_left() {
    {
        diff "$work/alive" "$work/alive.now"
        [ ! -e "$work/files.now" ] || diff "$work/files" "$work/files.now"
        cat "$work/cgroups.new" 2>/dev/null
    } | head -n 40
}
# nothing_left NAME: within a second
nothing_left() {
    if wait_for 1 as_before; then pass "$1"; else fail "$1" "$(what_is_left)"; fi
}

if [ "${BASH_SOURCE[0]}" = "$0" ]; then
    cd "$tree" || exit 1
    remember
    # shellcheck source=/dev/null
    . "tests/e2e/$E2E_TOPIC.sh"
    nothing_left "leaves the machine as it was: processes, mounts, links, sockets, nft, cgroups, files"
    echo E2E-END
fi
