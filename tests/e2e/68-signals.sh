# shellcheck shell=bash disable=SC2154,SC2016 # $() is for the shells in there
# SPDX-License-Identifier: MIT
#
# Ctrl-Z, Ctrl-C, a closed terminal and a window that changes its size, at each of the moments when they may come.
# situations: root range
# short run: root
# network: own

# shellcheck source=tests/e2e/terminal.sh
. tests/e2e/terminal.sh
remember
gone() { ! pgrep -f "$1" >/dev/null; }
asleep() { pgrep -fx "sleep $1" >/dev/null; }
state_of() { ps -o stat= -p "$1" 2>/dev/null; }
# stopped PATTERN: all of this name; in its own shell's background
stopped() { [[ $(state_of "$(pgrep -fx "$1")") == T* ]]; }
is_running() { [[ $(state_of "$(pgrep -fx "$1")") == [SR]* ]]; }

cat >/srv/slow.yaml <<'END'
format: nslab/1
id: slow
title: A lab of the tests
summary: One that takes its time.
minutes: 1
requires: [user, pid]
steps:
  - id: wait
    title: Waiting
    text: Some words.
    do:
      - run -d --name web nginx
      - exec web sh -c 'grep -q nginx /proc/1/comm || exec sleep 6008'
    expect:
      - id: first
        say: nginx is PID 1
        see: {process: "nginx: master*", field: pid, from: web}
        is: 1
    contrast:
      say: the same with another wall
      with: {run: --pid=host}
      flips: [first]
    explain: Nothing.
  - id: endless
    title: Waiting for ever
    task: Nothing.
    hints: [a, b, c]
    solution: [host touch /nosuch]
    expect:
      - id: never
        say: what never comes
        see: {file: /nosuch, field: exists, from: host}
        within: 60s
        is: "true"
END
chmod 644 /srv/slow.yaml

# --- Ctrl-Z: under a shell, whose job nslab is ---
terminal 80 24
run_in_tab env HISTFILE= bash --norc --noprofile
prompts "a shell with job control" '*[$#]'
type_line "stty -g >/tmp/modes; $binary"
prompts "nslab, a job of it" 'nslab>'
keys -l 'host echo half'
wait_for 5 last_is_text half
keys C-z
shows "Ctrl-Z at the prompt stops nslab" '\[1]+  Stopped*nslab'
type_line 'stty -g | cmp - '"/tmp/modes && echo as before"
shows "the terminal is the shell's again" $'\nas before'
type_line fg
prompts "fg: the prompt, and the line as it was" 'nslab> host echo half'
keys -l 'way'
prompts "and it goes on" 'nslab> host echo halfway'
keys Enter
shows "and is run" $'\nhalfway'
type_line 'host sleep 6001'
check "a line that takes its time" wait_for 5 asleep 6001
keys C-z
shows "Ctrl-Z in it stops nslab" '\[1]+  Stopped*nslab'
type_line 'fg'
check "fg goes on with it" wait_for 5 is_running "$binary"
keys C-c
check "Ctrl-C ends it" wait_for 5 gone '^sleep 6001$'
prompts "and the prompt is there" 'nslab>'

# --- Ctrl-C: all of a line's processes, while something is waited for, at a page ---
type_line "host sh -c 'sleep 6002 | sleep 6003'"
check "a command of several processes" wait_for 5 eval 'asleep 6002 && asleep 6003'
keys C-c
check "Ctrl-C reaches all" wait_for 5 eval 'gone "^sleep 600[23]$"'
prompts "and the prompt is there" 'nslab>'
type_line 'run -d --name deaf nginx sleep 6004'
check "run -d waits for a port that nobody opens" wait_for 5 asleep 6004
keys C-c
prompts "Ctrl-C ends the wait" 'nslab>'
type_line 'rm -f deaf'
prompts "what was started can be removed" 'nslab>'
type_line 'start /srv/slow.yaml'
prompts "a lab" 'slow 1/2>'
type_line 'do'
prompts "its lines" 'slow 1/2>'
type_line check
prompts "checked" 'slow 1/2>'
type_line contrast
check "contrast takes its time" wait_for 5 asleep 6008
keys C-c
check "contrast: Ctrl-C ends what it runs" wait_for 5 gone '^sleep 6008$'
prompts "and the prompt is there" 'slow 1/2>'
type_line next
prompts "a task" 'slow 2/2>'
type_line check
polling() { [ "$(state_of "$(pgrep -fx "$binary")")" = S+ ] && last_is_text check; }
check "check takes its time" wait_for 5 polling
keys C-c
prompts "check: Ctrl-C gives the prompt back" 'slow 2/2>'
type_line watch
shows "watch takes its time" 'Not yet: what never comes'
keys C-c
prompts "watch: Ctrl-C gives the prompt back" 'slow 2/2>'
tmux_here resize-window -t ":$tab" -x 80 -y 10
type_line 'help'
prompts "a page" '-- more: Enter, q --'
tmux_here resize-window -t ":$tab" -x 60 -y 12
keys Enter
prompts "the window changes its size: the next one" '-- more: Enter, q --'
keys C-c
prompts "Ctrl-C leaves the pages, not nslab" 'slow 2/2>'
type_line 'host echo fine'
shows "which goes on" $'\nfine'
tmux_here resize-window -t ":$tab" -x 80 -y 24
keys C-d
prompts "the shell's prompt" '*[$#]'
type_line "stty -g | cmp - /tmp/modes && echo as at first"
shows "and its terminal is as it was" $'\nas at first'

