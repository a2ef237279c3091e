# shellcheck shell=bash disable=SC2154,SC2016 # $1 is for awk
# SPDX-License-Identifier: MIT
#
# SIGKILL, SIGSTOP, SIGTERM and SIGHUP of each process of nslab's tree, at random moments of what it is used for. Who
# is killed cleans nothing up, and who is stopped does nothing more: nothing is left all the same, no nslab hangs for
# longer than its limits, and none crashes.
#
# NSLAB_TORTURE_ROUNDS  of each signal (20); from 100 on the longer runs are among them
# NSLAB_TORTURE_SEED    what a failure has said, to make the same choices again
#
# situations: root range none unshare
# short run: root
# network: own
# limit: 20000

rounds=${NSLAB_TORTURE_ROUNDS:-20}
seed=${NSLAB_TORTURE_SEED:-$((SRANDOM % 30000))}
at_once=10
# longer than what nslab waits for by itself: 10 s for a process that is being started, 3 s for a worker
ends_within=25

cat >/srv/short.yaml <<'END'
format: nslab/1
id: short
title: A lab of the tests
summary: One that is soon over.
minutes: 1
requires: [user, pid]
steps:
  - id: first
    title: A container
    do:
      - run -d --name web -p 18080:80 nginx
      - exec web ps -e
    expect:
      - id: pid
        say: nginx is PID 1
        see: {process: "nginx: master*", field: pid, from: web}
        is: 1
END
chmod 644 /srv/short.yaml

# What is run, and about how many milliseconds it takes.
short=(verify session detached) long=(verify session detached course selftest demo remap)
declare -A takes=([course]=3000 [selftest]=3000 [demo]=4000 [verify]=500 [session]=500 [detached]=400 [remap]=500)
work_verify() { exec "${as[@]}" "$binary" verify /srv/short.yaml; }
work_course() { exec "${as[@]}" "$binary" verify --jobs 2 pid mount; }
work_selftest() { exec "${as[@]}" "$binary" selftest --jobs 2 /srv/short.yaml; }
work_demo() { exec "${as[@]}" "$binary" demo pid --auto --speed max --plain; }
work_session() { exec "${as[@]}" "$binary" < <(printf '%s\n' 'run -d --name web -p 18081:80 nginx' 'exec web sleep 0.1' 'host ps -e'); }
work_detached() { exec "${as[@]}" "$binary" -c 'run -d --name web nginx' -c 'run --rm nginx sleep 0.05' -c 'rm -f web'; }
work_remap() { exec "${as[@]}" "$binary" -c 'run -d --name web --userns remap nginx' -c 'exec web sleep 0.1'; }

# The processes below PID: what each is, its PID and its command line. PID is that of the work, or of the nsenter before it.
tree_of() {
    ps -e -o pid=,ppid=,args= | awk -v top="$1" -v binary="$binary" '
        {pid = $1; parent[pid] = $2; $1 = $2 = ""; sub(/^ +/, ""); args[pid] = $0}
        function below(p) { for (; p in parent; p = parent[p]) if (p == top) return 1; return p == top }
        function role(text, p) {
            if (text ~ /^nslab: lab host init/) return "init"
            if (text ~ /^nslab: port proxy/) return "proxy"
            if (text ~ /^nslab: session/) return "session"
            if (text ~ /^nslab: /) return "worker"
            if (index(text, binary) == 1) return (parent[p] == top && !(top in seen)) || p == top ? "nslab" : "helper"
            if (text ~ /^(nsenter|setpriv|env|bash) /) return ""
            if (text ~ /uidmap|gidmap/) return "idmap"
            return text ~ /^nginx: master/ ? "first" : "program"
        }
        END {
            if (!(top in args)) exit # it is over
            if (index(args[top], binary) == 1) seen[top]
            for (p in args) if (below(p) && (r = role(args[p], p)) != "") print r, p, args[p]
        }'
}

