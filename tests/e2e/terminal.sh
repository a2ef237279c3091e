# shellcheck shell=bash disable=SC2154,SC2016 # what lib.sh sets; $@ is for the shell in there
# SPDX-License-Identifier: MIT
#
# nslab on a terminal, for the topics: tmux is the terminal, and everything is waited for by what the screen shows.

terminal_env=(TERM=screen LANG=C.UTF-8)
terminal_number=0 # a server that ends is no longer spoken to
tmux_here() { TMUX_TMPDIR=$work tmux -u -L "e2e$terminal_number" -f /dev/null "$@"; }
# terminal COLUMNS ROWS ARGUMENTS...: nslab on a terminal of that size. Not under timeout(1): Ctrl-C reaches that too.
terminal() {
    local columns=$1 rows=$2
    shift 2
    terminal_number=$((terminal_number + 1))
    tmux_here new-session -d -x "$columns" -y "$rows" sleep infinity
    tmux_here set-option -g remain-on-exit on
    rm -f "$work/ended"
    tmux_here set-option -g history-limit 5000
    tmux_here respawn-window -k -t 0 -- sh -c 'trap : INT; "$@"; echo $? >"$0"' "$work/ended" \
        "${as[@]}" env "${terminal_env[@]}" "$binary" "$@"
}
end_terminal() { tmux_here kill-server; }
screen() { tmux_here capture-pane -p -J -S -5000 -t 0 | sed 's/ *$//'; }
keys() { tmux_here send-keys -t 0 "$@"; }
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