# --- a second terminal, stopped and woken; a window that changes its size ---
type_line "$binary"
prompts "nslab again" 'nslab>'
type_line 'run -d --name web nginx'
prompts "a container" 'nslab>'
open_tab "$binary" attach web
prompts "attached" 'web:/#'
client=$(pgrep -fx "$binary attach web")
kill -TSTP "$client"
check "SIGTSTP stops it" wait_for 5 stopped "$binary attach web"
kill -CONT "$client"
keys -l 'echo wo'
keys -l 'ken'
keys Enter
shows "SIGCONT: it goes on, with the terminal as it has to be" $'\nwoken'
tmux_here resize-window -t ":$tab" -x 66 -y 22
sized() {
    type_line 'stty size'
    wait_for 0.3 on_screen $'\n22 66'
}
check "the window's size follows" wait_for 5 sized

# --- a terminal that goes away ---
nobody() { gone "^$binary|nginx|^sleep 60|^nslab"; }
type_line 'sleep 6005'
check "a command in it" wait_for 5 asleep 6005
tmux_here kill-window -t ":$tab"
check "closed while attached: its shell and command end within a second" wait_for 1 gone "attach web|^sleep 6005"
tab=0
type_line 'exec web echo alive'
shows "and the lab goes on" $'\nalive'
type_line 'host sleep 6006'
check "a line" wait_for 5 asleep 6006
tmux_here kill-server
check "closed during a line: nothing is left within a second" wait_for 1 nobody
terminal 80 24
prompts "nslab" 'nslab>'
type_line 'run -d --name web nginx'
prompts "with a container" 'nslab>'
keys -l 'host echo not entered'
wait_for 5 last_is_text entered
tmux_here kill-server
check "closed at the prompt: nothing is left within a second" wait_for 1 nobody

# --- kill -9 ---
terminal 80 24
prompts "nslab once more" 'nslab>'
type_line 'host echo the last line'
prompts "a line" 'nslab>'
kill -KILL "$(pgrep -fx "$binary")"
ends "killed" 137
end_terminal
history=$(find /root /srv/home /var/lib/nslab -name history)
is "the line before is in the history" "$(tail -n 1 "$history")" 'host echo the last line'
is "and nothing is beside it" "$(find /root /srv/home /var/lib/nslab -name 'history?*')" ""

# --- a reader that doesn't read ---
mkfifo "$work/unread"
exec 7<>"$work/unread" # this shell is the reader
"${as[@]}" "$binary" -c 'host seq 50000' >"$work/unread" 2>&1 7>&- &
nslab_pid=$!
waits_for_room() { [[ $(state_of "$(pgrep -fx 'seq 50000')") == S* ]]; }
check "a pipe is full" wait_for 5 waits_for_room
kill -TERM "$nslab_pid"
check "SIGTERM ends nslab all the same" wait_for 5 eval "! kill -0 $nslab_pid 2>/dev/null"
exec 7>&-
wait "$nslab_pid"
is "its status is SIGTERM's" "$?" 143

# --- a copy of the image that isn't finished ---
images=$data/images/nginx
mkdir "$work/bin"
printf '#!/bin/sh\nfor half; do :; done\nmkdir -p "$half/part"\nexec sleep 6007\n' >"$work/bin/cp"
chmod -R a+rx "$work"
chmod a+x "$work/bin/cp"
become "$situation"
if [ "$situation" = root ]; then
    # The copy is made where the kernel shows no files with other owners.
    as=("$tree/tests/e2e/refuse" idmap ENOSYS "${as[@]}" "PATH=$work/bin:$PATH")
    session_start
    say 'run -d --name web --userns remap nginx'
    check "SIGTERM: a copy is begun by root" wait_for 10 asleep 6007
    find_nslab "$session"
    kill -TERM "$nslab_pid"
    says "it is said what becomes of it" 'interrupted while files were changed in the ids of a lab'
    session_end
    check "nobody goes on with it" wait_for 5 gone '^sleep 6007$'
    is "and nothing of it is left" "$(cd "$images" && echo shifted*)" 'shifted*'
    become root
fi
if [ "$situation" = range ]; then
    as+=("PATH=$work/bin:$PATH")
    for signal in INT KILL; do
        session_start
        say 'run -d --name web --userns remap nginx'
        check "SIG$signal: a copy is begun" wait_for 10 asleep 6007
        find_nslab "$session"
        kill -"$signal" "$nslab_pid"
        [ "$signal" != INT ] || says "SIGINT: it is said what becomes of it" 'interrupted while files were changed in the ids of a lab'
        session_end 2>/dev/null
        check "SIG$signal: nobody goes on with it" wait_for 5 gone '^sleep 6007$'
        check "SIG$signal: it is half made" test -d "$images/shifted.new/part"
    done
    become range
    try "the next one makes it whole" 0 'hello' 'run --rm --userns remap nginx echo hello'
    is "and nothing of the half is left" "$(cd "$images" && echo shifted*) $(find "$images/shifted" -name part)" "shifted "

    # A copy that belongs to other ids: of a data directory that was copied, of an allotment that has changed.
    chown -hR 58001:58001 "$images/shifted"
    try "a copy that belongs to the user alone is made again" 0 'hello' 'run --rm --userns remap nginx echo hello'
    is "and has its owner" "$(stat -c %u "$images/shifted")" $((958000000 + 1999))
    chown -hR 57000:57000 "$images/shifted"
    try "one of foreign ids can't be" 125 'cannot remove all of /srv/home/range/*/shifted:*Permission denied*sudo rm -rf*/srv/home/range/*/shifted`.' \
        'run --rm --userns remap nginx echo hello'
    rm -rf "$images/shifted"
fi
rm /srv/slow.yaml /tmp/modes
find /root /srv/home /var/lib/nslab \( -name history -o -name 'workbook*' \) -delete
