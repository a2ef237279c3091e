# shellcheck shell=bash disable=SC2154
# SPDX-License-Identifier: MIT
#
# SIGKILL at random moments of `verify pid`: of nslab, of its process that runs the lab, of the lab host's init, and of
# nslab and init. Nothing can be cleaned up by
# who is killed; within a second nothing is left all the same.
# situations: root range none unshare
# network: own
# limit: 3000

rounds=${NSLAB_KILL_ROUNDS:-20}
keep_namespaces
remember

# round VICTIM MILLISECONDS: 0 when nothing is left
round() {
    local victim=$1 after=$2 killed
    "${as[@]}" "$binary" verify pid >"$work/said" 2>&1 &
    local job=$!
    nslab_pid=$job init_pid=''
    # not to synchronise: this is the random moment
    sleep "$(printf '%d.%03d' $((after / 1000)) $((after % 1000)))"
    # the words in front of it exec one another; only nsenter has a child
    [ "$situation" != unshare ] || find_nslab "$job"
    [ "$victim" = nslab ] || find_init
    case $victim in
    nslab) killed=$nslab_pid ;;
    # the process in which this lab runs
    worker) killed=$(ps -o ppid= -p "${init_pid:-0}" | tr -d ' ') ;;
    init) killed=$init_pid ;;
    both) killed="$nslab_pid $init_pid" ;;
    esac
    # shellcheck disable=SC2086 # words
    [ -z "${killed// /}" ] || kill -KILL $killed
    [ -z "$init_pid" ] || hits=$((hits + 1))
    # without its init nslab has to end by itself; it says so, and doesn't crash
    if ! wait_for 20 eval "! kill -0 $job 2>/dev/null"; then
        diag "$victim after $after ms: nslab hangs"
        kill -KILL "$job" "$nslab_pid"
        wait "$job"
        return 1
    fi
    wait "$job"
    status=$?
    if [[ $victim =~ init|worker ]] && [[ ! $status =~ ^[0145]$ ]]; then
        diag "$victim after $after ms: status $status" "$(tail -n 5 "$work/said")"
        return 1
    fi
    wait_for 1 same_alive && return 0
    diag "$victim after $after ms: this is left:" "$(what_is_left)"
    alive >"$work/alive" # said once
    return 1
}

hits=0
for victim in nslab worker init both; do
    bad=0
    n=$(((rounds + 3) / 4))
    for ((i = 0; i < n; i++)); do
        # every other one while the lab host is being built
        round "$victim" $((RANDOM % (i % 2 ? 1000 : 60))) 2>"$work/killed" || bad=$((bad + 1))
    done
    is "$n sudden deaths of ${victim/both/nslab and init}: nothing left, no hang, no crash" "$bad bad" "0 bad"
done
check "many of them hit a lab that was running ($hits of $rounds)" test "$hits" -ge $((rounds / 4))

call nslab verify pid
is "and the next verify passes" "$status" 0
nothing_left "and leaves nothing"
end_namespaces
wait_for 5 eval '! ps -e -o stat=,comm= | grep -qE "^Z|sleep"'
remember