# choose: of the roles that there are any, then any process of it. Sets role, victim, and victim_is.
choose() {
    local what pid args
    local -A of=() called=()
    while read -r what pid args; do of[$what]+=" $pid" called[$pid]=$args; done < <(tree_of "$job")
    [ ${#of[@]} -gt 0 ] || return 1
    local roles=("${!of[@]}") pids
    role=${roles[RANDOM % ${#roles[@]}]}
    read -ra pids <<<"${of[$role]}"
    victim=${pids[RANDOM % ${#pids[@]}]}
    victim_is="PID $victim, ${called[$victim]}"
}
# dump PID...: what each waits for, to find out why it is still there
dump() {
    local pid
    for pid; do
        ps -o pid=,ppid=,pgid=,sid=,stat=,wchan:24=,args= -p "$pid" || continue
        printf '  syscall %s\n' "$(cat "/proc/$pid/syscall")"
        sed -n 's/^/  /; 1,8p' "/proc/$pid/stack"
        grep -E '^(SigPnd|ShdPnd|SigBlk|NSpid)' "/proc/$pid/status" | sed 's/^/  /'
    done
} 2>/dev/null
pause_ms() { sleep "$(printf '%d.%03d' $(($1 / 1000)) $(($1 % 1000)))"; }
front() { tree_of "$job" | awk '$1 == "nslab" {print $2; exit}'; }

# Has it not run yet? Then it had no time to ask the kernel to end it with nslab, and nothing but SIGCONT helps:
# docs/security.md. It has the name of who made it, be that nslab or a worker, and is on its way out of the clone(2) or
# clone3(2) that made it; without CONFIG_STACKTRACE that can't be told from who made it.
is_newborn() {
    if [ -e /proc/self/stack ]; then
        grep -q ret_from_fork "/proc/$victim/stack"
    else
        case $(cat "/proc/$victim/syscall") in '56 '* | '220 '* | '435 '* | '') true ;; *) false ;; esac
    fi
}

# round NUMBER SIGNAL: says what was done, and "bad" with why where it went wrong.
round() {
    local number=$1 signal=$2 works=("${short[@]}") work after job role='' victim='' victim_is='' then='' top='' status told i began
    [ "$rounds" -lt 100 ] || works=("${long[@]}")
    RANDOM=$((seed + number))
    work=${works[RANDOM % ${#works[@]}]}
    after=$((RANDOM % (RANDOM % 2 ? ${takes[$work]} : 60))) # every other one while the lab host is being built
    told=$results/$number
    began=${EPOCHREALTIME/./}
    for ((i = 0; i < 6; i++)); do
        "work_$work" >"$told.said" 2>&1 &
        job=$!
        pause_ms "$after" # not to synchronise: this is the random moment
        choose && break
        wait "$job" # it was over already
        after=$((after / 2))
    done
    if [ -n "$role" ] && kill -"$signal" "$victim" && [ "$signal" = STOP ]; then
        pause_ms $((RANDOM % 50))
        case $((RANDOM % 3)) in
        0) then=continued && kill -CONT "$victim" ;;
        1)
            if is_newborn; then
                then='newborn, continued' && kill -CONT "$victim"
            else
                top=$(front) then='nslab killed' && kill -KILL "${top:-$job}"
            fi
            ;;
        *) then=interrupted ;;
        esac
    fi
    for ((i = 0; i < ends_within * 10; i++)); do
        kill -0 "$job" || break
        # A stopped nslab can only be killed; one that waits for who is stopped can be interrupted, as often as a
        # person presses Ctrl-C.
        [ "$signal" != STOP ] || [[ $then == *continued ]] || [ $((i % 10)) != 9 ] || top=$(front)
        [ -z "$top" ] || { [ "$role" = nslab ] && kill -KILL "$top"; kill -TERM "$top"; top=''; }
        [ "$situation" != unshare ] || kill -CONT "$job" # nsenter stops along with what it has started
        sleep 0.1
    done
    if kill -0 "$job"; then
        printf 'bad: hangs\n' >"$told"
        # shellcheck disable=SC2046 # words
        dump "$job" $(tree_of "$job" | awk '{print $2}') >>"$told"
        tree_of "$job" | while read -r _ pid _; do kill -KILL "$pid"; done
        kill -KILL "$job"
    fi
    wait "$job"
    status=$?
    # none of the signals of a crash, but for where it was killed
    case $status in 131 | 132 | 134 | 135 | 136 | 139) printf 'bad: crashed\n' >>"$told" ;; esac
    ! grep -qaE 'Sanitizer|runtime error' "$told.said" || printf 'bad: sanitizer\n' >>"$told"
    printf '%s %d\n' "${role:-nobody}" $(((${EPOCHREALTIME/./} - began) / 1000)) >"$told.role"
    printf 'round %d: SIG%s of %s%s after %d ms of %s: status %d (%s)\n' "$number" "$signal" "${role:-nobody}" \
        "${then:+, $then}" "$after" "$work" "$status" "$victim_is" >>"$told"
    [ "$status" != 1 ] || tail -n 3 "$told.said" >>"$told"
}

keep_namespaces
# Only once: a shifted copy of the image that was half made when nslab was killed stays. `nslab leaks` names it, and the
# next one makes it whole: 68-signals.
[ "$rounds" -lt 100 ] || call nslab -c 'run --rm --userns remap nginx true'
remember
results=$work/rounds
mkdir -p "$results"
# numbers FIRST LAST SIGNAL: side by side, then what is left of them
several() {
    local first=$1 last=$2 signal=$3 number jobs=()
    for ((number = first; number <= last; number++)); do
        round "$number" "$signal" 2>/dev/null &
        jobs+=($!)
    done
    wait "${jobs[@]}"
    local left='' pids
    wait_for 2 same_alive || left=yes
    call nslab leaks
    [ "$status${left:-}" != 0 ] || return
    bad=$((bad + 1))
    # nslab leaks says the same as the test
    [ "$status:$left" = 1:yes ] || diag "nslab leaks doesn't agree (status $status, left: ${left:-nothing}): $err"
    read -ra pids <<<"$(diff "$work/alive" "$work/alive.now" | awk '/^> [0-9]+ / {printf "%s ", $2}')"
    diag "this is left:" "$(what_is_left)" "$out" "$(dump ${pids[@]+"${pids[@]}"})" "of one of:"
    for ((number = first; number <= last; number++)); do diag "$(cat "$results/$number")"; done
    # said once
    for number in ${pids[@]+"${pids[@]}"}; do kill -KILL "$number"; done 2>/dev/null
    wait_for 2 same_alive || alive >"$work/alive"
}

base=0
for signal in KILL STOP TERM HUP; do
    bad=0
    for ((n = 0; n < rounds; n += at_once)); do
        last=$((n + at_once < rounds ? n + at_once : rounds))
        several $((base + n)) $((base + last - 1)) "$signal"
    done
    for ((n = 0; n < rounds; n++)); do
        ! grep -q '^bad' "$results/$((base + n))" || { bad=$((bad + 1)); diag "$(cat "$results/$((base + n))")"; }
    done
    is "SIG$signal, $rounds times (seed $seed): nothing left, no hang, no crash" "$bad bad" "0 bad"
    base=$((base + rounds))
done
diag "$(awk '{n[$1]++; if ($2 > most) most = $2}
    END {for (r in n) printf "%s %d, ", r, n[r]; printf "the longest took %.1f s", most / 1000}' "$results"/*.role)"
[ "$rounds" -lt 20 ] || check "nslab itself, its workers, inits and what runs in labs were among them" \
    awk '{n[$1]++} END {exit !(n["nslab"] && n["worker"] && n["init"] && (n["first"] || n["program"]))}' "$results"/*.role

# --- stopped at moments that chance seldom meets ---
is_stopped() { [[ $(ps -o stat= -p "$1") == T* ]]; }
asleep() { pgrep -fx "sleep $1" >/dev/null; }
if [ "$situation" = range ]; then
    # A newuidmap that does nothing for years, with rights of its own as the real one has them: what it is told, the ids,
    # are seconds to it.
    mkdir -m 755 /srv/bin
    install -m 4755 /bin/sleep /srv/bin/newuidmap
    find_helper() { helper=$(pgrep -f '^/srv/bin/newuidmap'); }
    start_waiting() {
        "$@" "${as[@]}" "PATH=/srv/bin:$PATH" "$binary" -c 'host true' >"$work/said" 2>&1 &
        nslab_pid=$!
        wait_for 5 find_helper || diag "$(cat "$work/said")"
    }
    # in a session of its own, as in a terminal; and in that of who inherits it, as in a container
    for session in setsid env; do
        for who in init newuidmap; do
            start_waiting "$session"
            [ "$who" = newuidmap ] && stopped=$helper || stopped=$(pgrep -P "$nslab_pid" -f "^$binary")
            kill -STOP "$stopped"
            wait_for 1 is_stopped "$stopped"
            kill -KILL "$nslab_pid"
            wait "$nslab_pid" 2>/dev/null
            name="stopped before it has its ids, $who ends with nslab ($session)"
            if wait_for 1 same_alive; then
                pass "$name"
            else
                fail "$name" "$(what_is_left)"
                kill -KILL "$stopped" "$helper" 2>/dev/null
            fi
        done
    done
    start_waiting setsid
    kill -TERM "$nslab_pid"
    check "a newuidmap that does nothing: Ctrl-C ends nslab" wait_for 3 eval "! kill -0 $nslab_pid 2>/dev/null"
    kill -KILL "$nslab_pid" "$helper" 2>/dev/null
    wait "$nslab_pid" 2>/dev/null
    has "and it says what was interrupted" "$(cat "$work/said")" "interrupted while newuidmap wrote the id map"
    rm -r /srv/bin
fi

call nslab verify /srv/short.yaml
is "and the next verify passes" "$status" 0
nothing_left "and leaves nothing"
rm /srv/short.yaml
find /root /srv/home /var/lib/nslab \( -name history -o -name 'workbook*' \) -delete
end_namespaces
wait_for 5 eval '! ps -e -o stat=,comm= | grep -qE "^Z|sleep"'
remember
