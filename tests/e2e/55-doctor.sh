# shellcheck shell=bash disable=SC2154,SC2016 # $@ is for inner shells
# SPDX-License-Identifier: MIT
#
# nslab doctor: each cause that can be made here is made, and must be named, in the row it belongs to.
# situations: all
# short run: no
# network: own

# shellcheck source=tests/e2e/terminal.sh
. tests/e2e/terminal.sh

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
for type in cgroup time; do
    as=("${none[@]}" unshare -Ur sh -c "echo 0 >/proc/sys/user/max_${type}_namespaces; exec \"\$@\"" sh)
    doctor
    finds "no $type namespaces" $type less "user.max_${type}_namespaces is 0" "sysctl user.max_${type}_namespaces"
done
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
    as+=(env NSLAB_DATA_DIR=/srv/none) # an image that could be built is no help there
    has "a seccomp filter, as $who: the last words say that nothing runs, why, and which words change it" \
        "$("${as[@]}" "$binary" doctor | tail -n 5 | tr -s '\n ' ' ')<end>" \
        'No lab can run here. `user`: *a seccomp filter is in force here, as in a container of Docker*--security-opt seccomp=unconfined*systempaths=unconfined. <end>'
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

# --- kernels and distributions ---
as=(setarch --uname-2.6 "${none[@]}")
doctor
finds "an old kernel" kernel missing "is older than Linux 5.11" "Debian 12 and Ubuntu 24.04"
# setting DIRECTORY FILE VALUE: a user on a machine whose kernel says so
setting() { as=(unshare -m sh -c 'mount -t tmpfs fake "$1" && mkdir -p "$(dirname "$1/$2")" && echo "$3" >"$1/$2" && shift 3 && exec "$@"' sh "$@" "${none[@]}"); }
setting /proc/sys/kernel apparmor_restrict_unprivileged_userns 1
doctor
finds "AppArmor's restriction" security less "AppArmor takes the rights*apparmor_restrict_unprivileged_userns is 1" "nslab doctor --fix"
has "AppArmor's restriction: the profile is for this very path" "$(row security fix)" \
    "'profile nslab $binary flags=(unconfined) { userns, }' | sudo tee /etc/apparmor.d/nslab"
setting /proc/sys/kernel unprivileged_userns_clone 0
doctor
finds "Debian's setting" security less "ordinary users get no user namespace" "sysctl kernel.unprivileged_userns_clone=1"
is "Debian's setting: the command" "$(row security fix)" "sudo sysctl kernel.unprivileged_userns_clone=1"
setting /sys/fs selinux/enforce 1
doctor
is "SELinux is noted" "$(row security verdict) $(row security seen)" \
    'note SELinux enforces its policy: what it refuses is in `ausearch -m avc`'
# refusal ERRNO WHAT ROW VERDICT GLOB REMEDY-GLOB: the kernel refuses it
refusal() {
    as=("$tree/tests/e2e/refuse" "$2" "$1" "${none[@]}")
    doctor
    finds "no $2 in the kernel" "$3" "$4" "$5" "$6"
}
refusal ENODEV overlay overlay missing "no overlayfs, or its module isn't loaded" "modprobe overlay"
refusal EINVAL userxattr userxattr less "cannot replace a directory in an overlay" "Linux 5.11"
refusal ENODEV devpts pty less "cannot mount devpts" "mount -t devpts"
refusal EOPNOTSUPP bridge bridge missing "cannot create a bridge: Operation not supported" "modprobe bridge"
refusal EOPNOTSUPP veth veth missing "cannot create a veth pair: Operation not supported" "modprobe veth"
refusal EPROTONOSUPPORT nftables nft less "Protocol not supported" "modprobe -a nf_tables"
is "no nftables in the kernel: the labs that need it" "$(row nft labs)" '[
  "network"
]'

# --- limits, image, port, locale ---
as=("${none[@]}")
call "${none[@]}" bash -c "export ASAN_OPTIONS=\$ASAN_OPTIONS:detect_leaks=0; ulimit -u 60; exec timeout -k 2 20 \"\$@\"" sh "$binary" doctor --json
finds "few processes" limits less 'ulimit -u` allows 60 processes' "Raise it"
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

