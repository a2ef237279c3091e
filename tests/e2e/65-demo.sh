# shellcheck shell=bash disable=SC2154,SC2016 # $() is for the shell in there
# SPDX-License-Identifier: MIT
#
# The demo, with a presenter on a terminal and without; and what is recorded of it, replayed by the real asciinema.
# situations: root range none unshare
# short run: root
# network: own

sed 's/before the step\./& Grüße./' tests/data/demo.yaml >/srv/demo.yaml
cat >/srv/failing.yaml <<'END'
format: nslab/1
id: failing
title: Two steps fail
summary: And the third is as it should be.
minutes: 1
requires: [user, pid]
steps:
  - id: line
    title: A line that fails
    do: [run -d --name web nginx, exec web false, exec web echo never]
    expect:
      - {id: never, say: never looked at, see: {container: web, field: status}, is: running}
  - id: wrong
    title: Something else than expected
    do: [host true]
    expect:
      - {id: name, say: the name is another, see: {hostname: now, from: host}, is: somewhere, within: 0}
    explain: Nothing of this is explained.
  - id: right
    title: As it should be
    do: [host true]
    expect:
      - {id: right-name, say: the name is right, see: {hostname: now, from: host}, is: lab-host}
END

# --- without a terminal ---
call nslab demo /srv/demo.yaml
is "a demo needs a terminal: status" "$status" 2
has "and says so" "$err" "a demo needs a terminal, for the presenter's keys*--auto"
call nslab demo /srv/demo.yaml --auto --speed max
is "--auto: status" "$status" 0
has "--auto: text, question, lines, answer, verdict, contrast, explanation, in this order" "$out" \
    "Step 1 of 2: Looking*Some words*Which PID?*a) the first*> run -d --name web nginx*> exec web ps*1 nginx: master*The answer: the first*That is what a new*pass*nginx is PID 1*one wall taken away*--pid=host*CHANGED*It saw 1, and the machine [0-9]*Step 2 of 2: Ending*End web.*> kill web*pass*web has ended*That was the last step of demo"
is "--auto: no prompts of a learner" "$(grep -c 'Enter' <<<"$out")" 0
is "without a terminal: no escape sequences" "$(LC_ALL=C grep -c $'\033' <<<"$out")" 0
call nslab demo /srv/demo.yaml --auto --speed max --from end
is "--from: status" "$status" 0
has "--from: the task, in its state" "$out" "Step 2 of 2*> kill web*pass*web has ended"
is "--from: and not what is before it" "$(grep -c 'Step 1 of 2' <<<"$out")" 0
call nslab demo /srv/demo.yaml --auto --speed max --from 2
has "--from: a number" "$out" "Step 2 of 2*web has ended"
call nslab demo /srv/demo.yaml --auto --from lock
is "--from: a step that isn't there" "$status" 2
has "names the nearest" "$err" 'no step `lock`*Did you mean look?'
call nslab demo /srv/demo.yaml --auto --speed fast
has "--speed: what it takes" "$status $err" '2 *--speed takes a factor such as 2 or 0.5, or max, not `fast`'
call nslab demo nowhere --auto
is "a lab that isn't there" "$status" 2
call nslab demo /srv/failing.yaml --auto --speed max
is "a step that fails: status" "$status" 1
has "and is said to have failed" "$out" "> exec web false*Step 1 has failed*Step 2 of 3*FAIL*Step 2 has failed*Step 3 of 3*pass*the name is right"
has "with the line and its status" "$err" '`exec web false` ended with status 1'
is "what comes after a failed line isn't run" "$(grep -c never <<<"$out")" 0
is "and nothing is explained that wasn't seen" "$(grep -c explained <<<"$out")" 0

# --- at a human pace ---
begin=${EPOCHREALTIME/./}
limit=60 call nslab demo /srv/demo.yaml --auto --from end --speed 20
took=$((${EPOCHREALTIME/./} - begin))
check "--speed 20: it takes its time ($((took / 1000)) ms)" test "$took" -gt 1000000

# --- recording ---
cast=$work/demo.cast
chmod 777 "$work"
call nslab demo /srv/demo.yaml --auto --speed max --record "$cast"
is "--record: status" "$status" 0
check "asciicast v2: the header" jq -e -s '.[0] | .version == 2 and .width == 80 and .height == 24 and .idle_time_limit == 4
    and (.timestamp | . > 1700000000) and .title == "nslab demo /srv/demo.yaml" and (.env | keys - ["SHELL", "TERM"] == [])' "$cast"
