# shellcheck shell=bash disable=SC2154,SC2016
# SPDX-License-Identifier: MIT
#
# What a learner sees: the first start, a whole lab by keyboard, two sides beside each other, pages, widths, locales.
# situations: root range none
# short run: none
# limit: 180
# network: own

# shellcheck source=tests/e2e/terminal.sh
. tests/e2e/terminal.sh

cat >/srv/sides.yaml <<'END'
format: nslab/1
id: sides
title: Two sides
summary: The same from two sides.
minutes: 1
requires: [user, pid]
steps:
  - id: look
    title: Looking
    do:
      - run -d --name web nginx
      - exec web cat /proc/sys/kernel/hostname
      - host cat /proc/sys/kernel/hostname
      - exec web uname -s
      - host uname -s
    expect:
      - id: own-uts
        say: web has a hostname of its own
        see: {namespace: uts, of: web}
        differs: {namespace: uts, of: host}
  - id: share
    title: Sharing
    task: Start `twin`, which has the lab host's hostname.
    hints: [Where to look., What to use., The shape of the line.]
    solution:
      - run -d --name twin --uts host nginx
    expect:
      - id: shared-uts
        say: twin shares the hostname
        see: {namespace: uts, of: twin}
        same: {namespace: uts, of: host}
        within: 0
END

shown_lines() { screen | grep -v '^ *$'; }
# A key is pressed, and something has come of it: a prompt or a page's end, below what was there before.
settled() {
    local now last
    now=$(shown_lines)
    last=${now##*$'\n'}
    [ "$now" != "$before" ] && [[ $last == *'>' || $last == '-- more'* ]]
}
press() {
    before=$(shown_lines)
    [ "$1" = Enter ] || { keys -l "$1" && wait_for 5 last_is_text "$1"; }
    keys Enter
    wait_for 15 settled
}
too_wide() { screen | LC_ALL=C.UTF-8 grep -cE ".{$(($1 + 1))}"; }
# As on a fresh account.
forget() { find /root /srv/home /var/lib/nslab \( -name history -o -name "workbook*" \) -delete; }

# --- the first start ---
case $situation in
root) here='You are root: every lab can be shown' ;;
range) here='You have 65536 subordinate ids: every lab can be shown.' ;;
none) here='You have a single id: /etc/subuid has no*reported as unsupported.' ;;
esac
terminal 80 24
prompts "first start: a prompt" 'nslab>'
shows "what this is, and what stays" "a real nginx*Nothing on this machine is changed, and nothing stays but your workbook"
shows "what can be done here" "$here"
shows "the one key" "[[]Enter begins the lab what-runs"
press chekc
shows "a typo gets the nearest verb" "Did you mean check?"
press labs
shows "labs: title, steps, minutes" "pid*PID namespace*8 steps, about 20 minutes"

# --- a whole lab by keyboard ---
press 'start pid'
answered=0
for ((round = 0; round < 120; round++)); do
    now=$(shown_lines)
    note=$(tail -n 3 <<<"$now" | tr '\n' ' ')
    case $note in
    *'That was the last step'* | *'nslab>'*) break ;;
    *'-- more'*) press Enter ;;
    *'Answer with the letter'*) press c && answered=$((answered + 1)) ;;
    *'Your turn'*)
        case $(grep -o 'Step [0-9] of' <<<"$now" | tail -n 1) in
        'Step 6 of') lines=('rm -f web' 'run -d --name web --pid host nginx') ;;
        *) lines=('run -d --name debug --pid container:web nginx sleep infinity') ;;
        esac
        for line in "${lines[@]}"; do press "$line"; done
        press check
        ;;
    *) press Enter ;;
    esac || break
done
shows "the pid lab, with Enter and answers, to its end" \
    "That was the last step of pid: you did 8 of its 8 steps, with 0 hints."
is "each prediction was asked for" "$answered" "$(sed -n '/^steps:/,$p' labs/pid.yaml | grep -c '^    predict:')"
is "no line of it is wider than the screen" "$(too_wide 80)" 0
check "no step failed" eval '! screen | grep -q "^FAIL"'
keys C-d
check "Ctrl-D ends it" wait_for 10 test -s "$work/ended"
end_terminal

# --- two sides ---
forget
terminal 120 40 --lab /srv/sides.yaml
prompts "120 columns: a prompt" 'sides 1/2>'
press 'do'
shows "what differs stands side by side, with a sign" \
    $'\n''> exec web cat /proc/sys/kernel/hostname *> host cat /proc/sys/kernel/hostname'$'\n''web * ≠ *lab-host'$'\n'
