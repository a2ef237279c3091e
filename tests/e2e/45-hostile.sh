# shellcheck shell=bash disable=SC2154
# SPDX-License-Identifier: MIT
#
# Work that may be hostile: each attack is ended by a limit that has a name, in bounded time; the machine is as before, and
# a command on it is answered meanwhile. Graded as `verify` grades: the attacks are a lab's lines.
# situations: root range
# short run: root
# network: own

# lab ID LINE [SEE IS]: a lab of two steps, the attack and a look at whether the lab goes on
lab() {
    cat >"$work/$1.yaml" <<END
format: nslab/1
id: $1
title: an attack
summary: It is to be ended.
minutes: 1
requires: [user, pid, mnt, net]
steps:
  - id: attack
    title: the attack
    do:
      - run -d --name web nginx
      - $2
    expect:
      - {id: after, say: afterwards, see: ${3:-{hostname: now, from: host\}}, is: ${4:-lab-host}}
  - id: later
    title: what comes later
    do:
      - run -d --name later -p 8099:80 nginx
    expect:
      - {id: answers, say: the lab goes on, see: {http: "http://127.0.0.1:8099/", field: status, from: machine}, is: 200}
      - {id: listens, say: and listens, see: {sockets: listen, from: machine}, contains: "tcp 127.0.0.1:8099"}
END
    chmod 644 "$work/$1.yaml"
    chmod 755 "$work"
}
# attack NAME ID FINDING SECONDS LINE...: the finding is named, at the step; the later step passes; and it is in time
attack() {
    local name=$1 id=$2 finding=$3 seconds=$4 began=${EPOCHREALTIME/./} took
    shift 4
    lab "$id" "$@"
    limit=30 call nslab verify --format json "$work/$id.yaml"
    took=$(((${EPOCHREALTIME/./} - began) / 1000))
    is "$name: the limit is named" "$(jq -r '.labs[0].findings[0] | "\(.name) \(.step) \(.text)"' <<<"$out")" \
        "limit attack the limit of $finding"
    is "$name: the lab goes on, in its own place for ports" "$(jq -r '.labs[0].steps[1].verdict' <<<"$out")" pass
    check "$name: contained within $seconds s ($took ms)" test "$took" -lt "${seconds}000"
}

# a neighbour: answered all the while
neighbour() { while :; do date +%s%N; sleep 0.05; done >"$work/neighbour"; }
neighbour &
beat=$!
disown

attack "a fork bomb" bomb 'processes (256) was reached: everything in the lab was ended' 10 \
    "host bash -c 'b() { b | b & }; b; sleep 5'"
attack "a fork bomb in a container" bomb2 'processes (256) was reached: everything in the lab was ended' 10 \
    "exec web bash -c 'b() { b | b & }; b; sleep 5'"
attack "a bomb of other ids" bomb3 'processes (256) was reached: everything in the lab was ended' 10 \
    "host bash -c 'echo 30000 >/proc/sys/kernel/pid_max; for i in {1..400}; do sleep 9 & done; wait'"
attack "a fork bomb behind a fifo that the watch would read" fifo 'processes (256) was reached: everything in the lab was ended' 10 \
    "host bash -c 'mkfifo /f; mount --bind /f /proc/meminfo && sleep 0.3; b() { b | b & }; b; sleep 5'"
attack "processes that hide from the watch" hidden 'processes (256) was reached: everything in the lab was ended' 10 \
    "host bash -c 'for i in {1..300}; do sleep 9 & mount --bind /dev/null /proc/\$!/stat; done; sleep 4'"
lab slowed "host bash -c 'chrt -i -p 0 1; sleep 5'"
call nslab verify --format json "$work/slowed.yaml"
has "who slows the watch down ends the lab" "$(jq -r '.labs[0].steps[0].error' <<<"$out")" "ended with status 137"
attack "endless output" flood 'output of a line (1 MiB) was reached: the rest was dropped, and the command killed' 10 'host yes'
attack "a full disk" disk 'disk (64 MiB) was reached: nothing more can be written there' 10 \
    "exec web sh -c 'cat /dev/zero >/x; echo'"
attack "a full disk of empty files" inodes 'disk (64 MiB) was reached: nothing more can be written there' 20 \
    "exec web sh -c 'i=0; while true >/f\$i; do i=\$((i + 1)); done; echo'"
attack "a full /dev/shm" shm 'disk (64 MiB) was reached: nothing more can be written there' 10 \
    "host sh -c 'cat /dev/zero >/dev/shm/x; echo'"
attack "many that take memory" memory 'memory (1 GiB) was reached: everything in the lab was ended' 20 \
    "host sh -c 'for i in 1 2 3 4 5 6 7 8; do tail /dev/zero & done; wait'"
attack "many open descriptors" open 'open descriptors (4096) was reached: everything in the lab was ended' 10 \
    "host bash -c 'for i in {1..900}; do exec {f}</dev/null; done; for i in {1..6}; do sleep 9 & done; wait'"
# (10 s, and the same everywhere)
[ "$situation" != root ] || attack "what ignores signals" deaf 'time of a line (10 s) was reached: the command was killed' 16 \
    "host sh -c 'trap \"\" TERM INT HUP QUIT; while :; do sleep 1; done'"

# The longest time that the neighbour had to wait.
kill "$beat"
gap=$(awk 'NR > 1 && $1 - last > most {most = $1 - last} {last = $1} END {printf "%d", most / 1000000}' "$work/neighbour")
check "the machine answers all the while (at most $gap ms between two looks)" test "$gap" -lt 2000

