# shellcheck shell=bash disable=SC2154,SC2016 # $() is for the shell in there
# SPDX-License-Identifier: MIT
#
# The guided shell on a terminal: tmux is the terminal, and everything is waited for by what the screen shows.
# situations: root range none unshare
# short run: root
# network: own

cp tests/data/demo.yaml /srv/

# shellcheck source=tests/e2e/terminal.sh
. tests/e2e/terminal.sh

# --- a lesson ---
terminal 80 24
prompts "the first prompt" 'nslab>'
type_line 'start /srv/demo.yaml'
shows "start: the step's text and question" "Step 1 of 2*Some words before the step.*Which PID?*a) the first"
prompts "the prompt says where one is" 'demo 1/2>'
type_line a
shows "an answer by its letter" "the first"
keys Enter
shows "Enter runs the lines" "> exec web ps*1 nginx: master"
shows "and then says how the prediction was" "That is what a new namespace begins with."
prompts "and prompts again" 'demo 1/2>'
type_line check
shows "check: what the kernel says" "pass*nginx is PID 1"
prompts "and prompts" 'demo 1/2>'
type_line contrast
shows "contrast: what changed" "without its own PID namespace"
shows "and that web was PID 1 before" "nginx is PID 1"
prompts "and prompts" 'demo 1/2>'
type_line explain
shows "explain: with this machine's numbers" "It saw 1, and the machine [0-9]"
prompts "and prompts" 'demo 1/2>'
type_line next
shows "next: the task" "Step 2 of 2*End web."
prompts "at the second step" 'demo 2/2>'
type_line check
shows "check of an unsolved task" "FAIL*web has ended"
prompts "and prompts" 'demo 2/2>'
type_line hint
shows "the first hint" "Look at the verbs."
type_line hint
shows "the second hint" "It is a signal."
type_line 'kill web'
prompts "the task's line" 'demo 2/2>'
type_line check
shows "the task is solved" "pass*web has ended"

# --- a terminal in a container ---
type_line 'run -d --name box nginx'
prompts "another container" 'demo 2/2>'
type_line 'exec -it box bash'
prompts "bash in a container" 'root@box:/#'
type_line 'echo tty: $(tty)'
shows "it has a terminal of the container's own" "tty: /dev/pts/0"
type_line 'echo size: $(stty size)'
shows "of our terminal's size" "size: 24 80"
tmux_here resize-window -t 0 -x 60 -y 20
resized() {
    keys -l 'stty size'
    keys Enter
    wait_for 1 on_screen "20 60"
}
check "that follows when the window is resized" wait_for 10 resized
type_line 'sleep 1000'
asleep() { pgrep -f '^sleep 1000$' >/dev/null; }
check "a command in it runs" wait_for 5 asleep
keys C-c
check "Ctrl-C ends it" wait_for 5 eval '! asleep'
type_line 'echo status: $?'
shows "with 130" "status: 130"
type_line 'sleep 1001 & jobs; kill %1'
shows "job control works" "[1]*Running*sleep 1001"
type_line 'exit 7'
prompts "back in nslab" 'demo 2/2>'

# --- the window's size, at the prompt ---
# tmux tells the program some time later: what the lab host's terminal then says is the sign that it has
tmux_here resize-window -t 0 -x 80 -y 24
sized_back() {
    type_line 'exec -t box stty size'
    wait_for 1 on_screen $'\n24 80'
}
check "back to the old size" wait_for 10 sized_back
prompts "a prompt" 'demo 2/2>'
keys -l 'host echo un'
wait_for 5 last_is_text un
tmux_here resize-window -t 0 -x 70 -y 24
redrawn() { [ "$(tmux_here display-message -p -t 0 '#{pane_width}')" = 70 ]; }
wait_for 5 redrawn
keys -l 'touched'
prompts "a window that changes its size leaves the line as it is" 'demo 2/2> host echo untouched'
keys Enter
prompts "and prompts" 'demo 2/2>'
shows "and what it does" $'\nuntouched'

# --- Ctrl-C, history, completion, Ctrl-D ---
type_line 'host sleep 1000'
check "a command without a terminal runs" wait_for 5 asleep
keys C-c
check "Ctrl-C ends it" wait_for 5 eval '! asleep'
prompts "and not the shell" 'demo 2/2>'
keys -l 'host echo never'
wait_for 5 last_is_text never
keys C-c
prompts "Ctrl-C at the prompt throws the line away" 'demo 2/2>'
type_line 'host echo a"l"ways'
shows "and the next line is run" $'\nalways'
prompts "and prompts" 'demo 2/2>'
keys Up
prompts "the line before comes back with the arrow" 'demo 2/2> host echo a"l"ways'
keys C-c
prompts "a clean line" 'demo 2/2>'
keys -l 'inspe' && keys Tab && keys -l 'bo' && keys Tab
prompts "Tab completes verbs and containers" 'demo 2/2> inspect box*'
keys C-c
prompts "a clean line again" 'demo 2/2>'
keys C-d
check "Ctrl-D ends it" wait_for 10 test -s "$work/ended"
is "with status 0" "$(<"$work/ended")" 0
end_terminal
check "nothing of the lab runs any more" wait_for 1 eval '! pgrep nginx >/dev/null'
history=$(find /root /srv/home /var/lib/nslab -name history -printf '%p\n' | head -n 1)
check "history is kept in the user's data directory" grep -q 'exec -it box bash' "${history:-none}"
is "for the user alone" "$(stat -c %a "${history:-none}")" 600
rm -f "$history"
rm "$data/workbook.yaml" # the next one begins at the first step

# --- 40 columns; a name of a lab at the start; plain; a terminal that goes away ---
terminal 40 24 --plain --lab /srv/demo.yaml
prompts "40 columns: a prompt" 'demo 1/2>'
is "40 columns: no line is cut within a word" "$(tmux_here capture-pane -p -t 0 | awk 'length > 40' | wc -l)" 0
shows "40 columns: the question" "Which PID?"
type_line 'do'
prompts "40 columns: after the lines" 'demo 1/2>'
type_line check
shows "40 columns: the verdict" "nginx is PID 1"
is "--plain: ASCII alone" "$(screen | LC_ALL=C grep -c '[^ -~]')" 0
tmux_here kill-pane -t 0
end_terminal 2>/dev/null
check "a terminal that goes away ends the lab" wait_for 2 eval '! pgrep "nslab|nginx" >/dev/null'
find /root /srv/home /var/lib/nslab -name history -delete
rm /srv/demo.yaml
