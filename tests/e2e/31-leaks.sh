# shellcheck shell=bash disable=SC2154
# SPDX-License-Identifier: MIT
#
# nslab leaks: what a test plants is found and named, the command that it gives takes it away, and then it is silent.
# What a running nslab has is in use.
# situations: root range
# short run: root
# network: own

remember
ended=3999999 # beyond any PID of this machine
uid=$("${as[@]}" id -u)
leaks() { call nslab leaks --json; }
# of ROW FILTER: what was found in it
of() { jq -r --arg row "$1" ".rows[] | select(.name == \$row) | $2" <<<"$out"; }

leaks
is "at first: nothing is left" "$status $(jq -r '"\(.format) \(.left)"' <<<"$out")" "0 nslab-leaks/1 0"
[ "$status" = 0 ] || diag "$(shown)"

# --- what a test plants ---
# planted ROW TEXT [COMMAND]: what is to be found, and what takes it away where `leaks` can't know
wanted=() commands=()
planted() {
    wanted+=("$1: $2")
    [ -z "${3:-}" ] || commands+=("$3")
}
title='nslab: port proxy 8080 -> 172.17.0.2:80'
"${as[@]}" bash -c "exec -a '$title' sleep 6200" &
disown
wait_for 5 pgrep -f "^$title" >/dev/null
planted processes "process $(pgrep -f "^$title"): $title 6200"

"${as[@]}" perl -MSocket -e 'socket(S, AF_UNIX, SOCK_SEQPACKET, 0); bind(S, pack("S a*", AF_UNIX, "\0" . shift)) or die;
    listen(S, 1); sleep 6201' "nslab/$uid/$ended" &
holder=$!
disown
wait_for 5 grep -q "@nslab/$uid/$ended" /proc/net/unix
planted sockets "socket nslab/$uid/$ended" "kill -KILL $holder"

mkdir /srv/m '/srv/o o' /srv/u /srv/w
mount --bind "$data/images/nginx/rootfs" /srv/m
planted mounts "mount /srv/m ($(findmnt -no FSTYPE /srv/m))"
mount -t overlay -o "lowerdir=$data/images/nginx/rootfs,upperdir=/srv/u,workdir=/srv/w" planted '/srv/o o'
planted mounts "mount /srv/o o (overlay)"

ip link add nslab0 type bridge
planted links "link nslab0"
nft add table inet nslab-planted
if [ "$uid" = 0 ]; then planted nft "nft table inet nslab-planted"; else commands+=("nft delete table inet nslab-planted"); fi

mount -t tmpfs planted /sys/fs/cgroup
mkdir -p /sys/fs/cgroup/a/nslab-planted /sys/fs/cgroup/nslab-notes.scope
planted cgroups "cgroup /sys/fs/cgroup/a/nslab-planted"
: >"/dev/shm/nslab isn't left"
planted memory "file /dev/shm/nslab isn't left"

# the copy itself is a cache
mkdir -p "$data/images/nginx/shifted.new/part" "$data/images/.nginx.new-$ended"
planted copies "directory $data/images/nginx/shifted.new"
planted copies "directory $data/images/.nginx.new-$ended"

mkdir -p "$home/.cache/nslab"
touch "$data/workbook.yaml.lock" "$data/workbook.yaml.new-$ended" "$home/.cache/nslab/doctor.new-$ended"
planted files "file $data/workbook.yaml.new-$ended"
planted files "file $home/.cache/nslab/doctor.new-$ended"

leaks
is "all that was planted is found, and nothing else" \
    "$status $(jq -r '.rows[] | .name as $row | .found[] | "\($row): \(.what)"' <<<"$out" | sort)" \
    "1 $(printf '%s\n' "${wanted[@]}" | sort)"
[ "$uid" = 0 ] || is "an ordinary user is told what can't be seen" "$(of nft .unseen)" \
    "tables: reading them needs CAP_NET_ADMIN"
while IFS= read -r line; do commands+=("$line"); done < <(jq -r '.rows[].found[].command // empty' <<<"$out")
call nslab leaks
text=$(tr -s ' \n' ' ' <<<"$out")
for line in "${wanted[@]}"; do has "and shown: ${line%%:*}" "$text" "${line#*: }"; done
for line in "${commands[@]}"; do sh -c "$line" >/dev/null 2>&1 || fail "this takes it away: $line"; done
wait_for 5 eval '! pgrep -f "^nslab: port proxy|sleep 6201" >/dev/null'
leaks
is "the commands that it gives take all away" "$status $(jq .left <<<"$out")" "0 0"
umount /sys/fs/cgroup
rm -r /srv/m '/srv/o o' /srv/u /srv/w "$data/workbook.yaml.lock"

mkdir -p "$data/images/nginx/shifted.new"
exec 7<"$data/images/nginx"
flock -x 7
leaks
is "a copy that somebody makes is in use" "$status $(of copies '.found[].left')" "0 false"
exec 7<&-
rmdir "$data/images/nginx/shifted.new"

# --- what is in use ---
session_start
say 'run -d --name web -p 18090:80 nginx'
says "a running nslab" '127.0.0.1:18090->80/tcp'
find_nslab "$session"
leaks
is "what it has is in use by its PID" \
    "$status $(jq -c "[.rows[].found[].used_by] | unique" <<<"$out") $(of sockets '.found[].what')" \
    "0 [$nslab_pid] socket nslab/$uid/$nslab_pid"
has "its processes are counted" "$(of processes '.found[].what')" "processes of \`$binary\`"
call nslab leaks
has "and said for people" "$(tr -s ' \n' ' ' <<<"$out")" "in use by PID $nslab_pid"
if [ "$uid" != 0 ]; then
    become none
    leaks
    is "another user's are none of one's own, and that is said" "$status $(of sockets .unseen)" \
        "0 sockets of other users: root sees them"
    become "$situation"
fi
session_end

call nslab leaks --jsno
is "an unknown option is a usage error" "$status" 2