check "each further line is an event, in the order of time" jq -e -s '.[1:] | length > 20
    and all(.[]; length == 3 and (.[0] | type == "number") and (.[1] | IN("o", "m")) and (.[2] | type == "string"))
    and (map(.[0]) | . == sort)' "$cast"
is "a line is one event" "$(jq -c . "$cast" | wc -l)" "$(wc -l <"$cast")"
is "the file is UTF-8" "$(iconv -f UTF-8 -t UTF-8 "$cast" | cmp - "$cast" && echo yes)" yes
is "a marker for each phase of each step" "$(jq -r 'select(.[1]? == "m") | .[2]' "$cast" | tr '\n' ';')" \
    "look: read;look: predict;look: run;look: observe;look: contrast;look: explain;end: read;end: run;end: observe;"
is "what is recorded is what was shown" "$(jq -j 'select(.[1]? == "o") | .[2]' "$cast")" "$(<"$work/out")"
has "with what is no ASCII" "$out" "Grüße"
if command -v asciinema >/dev/null; then
    HOME=$work LC_ALL=C.UTF-8 timeout -k 2 20 script -qec "asciinema cat $cast" /dev/null >"$work/replayed" </dev/null
    is "asciinema replays it" "$(tr -d '\r' <"$work/replayed" | grep -v '^$' | md5sum)" \
        "$(tr -d '\r' <"$work/out" | grep -v '^$' | md5sum)"
else
    skip "asciinema replays it" "asciinema is missing"
fi
before=$(md5sum <"$cast")
call nslab demo /srv/demo.yaml --auto --speed max --record "$cast"
has "a recording isn't written over" "$status $err" "5 *is there already, and a recording is not written over"
is "and is as it was" "$(md5sum <"$cast")" "$before"
call nslab demo /srv/demo.yaml --auto --speed max --record /dev/full
is "a full disk: status" "$status" 5
has "a full disk is said, and the demo goes on" "$err$out" "cannot write /dev/full: No space left on device*That was the last step*"
has "and said again at the end" "$err" "the recording /dev/full is not whole"
call nslab demo /srv/demo.yaml --auto --speed max --record /nowhere/x.cast
has "a file that can't be made" "$status $err" "5 *cannot write /nowhere/x.cast: No such file or directory"
call nslab --record "$work/lines.cast" <<<"host echo recorded"
has "the shell, with lines from a pipe" "$status $out" "0 *recorded"
has "and recorded" "$(jq -j 'select(.[1]? == "o") | .[2]' "$work/lines.cast")" "recorded"
call nslab --record "$work/status.cast" -c 'host sh -c "exit 7"'
is "its status is the shell's own" "$status" 7

# --- on a terminal ---
tmux_here() { TMUX_TMPDIR=$work tmux -L e2e -f /dev/null "$@"; }
# terminal COLUMNS ROWS ARGUMENTS...: nslab on a terminal of that size, and after it what the terminal's modes are
terminal() {
    local columns=$1 rows=$2
    shift 2
    tmux_here new-session -d -x "$columns" -y "$rows" sleep infinity
    tmux_here set-option -g remain-on-exit on
    rm -f "$work/ended"
    tmux_here respawn-window -k -t 0 -- sh -c 'trap : INT; "$@"; echo "$? $(stty -a | grep -oE -- "-?(icanon|echo)\\b" | tr "\n" " ")" >"$0"' \
        "$work/ended" "${as[@]}" env TERM=screen LANG=C.UTF-8 "$binary" "$@"
}
# Waits for its end: a server that is about to go takes no new session.
end_terminal() {
    tmux_here kill-server
    wait_for 5 eval '! pgrep -f "^tmux " >/dev/null'
}
screen() { tmux_here capture-pane -p -t 0 | sed 's/ *$//'; }
keys() { tmux_here send-keys -t 0 "$@"; }
on_screen() {
    # shellcheck disable=SC2053 # a glob
    [[ $(screen) == *$1* ]]
}
shows() {
    if wait_for 10 on_screen "$2"; then pass "$1"; else fail "$1" "never shown: $2"$'\n'"$(screen)"; fi
}
hides() {
    if on_screen "$2"; then fail "$1" "shown: $2"$'\n'"$(screen)"; else pass "$1"; fi
}
type_line() {
    keys -l "$1"
    wait_for 5 on_screen "$1"
    keys Enter
}