# --- what a probe may be led to ---
probe() { # probe NAME LINE SEE GLOB: what is observed, within 5 s
    local began=$EPOCHSECONDS
    lab probe "$2" "$3" nothing
    call nslab verify --format json "$work/probe.yaml"
    # shellcheck disable=SC2053 # a glob
    if [[ "$(jq -r '.labs[0].steps[0].expectations[0].observed' <<<"$out")" == $4 ]] &&
        [ $((EPOCHSECONDS - began)) -lt 10 ]; then
        pass "$1"
    else
        fail "$1" "wanted: $4"$'\n'"$(shown)"
    fi
}
echo "the machine's" >/srv/secret
chmod 644 /srv/secret
probe "a link to a file of the machine leads nowhere" 'exec web ln -s /srv/secret /answer' \
    '{file: /answer, field: content, from: web}' "*No such file*"
probe "a link out of the lab's root ends at that" "exec web ln -s ../../../../../../srv/secret /answer" \
    '{file: /answer, field: content, from: web}' "*No such file*"
probe "/proc/1/root of the lab host isn't the machine" "exec web ln -s /proc/1/root/srv/secret /answer" \
    '{file: /answer, field: content, from: host}' "*isn't there*"
probe "a fifo isn't waited for" 'exec web mkfifo /answer' '{file: /answer, field: content, from: web}' '*it is a fifo'
probe "a device has no content" 'exec web ln -s /dev/zero /answer' '{file: /answer, field: content, from: web}' \
    '*it is a character device'
probe "/etc/passwd as a fifo" "exec web sh -c 'rm /etc/passwd; mkfifo /etc/passwd'" \
    '{file: /etc/hostname, field: owner, from: web}' "*isn't a regular file*"
probe "/etc/passwd as endless zeroes" "exec web ln -sf /dev/zero /etc/passwd" \
    '{file: /etc/hostname, field: owner, from: web}' "*isn't a regular file*"
probe "a huge file is read as far as its first 64 KiB" "exec web sh -c 'truncate -s 60G /answer; echo'" \
    '{file: /answer, field: size, from: web}' 64424509440
rm /srv/secret

# --- what is mounted over /proc shows nothing of processes ---
made_up='mkdir -p /f/7; cd /f/7; printf "State:\tS\nPid:\t7\nPPid:\t1\nUid:\t0\t0\nGid:\t0\t0\n" >status; echo made-up >cmdline'
probe "a made-up process on the lab host" "host sh -c '$made_up; mount --bind /f /proc'" \
    '{process: "made-up*", field: pid, from: host}' "*no process matches*"
probe "a made-up process in a container" "run -d --name box --privileged nginx sh -c '$made_up; mount --bind /f /proc; sleep 9'" \
    '{process: "made-up*", field: count, from: box}' 0
probe "a /proc that is covered from the start" "run -d --name box -v /f:/proc nginx sleep 9" '{processes: args, from: box}' "sleep 9"
probe "one in a user namespace of its own" "run -d --name box --userns remap -v /f:/proc nginx sleep 9" '{processes: args, from: box}' "sleep 9"
probe "one in another container's PID namespace" "run -d --name box --pid container:web -v /f:/proc nginx sleep 9" \
    '{process: "sleep 9", field: count, from: box}' 1

# --- secrets ---
as+=(E2E_SECRET=hunter2)
# no_secret NAME LINE...: the lines look, and say `looked` at the end
no_secret() {
    local name=$1
    shift
    try "$name: looked for" 0 looked "$@"
    is "$name: not found" "$(grep -c hunter2 <<<"$out$err")" 0
}
look="sh -c 'cat /proc/[0-9]*/environ /proc/[0-9]*/mem 2>/dev/null | tr \"\\\\0\" \"\\\\n\" | grep hunter2; echo looked'"
no_secret "the environment, from the lab host" 'run -d --name web -p 8098:80 nginx' "host $look"
no_secret "the environment, from a container among the lab host's processes" \
    "run --rm --privileged --pid host -p 8098:80 nginx $look"
try "nothing of nslab's is open in a program of the lab" 0 "0 1 2 3" "host sh -c 'ls -m /proc/self/fd | tr -d ,'"
become "$situation"

# --- the shell ---
try "a learner's bomb ends what is in the lab, and not the lab" 0 "still here" 'run -d --name web nginx' \
    "host bash -c 'b() { b | b & }; b; sleep 9'" 'ps -a' 'host echo still here'
has "and it is said" "$err" "was reached: everything in the lab was ended"
has "its container has ended" "$out" "Exited (137)"
many=()
for i in {1..33}; do many+=("run -d --name c$i nginx sleep 99"); done
try "a learner's containers are limited too" 125 "the limit of containers (32) was reached: no further one is started" "${many[@]}"
try "output that looks like a report's is one line of text" 0 "::error::not ok 1 - x" "host printf '::error::not ok 1 - x\\n'"

# --- ten in a row ---
lab row "host bash -c 'b() { b | b & }; b; cat /dev/zero >/x & yes'"
for _ in {1..10}; do nslab verify --format json "$work/row.yaml" | jq -r '.labs[0].findings | length > 0'; done >"$work/row"
is "ten hostile ones in a row are all contained" "$(sort "$work/row" | uniq -c | tr -s ' ')" " 10 true"