shows "and what is the same" $'\n''> exec web uname -s *> host uname -s'$'\n''Linux * = *Linux'$'\n'
press check
shows "check: both sides of what is compared" $'\n'' *web *host'$'\n'' *uts:* ≠ *uts:'
press labs
shows "labs: the running one is begun" $'\n''sides*'
press next
press 'run -d --name twin nginx'
press check
shows "a failing: expected, both sides, how it was read, a line to look with" \
    "FAIL *twin shares*expected *same as uts:*(host)*twin *host*uts:*≠*uts:*read */ns/uts*look *ns twin"
press hint
press hint
press hint
shows "hints in three depths" "Hint 1 of 3: Where*Hint 2 of 3: What*Hint 3 of 3: The shape*That was the last hint"

# --- completion ---
completes() { # NAME KEYS... -- LINE: each word, then Tab
    local name=$1 line=${*: -1}
    shift
    while [ "$1" != -- ]; do
        keys -l "$1"
        wait_for 5 last_is_text "$1"
        keys Tab
        shift
    done
    if wait_for 5 last_is "$line"; then pass "$name"; else fail "$name" "$(shown_lines | tail -n 3)"; fi
    keys C-c
    wait_for 5 last_is 'sides 2/2>'
}
completes "Tab: a path in the container" 'exec web cat /etc/ngi' 'nginx.c' -- 'sides 2/2> exec web cat /etc/nginx/nginx.conf*'
completes "a program there" 'exec web hostna' -- 'sides 2/2> exec web hostname*'
completes "a path on the lab host, within a quote" "host cat '/etc/os-r" -- "sides 2/2> host cat '/etc/os-release'*"
completes "a path to bind" 'run -v /etc/apt/sou' -- 'sides 2/2> run -v /etc/apt/sou*'
completes "an image" 'run -d ngi' -- 'sides 2/2> run -d nginx*'
completes "a lab" 'start netw' -- 'sides 2/2> start network*'
completes "a flag's value" 'run --pid=cont' -- 'sides 2/2> run --pid=container:*'
press 'host sh -c "mkdir -p /srv/d && touch \"/srv/d/two words\""'
completes "blanks in a name" 'host cat /srv/d/tw' -- 'sides 2/2> host cat /srv/d/two\\ words*'
completes "and further, when a blank is typed" 'host cat /srv/d/two\ w' -- 'sides 2/2> host cat /srv/d/two\\ words*'
end_terminal

# --- pages ---
page() { wait_for 5 last_is '-- more: Enter, q --'; }
terminal 80 12
prompts "12 rows: a prompt" 'nslab>'
press 'help run'
check "what is longer than the screen waits for a key" page
check "with its beginning on the screen" eval 'tmux_here capture-pane -p -t 0 | grep -q "run: launches"'
press Enter
check "Enter shows the next page" eval 'page && ! tmux_here capture-pane -p -t 0 | grep -q "run: launches"'
keys -l q
prompts "q leaves it" 'nslab>'
press 'help run'
keys C-c
prompts "Ctrl-C leaves it, and not the shell" 'nslab>'
press 'help run'
tmux_here resize-window -t 0 -x 80 -y 60
tall() { [ "$(tmux_here display-message -p -t 0 '#{pane_height}')" = 60 ]; }
wait_for 5 tall
before=$(shown_lines)
keys Enter
prompts "a window that was made taller shows the rest at once" 'nslab>'
press 'help run'
prompts "and does not stop again" 'nslab>'
end_terminal

# --- 40 columns, no colour, a screen reader, C ---
terminal_env=(TERM=screen LC_ALL=C NO_COLOR=1)
forget
terminal 40 24 --lab /srv/sides.yaml
prompts "40 columns: a prompt" 'sides 1/2>'
press 'do'
shows "40 columns: one below the other, and a word that says whether it is the same" \
    "> exec web cat*"$'\n'"web"$'\n'"> host cat*"$'\n'"lab-host"$'\n'"(They don't say the same.)"
press check
shows "40 columns: both sides of a check" "web: uts:*host: uts:*together: not the same"
press 'help run'
while [[ $(shown_lines | tail -n 1) == '-- more'* ]]; do press Enter; done
is "40 columns: nothing is wider, help too" "$(too_wide 40)" 0
is "the C locale: ASCII alone" "$(screen | LC_ALL=C grep -c '[^ -~]')" 0
is "NO_COLOR: no escape sequence" "$(tmux_here capture-pane -p -e -S -5000 -t 0 | grep -c $'\033')" 0
end_terminal

terminal_env=(TERM=screen LANG=C.UTF-8)
forget
terminal 120 8 --plain --lab /srv/sides.yaml
prompts "--plain: a prompt" 'sides 1/2>'
press 'do'
shows "--plain: nothing side by side" $'\n'"web"$'\n'"> host cat /proc/sys/kernel/hostname"$'\n'"lab-host"$'\n'"(They don't say the same.)"
press 'help run'
prompts "--plain: no pages" 'sides 1/2>'
end_terminal
forget
rm /srv/sides.yaml