terminal 80 24 demo /srv/demo.yaml --speed 40 --record "$work/room.cast"
shows "the title, and a stop" 'A lab of the tests*\[space: the step\]'
keys Space
shows "the step" 'Step 1 of 2*Some words*\[space: the question\]'
hides "the question comes with a key" 'Which PID?'
keys Right
shows "the question" 'Some words*Which PID?*b) the same*\[space: run it\]'
keys b
hides "no answer by its letter, and nothing runs" '> run'
keys Enter
shows "the first line, and its output" 'Which PID?*> run -d --name web nginx*web*\[space: next line\]'
hides "the answer waits" 'That is what a new'
keys PageDown
shows "the next line" '> exec web ps*1 nginx: master*\[space: the answer\]'
keys p
shows "a prompt in the same lab" "This is the demo's own lab*demo 1/2>"
type_line 'exec -it web bash'
shows "a terminal in the demo's container" 'root@web:/#'
type_line 'echo in-there: $(tty)'
shows "works" 'in-there: /dev/pts/0'
type_line 'exit'
shows "and ends" 'exit*demo 1/2>'
type_line 'demo'
shows "demo: back where it was left" 'demo 1/2> demo*\[space: the answer\]'
keys Space
shows "the answer" 'The answer: the first*That is what a new*\[space: what the kernel says\]'
keys Space
shows "the verdict" 'pass*nginx is PID 1*\[space: with the wall'
keys Left
shows "back to where the step begins" 'Step 1 of 2*\[space: the question\]'
hides "with a fresh screen" 'nginx is PID 1'
keys Space
shows "the question again" 'Which PID?*\[space: run it\]'
keys Space
shows "in a fresh lab host: the name is free" '> run -d --name web nginx*web*\[space: next line\]'
keys '?'
shows "the keys" 'goes on*ends the demo*\[space: next line\]'
keys p
shows "the prompt" 'demo 1/2>'
keys C-d
shows "Ctrl-D comes back too" '\[space: next line\]'
keys q
check "q ends it" wait_for 5 test -s "$work/ended"
is "with status 0, and the terminal as it was" "$(<"$work/ended")" '0 icanon echo '
end_terminal
has "recorded: what readline showed" "$(jq -j 'select(.[1]? == "o") | .[2]' "$work/room.cast")" "exec -it web bash"
has "recorded: a container's terminal" "$(jq -j 'select(.[1]? == "o") | .[2]' "$work/room.cast")" "in-there: /dev/pts/0"
is "recorded: no input" "$(jq -c 'select(.[1]? == "i")' "$work/room.cast" | wc -l)" 0

# --- a lab longer than the screen; 40 columns ---
terminal 40 16 demo pid --speed max --plain
shows "40 columns: the title" 'PID namespace*\[space: the step\]'
keys Space
shows "a text longer than the screen is shown in parts" 'Step 1 of*\[space: more\]'
is "no line is wider" "$(screen | awk 'length > 40' | wc -l)" 0
more() {
    keys Space
    wait_for 2 on_screen '\[space: the question\]'
}
check "to its end" wait_for 10 more
keys C-c
check "Ctrl-C ends it" wait_for 5 test -s "$work/ended"
is "with status 130, and the terminal as it was" "$(<"$work/ended")" '130 icanon echo '
end_terminal

# --- nslab dies, and what was recorded can be played ---
terminal 80 24 --record "$work/shell.cast" --lab /srv/demo.yaml
shows "the shell, recorded" 'demo 1/2>'
type_line 'exec'
shows "a line" 'demo 1/2> exec'
tmux_here resize-window -t 0 -x 70 -y 20
check "a new size is an event" wait_for 5 grep -q '"r", "70x20"' "$work/shell.cast"
check "sudden death" pkill -KILL -x nslab
check "ends all of it" wait_for 5 eval '! pgrep "nslab|nginx" >/dev/null'
check "what was recorded is whole lines" jq -e -s 'length > 3 and .[0].version == 2' "$work/shell.cast"
is "with a marker" "$(jq -r 'select(.[1]? == "m") | .[2]' "$work/shell.cast")" "look: predict"
end_terminal 2>/dev/null
find /root /srv/home /var/lib/nslab -name history -delete
rm /srv/demo.yaml /srv/failing.yaml
