# shellcheck shell=bash disable=SC2154,SC2016 # $() and ${} are for the shell and the lab in there
# SPDX-License-Identifier: MIT
#
# Progress is never lost: the workbook, what happens to it, and going on with a lab.
# situations: root range none
# short run: none
# network: own
# shellcheck source=tests/e2e/terminal.sh
. tests/e2e/terminal.sh

cat >/srv/demo.yaml <<'END'
format: nslab/1
id: demo
title: A lab of the tests
summary: Two steps and a task.
minutes: 1
requires: [user, pid]
vars:
  port: {pick: 10000..32000}
steps:
  - id: look
    title: Looking
    predict:
      ask: Which PID?
      choices:
        - {id: one, text: the first, right: true, feedback: That is what a new namespace begins with.}
        - {id: same, text: the same, feedback: It has another.}
    do:
      - run -d --name web nginx
    expect:
      - id: pid-1
        say: nginx is PID 1
        see: {process: "nginx: master*", field: pid, from: web}
        is: 1
  - id: mark
    title: Marking
    task: Make the file /tmp/mark on the lab host.
    hints: [Look at host., Which program makes files?, host PROGRAM FILE]
    solution:
      - host touch /tmp/mark
    expect:
      - id: marked
        say: there is a file
        see: {file: /tmp/mark, field: exists, from: host}
        is: "true"
  - id: end
    title: Ending
    task: End web.
    hints: [Look at the verbs., It is a signal., kill NAME]
    solution:
      - kill web
    expect:
      - id: ended
        say: web has ended
        see: {container: web, field: status}
        is: exited
END
book=$data/workbook.yaml
demo=(--lab /srv/demo.yaml)
# lines LINE...: in the lab
lines() {
    local arguments=() line
    for line; do arguments+=(-c "$line"); done
    call nslab "${demo[@]}" "${arguments[@]}"
}
# in_book NAME TEXT: whole lines of the workbook
in_book() {
    if [[ $'\n'$(cat "$book" 2>&1)$'\n' == *$'\n'"$2"$'\n'* ]]; then pass "$1"; else fail "$1" "not there:"$'\n'"$2"$'\n'"in:"$'\n'"$(cat "$book" 2>&1)"; fi
}
forget() { rm -rf "$book" "$book".*; }

# --- what is recorded ---
call nslab -c 'host true'
check "a line without a lab is nobody's progress" test ! -e "$book"
lines a 'do' check
is "a first step, by lines" "$status" 0
is "the workbook is for its owner alone" "$(stat -c '%a %U' "$book")" "600 $(stat -c %U "$home")"
in_book "it says where one is" $'at: demo\nlabs:\n- id: demo\n  digest: sha256:'"$(sha256sum </srv/demo.yaml | cut -d ' ' -f 1)"$'\n  file: "/srv/demo.yaml"\n  at: look'
in_book "and what was done" $'  - id: look\n    state: passed\n    prediction: one\n    lines:\n    - do\n    evidence:\n    - id: pid-1\n      verdict: pass\n      observed: "1"\n      from: "web"'
lines 'exec web touch /tmp/mine' next hint 'ps' nonsense 'help run' 'exec web false' 'exec nobody true'
has "one goes on where one stopped" "$out" "You go on where you stopped, at step 1 of 3. \`reset lab\` begins the lab anew."
in_book "what is typed after a step has passed stands apart" $'    after:\n    - exec web touch /tmp/mine'
in_book "a hint, and lines that were run; none that could not be" $'  - id: mark\n    state: begun\n    lines:\n    - ps\n    - exec web false\n    hints: 1\n    begun: '"$(sed -n 's/^    begun: //p' "$book" | tail -n 1)"
lines 'exec web ls /tmp/mine'
is "the containers are there again, with what was done in them" "$status $(grep -c /tmp/mine <<<"$out")" "0 1"
call nslab -c start -c 'host touch /tmp/mark' -c check -c next
is "a task is solved" "$status" 0
pid=$("${as[@]}" timeout 20 "$binary" "${demo[@]}" -c "inspect -f '{{.State.Pid}}' web" | tail -n 1)
lines "host ls /proc/$pid/ns"
in_book "a live PID is recorded by its name" $'    - "host ls /proc/${web.pid}/ns"'
before=$(<"$book")
lines step
is "who only looks changes nothing but times" "$(grep -v seconds: "$book")" "$(grep -v seconds: <<<"$before")"
lines 'kill web' check next
is "the last step" "$status" 0
check "the lab is finished: it is at no step" eval "! grep -q '^  at:' $book"
lines step
has "and that is known" "$out" "You have finished this lab: you did 3 of its 3 steps."
check "who looks at a finished lab again has still finished it" eval "! grep -q '^  at:' $book"
lines 'reset lab' skip skip skip
has "finished by skipping" "$out" "you did 0 of its 3 steps"
lines 'predict one' 'do' check
has "is the same at the next start" "$out" "You have finished this lab: you did 0 of its 3 steps."
has "and what was skipped can be done then" "$out" "Your prediction: the first (that is what happened)"

