# shellcheck shell=bash disable=SC2154,SC2016 # $@ is for inner shells
# SPDX-License-Identifier: MIT
#
# nslab doctor: each cause that can be made here is made, and must be named, in the row it belongs to.
# situations: all
# network: own

become none
none=("${as[@]}")
become range
range=("${as[@]}")
become root
root=("${as[@]}")

# doctor: sets status and out, a JSON document
doctor() {
    call nslab doctor --json
    jq -e '.format == "nslab-doctor/1"' <<<"$out" >/dev/null || fail "doctor --json" "$(shown)"
}
row() { jq -r --arg row "$1" '.probes[] | select(.name == $row) | .'"$2" <<<"$out"; }
# finds NAME ROW VERDICT GLOB REMEDY-GLOB: in the row
finds() {
    is "$1: $2 is $3" "$(row "$2" verdict)" "$3"
    has "$1: is named" "$(row "$2" seen)" "$4"
    has "$1: says what to do" "$(row "$2" remedy)" "$5"
}

# --- where all is there ---
ip link set lo up
doctor
is "root: status" "$status" 0
is "root: nothing less, nothing missing" "$(jq -c '[.probes[] | select(.verdict == "less" or .verdict == "missing") | .name]' <<<"$out")" "[]"
is "root: an idmapped mount was made" "$(row idmap verdict)" ok
has "root: the ids" "$(row subids seen)" 1879048192
as=("${range[@]}")
doctor
is "range: status" "$status" 0
has "range: the ids" "$(row subids seen)" "65536 subordinate ids"
as=("${none[@]}")
doctor
is "none: status, something can't be shown" "$status" 4
finds "none" subids less "/etc/subuid has no line for user e2e-none" "usermod --add-subuids"
is "none: the command takes ids that nobody has" "$(row subids fix)" \
    "sudo usermod --add-subuids 958065536-958131071 --add-subgids 958065536-958131071 e2e-none"
is "none: the labs that need it" "$(row subids labs)" "[]"
call nslab doctor
has "none: for people" "$out" 'less '*'subids '*'To do: '*'Labs run here.'
call nslab doctor --fix
is "none: --fix without a terminal: status" "$status" 4
has "none: --fix without a terminal runs nothing" "$out" "They were not run: there is no terminal to ask on."
is "none: and nothing was changed" "$(grep -c e2e-none /etc/subuid)" 0

# --- quotas ---
for type in user pid mnt net uts ipc; do
    as=("${none[@]}" unshare -Ur sh -c "echo 0 >/proc/sys/user/max_${type}_namespaces; exec \"\$@\"" sh)
    doctor
    is "no $type namespaces: status" "$status" 1
    finds "no $type namespaces" "$type" missing "user.max_${type}_namespaces is 0" "sysctl user.max_${type}_namespaces"
    is "no $type namespaces: the command" "$(row "$type" fix)" "sudo sysctl user.max_${type}_namespaces=10000"
done
as=("${none[@]}" unshare -Ur sh -c 'echo 0 >/proc/sys/user/max_cgroup_namespaces; exec "$@"' sh)
doctor
finds "no cgroup namespaces" cgroup less "user.max_cgroup_namespaces is 0" "sysctl user.max_cgroup_namespaces"
as=("${none[@]}" unshare -Ur sh -c 'echo 2 >/proc/sys/user/max_user_namespaces; exec "$@"' sh)
doctor
is "one user namespace and no more: the first is there" "$(row user verdict)" ok
finds "one user namespace and no more" nesting less "No space left" "max_user_namespaces"
as=("${none[@]}" unshare -Ur sh -c 'echo 0 >/proc/sys/user/max_net_namespaces; exec "$@"' sh)
doctor
is "without network namespaces links aren't tried" "$(row veth seen)" "not tried: net comes first"