# --- what was seen last, in the shell's first words ---
memory=.cache/nslab/doctor
tmux_here new-session -d -x 200 -y 50 sleep infinity
tmux_here set-option -g remain-on-exit on
# first_words: sets words, what the shell says on a terminal up to its prompt
first_words() {
    local ended
    run_in_tab timeout --foreground -k 2 20 "$binary" --plain
    wait_for 10 last_is 'nslab>*' || diag "no prompt:" "$(screen)" "$(ps -eo pid,ppid,stat,wchan:24,args | tail -n 20)"
    words=$(screen | tr -s '\n ' ' ')
    keys -l quit
    keys Enter
    wait_for 10 test -s "$work/ended"
    ended=$(cat "$work/ended" 2>&1)
    [ "$ended" = 0 ] || words="ended with $ended: $words"
}
begins() {
    first_words
    has "$1" "$words" "$2"
}
# forgets NAME: they say nothing of a trial
forgets() {
    first_words
    if [[ $words == *"You have a single id"* && $words != *"that labs use"* && $words != *"No lab can run"* && $words != ended* ]]; then
        pass "$1"
    else
        fail "$1" "$words"
    fi
}
become none
rm -rf "${home:?}/.cache" /root/.cache
forgets "nothing was tried: nothing is said"
doctor
begins "a trial is remembered" 'Of 22 things that labs use 21 work on this machine, and not `subids`: `nslab doctor` says what to do.'
is "in one file, the user's own" "$(cd "$home" && find .cache -type f -printf '%p %m %U')" "$memory 600 58002"
as=("${none[@]}" XDG_RUNTIME_DIR=/tmp)
begins "a runtime directory that isn't the user's isn't used" 'Of 22 things'
mkdir -m 700 /tmp/runtime && chown 58002 /tmp/runtime
as=("${none[@]}" XDG_RUNTIME_DIR=/tmp/runtime)
forgets "in another runtime directory nothing is known"
doctor
check "and it is kept there" test -s /tmp/runtime/nslab/doctor
rm -r /tmp/runtime
become none
call nslab -c 'help hint'
hasnt() { if [[ $2 == *$3* ]]; then fail "$1" "$2"; else pass "$1"; fi; }
hasnt "without a prompt nothing is said of it" "$out$err" "that labs use"
echo 11111111-2222-3333-4444-555555555555 >"$work/boot"
as=(unshare -m --propagation unchanged sh -c 'exec "$@"' sh "${none[@]}")
forgets "in another mount namespace nothing is known"
as=("${none[@]}" unshare -U -r)
forgets "nor in another user namespace"
as=("${none[@]}" setpriv --no-new-privs)
forgets "nor without the right to get rights"
become none
mount --bind "$work/boot" /proc/sys/kernel/random/boot_id
forgets "nor after another boot"
umount /proc/sys/kernel/random/boot_id
cp -p "$home/$memory" "$work/memory"
# damage NAME COMMAND...: what the command makes of the file isn't believed
damage() {
    local name=$1
    shift
    "$@"
    forgets "$name"
    rm -rf "${home:?}/$memory" && cp -p "$work/memory" "$home/$memory"
}
damage "half a file" truncate -s 150 "$home/$memory"
damage "an empty one" truncate -s 0 "$home/$memory"
damage "an unknown word" sed -i 's/^net ok/net fine/' "$home/$memory"
damage "a row too many" sed -i '$a gold ok' "$home/$memory"
damage "another user's file" chown 58001 "$home/$memory"
damage "a link to it" sh -c "mv $home/$memory $home/kept && ln -s $home/kept $home/$memory"
rm "$home/kept"
damage "a pipe, which nobody waits for" sh -c "rm $home/$memory && mkfifo $home/$memory"
damage "a directory" sh -c "rm $home/$memory && mkdir $home/$memory"
begins "as it was it is believed" 'Of 22 things'
as=("${none[@]}" "$tree/tests/e2e/deny-namespaces")
doctor
begins "where nothing can run, that is the first word" 'No lab can run here: `user` is missing. `nslab doctor` says why, and what to do.'
as=("${none[@]}" HOME=/proc "NSLAB_DATA_DIR=$data")
doctor
is "where it can't be kept, nobody minds" "$status $err" "4 "

# --- mending, on a terminal ---
as=("${none[@]}" NSLAB_DATA_DIR=/srv/none)
run_in_tab timeout --foreground -k 2 20 "$binary" doctor --fix
shows "--fix asks" 'Run them now? \[y/N\]'
keys n Enter
ends "--fix: n is an answer, and no lab can run" 1
check "--fix: n runs nothing" test ! -e /srv/none
mkdir -m 755 /srv/slow
printf '#!/bin/sh\ntrap "" TERM\nsleep 6011\n' | tee /srv/slow/nslab >/srv/slow/sudo
chmod 755 /srv/slow/*
as+=("PATH=/srv/slow:$PATH")
run_in_tab timeout --foreground -k 2 20 "$binary" doctor --fix
shows "--fix asks again" 'Run them now? \[y/N\]'
keys y Enter
check "--fix: y runs the commands" wait_for 10 pgrep -fx 'sleep 6011'
pkill -TERM -fx "$binary doctor --fix"
ends "--fix: SIGTERM ends it, whatever the command does" 143
pkill -KILL -fx 'sleep 6011'
rm -r /srv/slow
end_terminal
call nslab doctor --json --fix
is "--json and --fix together: status" "$status" 2
same_alive || fail "nothing is left" "$(what_is_left)"