# --- reset, skip, back, again ---
lines 'reset lab'
has "reset lab" "$out" "The lab begins anew"
check "forgets all of it" eval "! grep -q 'id: look' $book"
lines skip
in_book "a step that was skipped" $'  - id: look\n    state: skipped'
lines 'exec web true' back check
has "back: the lab host isn't in that step, and its check isn't recorded" "$out" "This isn't recorded"
in_book "and the step stays skipped" $'  - id: look\n    state: skipped'
in_book "one is there at the next start" '  at: look'
lines again 'do' check
in_book "done again it has passed" $'  - id: look\n    state: passed\n    fresh: true\n    lines:\n    - do'
lines 'do'
in_book "and stays so, when its lines are only run once more" $'  - id: look\n    state: passed\n    fresh: true\n    lines:\n    - do'
lines reset
in_book "reset forgets a step" $'  - id: look\n    state: begun\n    fresh: true'
lines 'reset nothing'
is "reset of something else is a usage error" "$status" 2
forget

# --- kill -9 on a terminal ---
# ended NAME STATUS
ended() {
    wait_for 10 eval 'test -s "$work"/ended*'
    is "$1" "$(cat "$work"/ended* 2>&1)" "$2"
    rm -f "$work"/ended*
}
terminal 80 24 "${demo[@]}"
prompts "a lab begins" 'demo 1/3>'
type_line 'do'
prompts "its lines" 'demo 1/3>'
type_line check
shows "its check" "pass*nginx is PID 1"
prompts "and on" 'demo 1/3>'
type_line next
prompts "the second step" 'demo 2/3>'
type_line 'run -d --name box nginx sleep infinity'
prompts "a container of one's own" 'demo 2/3>'
type_line 'host sleep 1000'
check "a line that runs" wait_for 5 pgrep -f '^sleep 1000$'
kill -KILL "$(pgrep -o -x nslab)"
ended "nslab is killed" 137
check "all of the lab is gone" wait_for 2 eval '! pgrep -x nginx >/dev/null'
in_book "the workbook is whole" $'    - run -d --name box nginx sleep infinity'
end_terminal
terminal 80 24
shows "the next start says where one stopped" "goes on with the lab demo, where you"
prompts "and Enter" 'nslab>'
keys Enter
shows "goes on" "You go on where you stopped, at step 2 of 3."
prompts "at the same step" 'demo 2/3>'
type_line ps
shows "with the containers of both steps" "web *box *sleep infinity"
type_line 'host sleep 1000'
check "Ctrl-C in a line" wait_for 5 pgrep -f '^sleep 1000$'
keys C-c
prompts "gives the prompt back" 'demo 2/3>'
in_book "what it had done isn't known" '    elsewhere: true'
sed -i 's/^    - run -d --name box nginx sleep infinity$/&\n    - host sleep 1000/' "$book"
type_line start
check "a recorded line that runs" wait_for 5 pgrep -f '^sleep 1000$'
keys C-c
shows "Ctrl-C ends going on" "interrupted: not all of your lines were run"
prompts "and not the shell" 'demo 2/3>'
keys C-d
ended "the end" 0
sed -i '/^    - host sleep 1000$/d' "$book"
end_terminal
wait_for 5 eval '! pgrep -f "^tmux " >/dev/null'