# --- ids ---
as=("${range[@]}")
mount --bind /dev/null /usr/bin/newuidmap
doctor
finds "newuidmap gone" subids less "newuidmap is not installed" "uidmap"
has "newuidmap gone: the command of this distribution" "$(row subids fix)" "sudo apt-get install -y uidmap"
umount /usr/bin/newuidmap
as=(unshare -m sh -c 'mount --bind /usr /usr && mount -o remount,bind,nosuid /usr && exec "$@"' sh "${range[@]}")
doctor
finds "/usr with nosuid" subids less "on a mount with nosuid" "sudo"
as=("${range[@]}" setpriv --no-new-privs)
doctor
finds "no_new_privs" subids less "no_new_privs is set" "without it"
has "no_new_privs: is a row too" "$(row seccomp seen)" "no_new_privs is set"
as=(setpriv --bounding-set -sys_admin "${range[@]}")
doctor
finds "a bounding set without CAP_SYS_ADMIN" subids less "lacks CAP_SYS_ADMIN" "sudo"
as=("${none[@]}" unshare -Ur)
doctor
finds "in a user namespace of one id" subids less "a user namespace of a single id" "outside that user namespace"

# --- filters, roots, /proc ---
for who in root none; do
    declare -n words=$who
    as=("${words[@]}" "$tree/tests/e2e/deny-namespaces")
    doctor
    is "a seccomp filter, as $who: status" "$status" 1
    finds "a seccomp filter, as $who" user missing "a seccomp filter is in force" "seccomp=unconfined"
    is "a seccomp filter, as $who: what comes after isn't tried" "$(row proc seen)" "not tried: pid comes first"
    as=(unshare -m sh -c 'mount --bind /dev/null /proc/timer_list && exec "$@"' sh "${words[@]}")
    doctor
    finds "masked /proc, as $who" proc missing "/proc/timer_list" "unmask"
    unset -n words
done
jail='mount -t tmpfs jail /mnt && cd /mnt && for d in usr proc srv dev sys var etc; do mkdir $d; mount --rbind /$d $d; done
    for d in bin sbin lib lib64; do ln -s usr/$d $d; done; mkdir tmp root run; exec chroot . "$@"'
as=(unshare -m sh -c "$jail" sh "${root[@]}")
doctor
finds "in a chroot" chroot less "runs in a chroot" "outside the chroot"
finds "in a chroot" user missing "chroot" "outside the chroot"

# --- limits, image, port, locale ---
as=("${none[@]}")
call "${none[@]}" bash -c "export ASAN_OPTIONS=\$ASAN_OPTIONS:detect_leaks=0; ulimit -u 20; exec timeout -k 2 20 \"\$@\"" sh "$binary" doctor --json
finds "few processes" limits less 'ulimit -u` allows 20 processes' "Raise it"
call "${none[@]}" bash -c 'ulimit -n 40; exec timeout -k 2 20 "$@"' sh "$binary" doctor --json
finds "few descriptors" limits less 'ulimit -n` allows 40 open files' "Raise it"
as=("${none[@]}" NSLAB_DATA_DIR=/srv/none)
doctor
finds "no image" image missing "the image nginx is not built yet" "nslab image build nginx"
is "no image: the command" "$(row image fix)" "nslab image build nginx"
ip link set lo down
as=("${none[@]}")
doctor
finds "the loopback is down" port less "Connection timed out" "ip link set lo up"
is "the loopback is down: the command" "$(row port fix)" "sudo ip link set lo up"
ip link set lo up
as=("${none[@]}" LC_ALL=C)
doctor
has "the C locale" "$(row locale seen)" "ANSI_X3.4-1968"

# --- mending, on a terminal ---
as=("${none[@]}" NSLAB_DATA_DIR=/srv/none)
answer() { script -qec "$(printf '%q ' "${as[@]}" timeout -k 2 20 "$binary" doctor --fix)" /dev/null <<<"$1" | tr -d '\r'; }
has "--fix asks" "$(answer n)" 'Run them now? \[y/N\]'
check "--fix: n runs nothing" test ! -e /srv/none
call nslab doctor --json --fix
is "--json and --fix together: status" "$status" 2
same_alive || fail "nothing is left" "$(what_is_left)"
