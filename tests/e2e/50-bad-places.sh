# shellcheck shell=bash disable=SC2154,SC2016 # $@ is for inner shells
# SPDX-License-Identifier: MIT
#
# Places where something is missing: each is named, with its cause and what to do, as `unsupported` and status 4; no
# crash, and nothing is left.
# situations: all
# network: own

become none
none=("${as[@]}")
become range
range=("${as[@]}")
become root
root=("${as[@]}")

# unsupported NAME CAUSE TEXT HINT: verify in this place; TEXT is in what was observed, HINT in the remedy
unsupported() {
    call nslab verify pid --format json
    is "$1: status" "$status" 4
    is "$1: nothing passes, nothing fails, and the cause is named" \
        "$(jq -c '[.totals.pass, .totals.fail, ([.labs[].steps[].expectations[].cause] | unique)]' <<<"$out")" "[0,0,[\"$2\"]]"
    has "$1: says what is the matter" "$(jq -r '.labs[0].steps[0].expectations[0].observed' <<<"$out")" "$3"
    has "$1: says what to do" "$(jq -r '.labs[0].steps[0].expectations[0].hint' <<<"$out")" "$4"
    [ "$status" = 4 ] || diag "$(shown)"
    call nslab verify pid --require-all
    is "$1: with --require-all, status 1" "$status" 1
    same_alive || fail "$1: nothing is left" "$(what_is_left)"
}
# passes NAME
passes() {
    call nslab verify pid
    is "$1: verify passes" "$status" 0
    [ "$status" = 0 ] || diag "$(shown)"
}

# --- settings that forbid namespaces ---
for type in user pid mnt net uts ipc; do
    as=("${none[@]}" unshare -Ur sh -c "echo 0 >/proc/sys/user/max_${type}_namespaces; exec \"\$@\"" sh)
    unsupported "no $type namespaces" "$type" "user.max_${type}_namespaces is 0" sysctl
    try "no $type namespaces: a line says it too" 125 "user.max_${type}_namespaces is 0" 'run nginx true'
done

# --- ids ---
as=("${range[@]}" PATH=/srv/none)
mkdir /srv/none
ln -s "$(command -v timeout)" /srv/none/timeout
passes "PATH without newuidmap"
mount --bind /srv/none /usr/bin/newuidmap 2>/dev/null || mount --bind /dev/null /usr/bin/newuidmap
as=("${range[@]}")
passes "newuidmap unusable"
try "newuidmap unusable: what needs a second id says why" 125 "newuidmap" 'run --rm -u 33 nginx id'
umount /usr/bin/newuidmap
rm -r /srv/none
as=("${range[@]}" setpriv --no-new-privs)
passes "no_new_privs"
# what the need's own remedy suggests, to install and to allot, would not help here
outside='single id*Run nslab outside that user namespace.'
as=("${range[@]}" unshare -Ur)
try "unshare -Ur: what needs a second id says what helps" 125 "$outside" 'run --rm -u 33 nginx id'
try "unshare -Ur: --userns remap too" 125 "$outside" 'run --userns remap nginx true'
call nslab verify user --format json
is "unshare -Ur: and a whole lab's every unsupported line" \
    "$(jq -r '[.labs[].steps[].expectations[] | select(.cause == "subids") | .hint] | unique[]' <<<"$out")" \
    "Run nslab outside that user namespace."
as=("${none[@]}")
try "no line in /etc/subuid: what needs a second id says why" 125 "/etc/subuid" 'run --rm -u 33 nginx id'
cp -a /etc/subuid /etc/subgid "$work"
echo 'e2e-none:958100000:1000' | tee -a /etc/subuid >>/etc/subgid
passes "a range that is too small"
try "a range that is too small: says so" 125 "too small" 'run --rm -u 33 nginx id'
cp -a "$work/subuid" "$work/subgid" /etc
# decided by rights, not by uid: as root of a container without CAP_SYS_ADMIN
as=(setpriv --bounding-set -sys_admin --inh-caps -sys_admin "${root[@]}")
passes "uid 0 without CAP_SYS_ADMIN"
try "uid 0 without CAP_SYS_ADMIN: the lab's root is another uid of the machine" 2 "core_pattern: Permission denied" \
    "host sh -c ': >>/proc/sys/kernel/core_pattern'"

# --- /proc, roots, filters, limits ---
for who in root range none; do
    declare -n words=$who
    as=(unshare -m sh -c 'mount --bind /dev/null /proc/timer_list && exec "$@"' sh "${words[@]}")
    unsupported "masked /proc, as $who" proc "/proc" unmask
    jail='mount -t tmpfs jail /mnt && cd /mnt && for d in usr proc srv dev sys var etc; do mkdir $d; mount --rbind /$d $d; done
        for d in bin sbin lib lib64; do ln -s usr/$d $d; done; mkdir tmp root run; exec chroot . "$@"'
    as=(unshare -m sh -c "$jail" sh "${words[@]}")
    unsupported "in a chroot, as $who" user "Operation not permitted" chroot
    as=("${words[@]}" "$tree/tests/e2e/deny-namespaces")
    if "${as[@]}" true 2>/dev/null; then
        unsupported "a seccomp filter, as $who" user seccomp "seccomp=unconfined"
    else
        skip "a seccomp filter, as $who" "no numbers of system calls for this processor"
    fi
    unset -n words