# --- a file that isn't as it was left ---
cp "$book" "$work/good"
head -c 95 "$work/good" >"$book"
call nslab -c labs
has "a torn workbook: where" "$out$err" "workbook.yaml:"
has "a torn workbook: what happens to it" "$out$err" "This workbook can't be read, and isn't overwritten"
is "nothing is touched by looking" "$(stat -c %s "$book")" 95
lines 'do'
has "it is moved aside before anything is recorded" "$out" "The workbook that can't be read is now"
is "as it was" "$(cmp "$book.damaged-1" <(head -c 95 "$work/good") && echo same)" same
in_book "and a new one begins" '  at: look'
cp "$work/good" "$book"
: >"$book.new-1"
sed -i 's/digest: sha256:..../digest: sha256:0000/; s/id: mark/id: marking/' "$book"
lines 'do'
has "another version of the lab is said" "$out" "steps of another version of this lab"
in_book "a step that it hasn't is kept" $'  - id: marking\n    state: begun'
check "what a killed program left is gone" test ! -e "$book.new-1"
sed -i 's/^    - do$/    - exec nobody true/' "$book"
lines step
has "a recorded line that fails now is named" "$out" "- \`exec nobody true\`: no container is called nobody"
has "and what to do" "$out" "\`reset\` begins this step once more"
forget

# --- a file that can't be written ---
full=/srv/full
mkdir $full && mount -t tmpfs -o size=16k,mode=777 full $full
call nslab --workbook $full/w.yaml "${demo[@]}" -c a
is "a workbook elsewhere" "$(sed -n 's/^    prediction: //p' $full/w.yaml)" one
head -c 1m /dev/zero >$full/filler 2>/dev/null
before=$(sha256sum <$full/w.yaml)
call nslab --workbook $full/w.yaml "${demo[@]}" -c 'do' -c check -c check
is "a full disk: the lab goes on" "$status" 0
is "said once, and again at the end" "$(grep -c 'cannot write .*: No space left on device' <<<"$err")" 2
is "and what was there stays" "$(sha256sum <$full/w.yaml)" "$before"
session_start --workbook $full/w.yaml "${demo[@]}"
say 'do'
says "a full disk, once more" "No space left on device"
rm $full/filler
say check
says "when there is room again, all is written" "Your workbook could be written again: all that you did is in it."
session_end
is "all of it" "$(grep -cE '^    (state: passed|- do)$' $full/w.yaml)" 2
mount -o remount,ro $full
call nslab --workbook $full/w.yaml "${demo[@]}" -c next
has "a read-only file system is said" "$err" "Read-only file system"
is "and stops nobody" "$status" 0
umount $full && rmdir $full
call nslab --workbook /srv "${demo[@]}" -c step
has "what is no file is said" "$err" "A workbook is a plain file."

# --- whose it is ---
call nslab --as 'Ada L.' "${demo[@]}" -c a
is "each learner has a file" "$(sed -n 's/^learner: //p' "$data/workbook-Ada%20L..yaml")" '"Ada L."'
call nslab --as Bob --workbook "$data/workbook-Ada%20L..yaml" -c labs
is "another's workbook is refused" "$status $err" "2 nslab: $data/workbook-Ada%20L..yaml is the workbook of Ada L., and not of Bob. Leave out --as, or name another file with --workbook."
rm "$data/workbook-Ada%20L..yaml"*

# --- two at once ---
session_start "${demo[@]}"
say a 'do' check
says "one shell" "as expected"
sed 's/^id: demo/id: other/' /srv/demo.yaml >/srv/other.yaml
call nslab --lab /srv/other.yaml -c b
has "another one says that it isn't alone" "$out" "Another nslab works with your workbook too."
call nslab "${demo[@]}" -c next -c hint
say next hint 'host touch /tmp/mark' check
says "the first goes on" "there is a file"
session_end
in_book "both labs are there" $'- id: other\n  digest: sha256:'"$(sha256sum </srv/other.yaml | cut -d ' ' -f 1)"$'\n  file: "/srv/other.yaml"\n  at: look'
in_book "each with what was done" $'  - id: look\n    state: begun\n    prediction: same'
is "nothing is lost" "$(grep -cE '^    state: passed$' "$book")" 2
forget
rm /srv/demo.yaml /srv/other.yaml
find /root /srv/home /var/lib/nslab -name history -delete
