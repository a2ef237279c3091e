# shellcheck shell=bash disable=SC2154
# SPDX-License-Identifier: MIT
#
# Nothing in a lab is uid 0 on the machine, and no line typed in one changes a file, sysctl, mount or link of the
# machine: `attack` tries, as root of the lab, from its host and from containers.
# situations: root range none unshare
# network: own

image_state() { (cd "$data/images/nginx" && find . -printf '%p %y %m %U:%G %s %T@ %l\n' | sort && find . -type f -exec sha256sum {} + | sort); }
machine_state() {
    find /proc/sys/kernel /proc/sys/vm /proc/sys/fs /proc/sys/debug -type f -perm /444 2>/dev/null | sort |
        grep -vE '/(random|pty|keys)/|ns_last_pid|dentry-|inode-|file-nr|aio-nr|sched_domain|/dcookie' |
        while read -r file; do printf '%s: %s\n' "$file" "$(tr '\0' ' ' <"$file" 2>&1)"; done
    stat -c '%n %a %u:%g %s %y %z' "$binary"
    sha256sum "$binary" /root/e2e-sentinel /srv/e2e-sentinel "$home/e2e-sentinel"
    hostname
    ip -o link show e2e-link
    image_state
}

ip link add e2e-link type bridge
echo "no one's business" | tee /root/e2e-sentinel /srv/home/range/e2e-sentinel >/srv/home/none/e2e-sentinel
echo "to be seen by all, but not from a lab" >/srv/e2e-sentinel
chmod 600 /root/e2e-sentinel
chown 58001:58001 /srv/home/range/e2e-sentinel
chown 58002:58002 /srv/home/none/e2e-sentinel
chmod 600 /srv/home/*/e2e-sentinel
# a process of the same user: what a lab's `kill -9 -1` must not reach
case $situation in unshare) become none ;; esac
"${as[@]}" sleep 54321 &
sentinel=$!
wait_for 5 grep -qx sleep "/proc/$sentinel/comm" # setpriv and env come first, by other names
become "$situation"
remember
machine_state >"$work/machine"
clock=$EPOCHSECONDS

attack=$(base64 -w 0 tests/e2e/attack)
run_attack="sh -c 'echo $attack | base64 -d >/tmp/attack; sh /tmp/attack'"
attacks() { # attacks NAME LINE...
    local name=$1 arguments=() line
    shift
    for line; do arguments+=(-c "$line"); done
    call nslab "${arguments[@]}"
    is "$name: gets nothing" "$(grep '^GOT' <<<"$out" | head -n 20)" ""
    check "$name: has tried all ($(tail -n 1 <<<"$out"))" test "$(sed -n 's/^TRIED //p' <<<"$out")" -gt 500
    if machine_state | diff "$work/machine" - >"$work/changed"; then
        pass "$name: the machine and the image are as before"
    else
        fail "$name: the machine and the image are as before" "$(<"$work/changed")"
    fi
    if kill -0 "$sentinel" 2>/dev/null; then pass "$name: the machine's processes live"; else fail "$name: the machine's processes live"; fi
}

export limit=60
attacks "from the lab host" "host $run_attack"
attacks "from a container" "run --rm nginx $run_attack"
attacks "from a privileged one" "run --rm --privileged nginx $run_attack"
attacks "from a privileged one that shares all with the lab host" \
    "run --rm --privileged --pid host --network host --uts host --ipc host -v /:/lab-host nginx $run_attack"
attacks "from exec in a privileged one" 'run -d --privileged --name web nginx' "exec web $run_attack"

try "kill -9 -1 in a container ends the container's" 0 "still here" 'run -d --name web nginx' \
    "exec web sh -c 'kill -KILL -1'" 'host echo still here'
try "kill -9 -1 on the lab host, and nslab goes on" 0 "still here" 'run -d --name web nginx' \
    "host sh -c 'kill -KILL -1'" 'host echo still here'
try "kill -9 -1 with --pid host" 0 "still here" "run --rm --pid host nginx sh -c 'kill -KILL -1'" 'host echo still here'
try "kill -9 1 on the lab host is dropped" 0 "still here" "host sh -c 'kill -KILL 1'" 'host echo still here'
if kill -0 "$sentinel" 2>/dev/null; then pass "the machine's processes live"; else fail "the machine's processes live"; fi
check "the machine's clock goes on" test $((EPOCHSECONDS - clock)) -lt 600

# A container in a shared PID namespace leaves processes behind, which nslab ends: they are known by their mount
# namespace. The kernel gives the number of one that has ended to the next, here to one of the machine's.
if [ "$situation" = root ]; then
    session_start
    say 'run -d --name a --pid host nginx sleep 0.1' "host sh -c 'sleep 2; echo slept'"
    says "a container in the lab host's PID namespace" 'a'
    wait_for 2 eval '! pgrep -fx "sleep 0.1" >/dev/null'
    strangers=()
    for _ in {1..300}; do
        unshare -m sleep 100 &
        strangers+=($!)
    done
    says "it ends, while nslab waits for something else" 'slept'
    say 'ps -a'
    says "nslab hears of its end" 'Exited'
    living=0
    for pid in "${strangers[@]}"; do kill -0 "$pid" 2>/dev/null && living=$((living + 1)); done
    is "whoever has its namespace's number now, lives" "$living" 300
    kill "${strangers[@]}"
    wait "${strangers[@]}" 2>/dev/null
    session_end
fi

# --- uids: seen from the machine, for as long as a verify takes ---
nslab verify pid >"$work/verified" 2>&1 &
job=$!
while kill -0 "$job" 2>/dev/null; do
    # FILENAME of those that are in a PID namespace below ours: the machine's number, and the ids of that moment. Not yet
    # of the lab is its init while it still has nslab's name (`nslab`, `nslab: verify pid`): it waits for its id maps, and
    # no program of the lab runs.
    awk '/^Name:/ {name = $2 $3} /^Uid:/ {uid = $2 " " $3 " " $4 " " $5}
        /^NSpid:/ && NF > 2 && !(name ~ /^nslab(:verify)?$/ && $NF == 1) {print FILENAME, uid}' /proc/[0-9]*/status 2>/dev/null
done >"$work/uids"
wait "$job"
is "verify, watched, passes" "$?" 0
seen=$(wc -l <"$work/uids")
check "processes of the lab were seen ($seen times)" test "$seen" -gt 20
is "none of them is uid 0 on the machine" \
    "$(awk '$2 == 0 || $3 == 0 || $4 == 0 || $5 == 0' "$work/uids" | head -n 5)" ""
case $situation in
root) is "as root: all are in the high range" "$(awk '$2 < 1879048192' "$work/uids" | head -n 5)" "" ;;
range) is "all are the user's own, or in its range" \
    "$(awk '$2 != 58001 && ($2 < 958000000 || $2 > 958065535)' "$work/uids" | head -n 5)" "" ;;
*) is "all are the user's own" "$(awk '$2 != 58002' "$work/uids" | head -n 5)" "" ;;
esac

wait_for 1 same_alive
left=$(what_is_left)
kill "$sentinel"
wait "$sentinel" 2>/dev/null
ip link del e2e-link
rm /root/e2e-sentinel /srv/e2e-sentinel /srv/home/*/e2e-sentinel
is "nothing is left beside the sentinels" "$left" ""
remember