done

for limit_on in 'ulimit -n 8' 'ulimit -n 14' 'ulimit -n 20' 'ulimit -n 26' 'ulimit -u 2' 'ulimit -u 5' 'ulimit -f 0'; do
    # the leak sanitizer, where nslab is built with it, needs a process of its own at the end
    call "${none[@]}" bash -c "export ASAN_OPTIONS=\$ASAN_OPTIONS:detect_leaks=0; $limit_on; exec timeout -k 2 20 \"\$@\"" sh "$binary" -c 'run --rm nginx true' \
        -c 'run --rm nginx true' >"$work/limited"
    # 126 is timeout's that could not fork
    if [[ $status =~ ^(0|5|12[5])$ ]]; then pass "$limit_on: no crash"; else fail "$limit_on: no crash" "$(shown)"; fi
    wait_for 1 same_alive || fail "$limit_on: nothing is left" "$(what_is_left)"
done
as=("${none[@]}")
call "${none[@]}" bash -c 'ulimit -n 14; exec "$@"' sh "$binary" -c 'run --rm nginx true'
has "too few descriptors: says so" "$err" "Too many open files"

# --- a port in use ---
session_start
say 'run -d --name web -p 18080:80 nginx'
says "a port in use: nslab holds it" "127.0.0.1:18080->80/tcp"
try "a port in use: names the port and what to do" 125 "port 18080*in use" 'run -d --name web -p 18080:80 nginx'
has "a port in use: names another one" "$err" "-p "
cat >/srv/port.yaml <<'END'
format: nslab/1
id: port
title: A port
summary: One that somebody has.
minutes: 1
requires: [user]
steps:
  - id: publish
    title: Publishing
    do:
      - run -d --name web -p 18080:80 nginx
    expect:
      - id: running
        say: web runs
        see: {container: web, field: status}
        is: running
      - id: answers
        say: it answers
        see: {http: "http://127.0.0.1:18080/", field: status, from: machine}
        is: 200
END
call nslab verify /srv/port.yaml --format json
is "a lab's port in use: verify publishes in a place of its own, and passes" "$status" 0
has "a lab's port in use: and says so" "$(jq -r '.labs[0].steps[0].expectations[1].how' <<<"$out")" \
    "in the network namespace that stands for the machine's"
session_end
rm /srv/port.yaml

# --- no image; homes ---
as=("${none[@]}" NSLAB_DATA_DIR=/srv/none)
unsupported "no image" image "not built" "nslab image build nginx"
try "no image: a line says it too" 125 "nslab image build nginx" 'run nginx true'
check "no image: and makes no directory" test ! -e /srv/none
call nslab image path nginx
is "no image: path has status 1" "$status" 1
as=("${none[@]}" HOME=/nonexistent NSLAB_DATA_DIR=/srv/home/none/.local/share/nslab)
passes "a home that isn't there"
as=("${none[@]}")
chmod 500 /srv/home/none
passes "a read-only home"
chmod 700 /srv/home/none
as=(env -i "${none[@]/env/env}")
passes "an empty environment"
call bash -c 'cd /tmp && mkdir gone && cd gone && rmdir ../gone && exec "$@"' sh "${none[@]}" timeout -k 2 20 "$binary" verify pid
is "a working directory that is gone: verify passes" "$status" 0
call bash -c 'umask 777; exec "$@"' sh "${none[@]}" timeout -k 2 20 "$binary" verify pid
is "umask 777: verify passes" "$status" 0
call bash -c 'trap "" CHLD PIPE INT; exec "$@"' sh "${none[@]}" timeout -k 2 20 "$binary" verify pid
is "signals ignored by the parent: verify passes" "$status" 0

# --- standard streams ---
as=("${none[@]}")
streams() { # streams REDIRECTION ARGUMENTS...
    local redirection=$1
    shift
    call bash -c "\"\$@\" $redirection" sh "${as[@]}" timeout -k 2 20 "$binary" "$@"
}
streams '>/dev/full' verify pid
is "standard output full: verify has status 5" "$status" 5
has "standard output full: and says why" "$err" "No space left on device"
streams '>/dev/full' verify pid --format json
is "standard output full: with --format json too" "$status" 5
streams '>/dev/full' -c ps
is "standard output full: a line has status 5" "$status" 5
has "standard output full: and says why" "$err" "No space left on device"
streams '>/dev/full' --version
is "standard output full: --version too" "$status" 5
streams '>&-' verify pid
is "standard output closed: verify has status 5" "$status" 5
streams '<&- >&- 2>&-' verify pid
is "all closed: status 5" "$status" 5
streams '<&-' -c 'run --rm nginx echo hello'
is "standard input closed" "$status $out" "0 hello"
streams '2>&-' -c "run --rm nginx sh -c 'echo hello; echo there >&2'"
is "standard error closed" "$status $out" "0 hello"
streams '| head -n 1' verify pid
is "a reader that goes away: its line, and no complaint" "$(wc -l <<<"$out") $err" "1 "
streams '| true' -c 'host yes'
is "a reader that goes away ends a command that writes for ever" "$err" ""
