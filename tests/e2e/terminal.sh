# shellcheck shell=bash disable=SC2154,SC2016 # what lib.sh sets; $@ is for the shell in there
# SPDX-License-Identifier: MIT
#
# nslab on a terminal, for the topics: tmux is the terminal, and everything is waited for by what the screen shows.

terminal_env=(TERM=screen LANG=C.UTF-8)
terminal_number=0 # a server that ends is no longer spoken to
tmux_here() { TMUX_TMPDIR=$work tmux -u -L "e2e$terminal_number" -f /dev/null "$@"; }
tab=0 # which window of it is meant: tabs, in each of which something runs
# run_in_tab COMMAND...: its status is then in $work/ended, of tab N in $work/endedN. Not under timeout(1): Ctrl-C
# reaches that too.
run_in_tab() {
    rm -f "$work/ended${tab#0}"
    tmux_here respawn-window -k -t ":$tab" -- sh -c 'trap : INT; "$@"; echo $? >"$0"' "$work/ended${tab#0}" \
        "${as[@]}" env "${terminal_env[@]}" "$@"
}
# open_tab COMMAND...: in a new tab
open_tab() {
    tab=$(tmux_here new-window -P -F '#{window_index}' sleep infinity)
    run_in_tab "$@"
}
# terminal COLUMNS ROWS ARGUMENTS...: nslab on a terminal of that size, in tab 0
terminal() {
    local columns=$1 rows=$2
    shift 2
    terminal_number=$((terminal_number + 1)) tab=0
    tmux_here new-session -d -x "$columns" -y "$rows" sleep infinity
    tmux_here set-option -g remain-on-exit on
    tmux_here set-option -g history-limit 5000
    run_in_tab "$binary" "$@"
}
end_terminal() { tmux_here kill-server; }
screen() { tmux_here capture-pane -p -J -S -5000 -t ":$tab" | sed 's/ *$//'; }
keys() { tmux_here send-keys -t ":$tab" "$@"; }
on_screen() {
    # shellcheck disable=SC2053 # a glob
    [[ $(screen) == *$1* ]]
}
# shows NAME GLOB
shows() {
    if wait_for 10 on_screen "$2"; then pass "$1"; else fail "$1" "never shown: $2"$'\n'"$(screen | tail -n 40)"; fi
}
# The last line with something on it: where a prompt is waited for, nothing else is running.
last_is() {
    # shellcheck disable=SC2053 # a glob
    [[ $(screen | grep -v '^ *$' | tail -n 1) == $1 ]]
}
last_is_text() { [[ $(screen | grep -v '^ *$' | tail -n 1) == *"$1" ]]; }
# Enter comes when the line is on the screen: what is then the last line isn't the prompt before it.
type_line() {
    keys -l "$1"
    wait_for 5 last_is_text "$1"
    keys Enter
}
prompts() {
    if wait_for 10 last_is "$2"; then pass "$1"; else fail "$1" "no prompt: $2"$'\n'"$(screen | tail -n 40)"; fi
}
# ends NAME STATUS: what runs in this tab
ends() {
    wait_for 10 test -s "$work/ended${tab#0}"
    is "$1" "$(cat "$work/ended${tab#0}" 2>&1)" "$2"
}
