# shellcheck shell=bash disable=SC2154,SC2016,SC2034
# SPDX-License-Identifier: MIT
#
# verify --workbook: workbooks with known scores and findings, one by one and as a class.
# situations: root none
# short run: none
# network: own
# limit: 240

lab=$tree/tests/grading/tiny.yaml class=$tree/tests/grading/class
limit=120 # seconds for one nslab: lib.sh

# graded NAME: this one's JSON goes to out
graded() { call nslab verify "$lab" --workbook "$class/$1.yaml" --format json; }
points() { jq -r '[.labs[].steps[].points | "\(.earned)/\(.max)"] | join(" ")' <<<"$out"; }
found() { jq -r '[.findings[].name] + [.labs[].findings[].name] | join(" ")' <<<"$out"; }
# scores NAME STATUS POINTS FINDINGS
scores() {
    graded "$1"
    is "$1: status" "$status" "$2"
    is "$1: points" "$(points)" "$3"
    is "$1: findings" "$(found)" "$4"
}
scores ada 0 "2/2 3/3 2/2" ""
is "ada: the learner is said" "$(jq -r .learner <<<"$out")" ada
scores bob 1 "2/2 0/3 0/2" ""
is "bob: what the page showed is said" "$(jq -r '.labs[0].steps[1].expectations[0].observed' <<<"$out")" "hallo"
is "bob: what wasn't begun is not attempted" "$(jq -r '.labs[0].steps[2].not_attempted' <<<"$out")" true
scores carol 1 "1/2 3/3 0/2" ""
scores dave 0 "2/2 3/3 2/2" "stale"
scores eve 0 "2/2 3/3 2/2" "swapped"
scores frank 3 "0/2 0/3 0/2" "damaged"
scores grace 1 "2/2 0/3 0/2" "line elsewhere"
scores heidi 1 "0/2 0/3 0/2" ""
scores judy 3 "0/2 0/3 0/2" "damaged"
chmod 755 "$work"
ln -s "$class/ada.yaml" "$work/mallory.yaml"
class=$work scores mallory 3 "0/2 0/3 0/2" "damaged"
has "mallory: a link to somebody else's work is said to be one" "$(jq -r '.findings[0].text' <<<"$out")" "symbolic link"
scores nick/workbook 0 "2/2 3/3 2/2" ""
call nslab verify "$lab" --workbook "$class/ada.yaml" --as bob --format json
is "--as: somebody else's workbook" "$(found)" "swapped"
has "--as: says whose" "$(jq -r '.findings[0].text' <<<"$out")" "of ada, and not of bob"
call nslab verify "$lab" --workbook /srv/none.yaml
is "no such workbook: status" "$status" 2
has "no such workbook: says so" "$err" "/srv/none.yaml: No such file"

# --- the whole tree, for every reader ---
call nslab verify "$lab" --workbook "$class/grace.yaml" --report json=/tmp/g.json --report junit=/tmp/g.xml --report tap=/tmp/g.tap \
    --report gradescope=/tmp/g.gs --report html=/tmp/g.html
has "reports: for people too" "$out" "0 of 3 points"
for file in g.json g.gs; do check "reports: $file is JSON" jq -e . "/tmp/$file"; done
for file in g.xml g.html; do check "reports: $file is well-formed" xmllint --noout "/tmp/$file"; done
rm -f /tmp/g.*

# --- the same twice, and with any number of jobs ---
one=$(nslab verify "$lab" --workbook "$class/grace.yaml" --format json --stable --jobs 1)
eight=$(nslab verify "$lab" --workbook "$class/grace.yaml" --format json --stable --jobs 8)
is "--stable: byte for byte" "$one" "$eight"
# Nothing in a class is measured: the same bytes without --stable too, of all that is handed in there.
with_jobs() { call nslab verify "$lab" --workbook "$class" --jobs "$1" --format csv --report "json=/tmp/class.$1.json"; }
with_jobs 1
one=$out
with_jobs 8
is "a class: the same with 8 jobs" "$out" "$one"
check "a class: its JSON is, byte for byte" cmp /tmp/class.1.json /tmp/class.8.json
is "a class: status is the worst" "$status" 3

# --- a class ---
is "a class: a line for each learner and step" "$(wc -l <<<"$one")" 34
is "a class: points" "$(awk -F, 'NR > 1 {sum += $6} END {print sum}' <<<"${one//\"=cmd|\'\/C calc\'!A0 ::error::<script>alert(1)<\/script>\"/mallory}")" 38
has "a class: a formula is a text" "$one" "\"'=cmd|"
out=$(</tmp/class.8.json)
rm /tmp/class.?.json
is "a class: learners in the files' order" "$(jq -r '[.learners[].learner | .[0:5]] | join(" ")' <<<"$out")" \
    "ada bob carol dave eve frank grace heidi judy =cmd| nick"
is "a class: the wrong choice that most made" "$(jq -r '.steps[0].misled' <<<"$out")" same
call nslab verify "$lab" --workbook "$class" --format html --output /tmp/class.html
check "a class: html is well-formed" xmllint --noout /tmp/class.html
is "a class: no script in it" "$(grep -c '<script' /tmp/class.html)" 0
rm /tmp/class.html
first=$(nslab verify "$lab" --workbook "$class" --format csv --shard 1/2 | tail -n +2)
second=$(nslab verify "$lab" --workbook "$class" --format csv --shard 2/2 | tail -n +2)
is "--shard: the parts are the whole" "$(printf '%s\n%s\n' "$first" "$second" | sort)" "$(tail -n +2 <<<"$one" | sort)"
mkdir -m 755 "$work/odd" "$work/odd/linked" "$work/odd/nobody"
mkfifo "$work/odd/fifo.yaml"
ln -s /nowhere "$work/odd/dangling.yaml"
ln -s /nowhere "$work/odd/linked/workbook.yaml"
ln -s "$class/nick" "$work/odd/neighbour" # there is a workbook in it
: >"$work/odd/empty.yaml"
call nslab verify "$lab" --workbook "$work/odd/" --format json
is "what is no workbook: nobody who handed in something is missing" "$status $(jq -r '.learners[] | "\(.learner): \(.findings[].text)"' <<<"$out")" \
    "3 dangling: it is a symbolic link: what is graded has to be a file of its own
empty: the file is empty
fifo: it is no plain file
linked: it is a symbolic link: what is graded has to be a file of its own
neighbour: it is a symbolic link: what is graded has to be a file of its own"
is "DIR/ is DIR" "$(jq -r '.learners[0].workbook' <<<"$out")" "$work/odd/dangling.yaml"
mkdir "$work/copies"
for copy in a b c; do cp "$class/heidi.yaml" "$work/copies/$copy.yaml"; done
chmod -R a+rX "$work"
call nslab verify "$lab" --workbook "$work/copies" --format json
is "copies: each names one other, and no more" "$(jq -r '[.learners[].findings | length] | join(" ")' <<<"$out")" "1 1 1"
is "copies: the one whose name comes first is no better" "$(jq -r '.learners[0].findings[0] | .name, .text' <<<"$out")" \
    "swapped
$work/copies/b.yaml says that it is of heidi too, as does 1 more"
call nslab verify "$lab" --workbook "$class" --shard 3/2
is "--shard: 3/2 is a usage error" "$status" 2
call nslab verify "$lab" --workbook "$class/ada.yaml" --shard 2/3
is "--shard of one workbook, where nothing would be run: a usage error" "$status $out" "2 "
has "--shard of one workbook: says so" "$err" "--shard is for a directory of workbooks"
call nslab verify "$lab" --workbook "$class" --shard 30/30 --format csv
is "--shard: more parts than workbooks: nothing in it, and nothing failed" "$status $(wc -l <<<"$out")" "0 1"
call nslab verify "$lab" "$lab" --workbook "$class/ada.yaml"
is "a lab that is named twice isn't scored twice" "$status" 2
has "a lab that is named twice: says so" "$err" "the lab tiny is named twice: its points would be counted twice"
call nslab verify "$lab" --workbook "$class" --format tap
is "a class has formats of its own: status" "$status" 2
has "a class has formats of its own: says which" "$err" "pretty, csv, json, html"
call nslab help verify
has "a class has formats of its own: help says which" "$(tr -s '\n ' ' ' <<<"$out")" "Reports of a directory are pretty, csv, json or html."
call nslab verify "$lab" --workbook "$class" --format csv --report json=-
is "a class: two reports to one place: status" "$status" 2
has "a class: two reports to one place: says so" "$err" "two reports go to standard output"
call nslab verify "$lab" --workbook "$class" --report csv=- --shard 1/9
is "a class: a report to standard output is the only one there" "$(head -c 8 <<<"$out")" "learner,"
call nslab verify "$lab" --shard 1/2
is "--shard without --workbook: status" "$status" 2
mkdir -p /srv/same/ada
cp "$class/heidi.yaml" /srv/same/ubuntu.yaml
cp "$class/heidi.yaml" /srv/same/heidi.yaml
cp "$class/ada.yaml" /srv/same/ada/workbook.yaml
call nslab verify "$lab" --workbook /srv/same
is "a class: a row names the file where the learner's name doesn't" "$(grep -c ' from /srv/same/ubuntu.yaml$' <<<"$out") $(grep -c ' from /' <<<"$out")" "1 1"
call nslab verify "$lab" --workbook /srv/same --report csv=/srv/none/points.csv
is "a class: where no report can be made, nothing is run" "$status $out" "5 "
has "a class: where no report can be made: says so" "$err" "cannot write /srv/none/points.csv: No such file or directory. A report needs a directory"
rm -r /srv/same
mkdir -m 777 /srv/empty
sed 's/^title:/titel:/' "$lab" >/srv/empty/invalid.lab
echo "of yesterday" >/srv/empty/points.csv
chmod 666 /srv/empty/*
call nslab verify /srv/empty/invalid.lab --workbook "$class" --report json=/srv/empty/class.json --report csv=/srv/empty/points.csv
is "a class, and an invalid lab: status, and nothing on standard output" "$status $out" "3 "
has "a class, and an invalid lab: the reports say so" "$(jq -r .error /srv/empty/class.json)" "no lab was run: *unknown key \`titel\`"
is "a class, and an invalid lab: none looks like that of a class that was graded" "$(wc -l </srv/empty/points.csv)" 1
call nslab verify "$lab" --workbook /srv/empty/ada.yaml --report gradescope=/srv/empty/g.json
is "nothing was handed in: status" "$status" 2
has "nothing was handed in: the report says so" "$(jq -r .output /srv/empty/g.json)" "cannot read workbook /srv/empty/ada.yaml: No such file"
rm /srv/empty/*
call nslab verify "$lab" --workbook /srv/empty
has "a directory without workbooks: says so" "$err" "there is no workbook in /srv/empty"
rmdir /srv/empty

# --- interrupted: what is done is not lost, and what isn't is no failing ---
# begin ARGUMENTS...: nslab grades, and the worker of deaf's, which takes 10 s, runs
begin() {
    rm -f /srv/stopped/class.*
    nslab verify "$lab" "$@" --report json=/srv/stopped/class.json >"$work/out" 2>"$work/err" &
    started=$!
    worker() { worker=$(ps -e -o pid=,args= | awk '/nslab: grade deaf\/tiny/ && !/awk/ {print $1; exit}') && [ -n "$worker" ]; }
    if ! wait_for 10 worker || ! find_nslab "$started"; then fail "the worker of deaf is seen"; fi
}
# end: sets status, took, json
end() {
    began=${EPOCHREALTIME/./}
    wait "$started"
    status=$? took=$(((${EPOCHREALTIME/./} - began) / 1000)) json=$(</srv/stopped/class.json)
}
graded_of() { jq -c '[.learners[] | [.learner, .points.earned, (.findings | map(.name) | join(" "))]]' <<<"$json"; }
interrupted() {
    mkdir -m 777 /srv/stopped /srv/stopped/class
    cp "$class/ada.yaml" "$tree/tests/grading/hostile/deaf.yaml" /srv/stopped/class/
    sed 's/learner: ada/learner: zoe/' "$class/ada.yaml" >/srv/stopped/class/zoe.yaml
    chmod a+r /srv/stopped/class/*
    begin --workbook /srv/stopped/class --jobs 1 --report csv=/srv/stopped/class.csv
    kill -INT "$nslab_pid"
    end
    is "Ctrl-C: status" "$status" 130
    is "Ctrl-C: what is done, and what isn't" "$(graded_of)" '[["ada",7,""],["deaf",0,"interrupted"],["zoe",0,"interrupted"]]'
    has "Ctrl-C: the reports say why they aren't whole" "$(jq -r .error <<<"$json")" "interrupted; no lab is left running"
    is "Ctrl-C: said in words" "$(jq -r '.learners[2].findings[0].text' <<<"$json")" "not graded (interrupted)"
    is "Ctrl-C: so also where a spreadsheet reads it" "$(cut -d , -f 1,4-7 /srv/stopped/class.csv | sed -n '2p;8p')" \
        "$(printf '%s\r\n' '"ada","own-pids","pass",2,2' '"zoe","own-pids","not graded",0,2' | sed 's/\r//')"
    has "Ctrl-C: on standard error" "$(<"$work/err")" "interrupted; no lab is left running"
    has "Ctrl-C: who looks at the terminal is told too" "$(<"$work/out")" "tiny not graded"
    begin --workbook /srv/stopped/class --jobs 4 --shard 1/1
    kill -TERM "$nslab_pid"
    kill -TERM "$nslab_pid" # as timeout(1) does: that is one
    end
    is "SIGTERM, with jobs and a shard: status" "$status" 143
    is "SIGTERM: its lab was not graded" "$(jq -r '.learners[1].findings[0].name' <<<"$json")" interrupted
    begin --workbook /srv/stopped/class --jobs 1
    kill -STOP "$worker"
    kill -INT "$nslab_pid"
    sleep 0.5
    kill -INT "$nslab_pid"
    end
    is "Ctrl-C twice: status" "$status" 130
    check "Ctrl-C twice: nobody is waited for ($took ms)" test "$took" -lt 1500
    is "Ctrl-C twice: the report is there" "$(graded_of)" '[["ada",7,""],["deaf",0,"interrupted"],["zoe",0,"interrupted"]]'
    begin --workbook /srv/stopped/class/deaf.yaml
    kill -INT "$nslab_pid"
    end
    is "Ctrl-C, one workbook: status" "$status" 130
    is "Ctrl-C, one workbook: the report says so" "$(jq -c '[.error, .labs[0].findings[0].name]' <<<"$json")" \
        '["interrupted; no lab is left running","interrupted"]'
}

# --- a full disk: said, and what was there before stays whole ---
full_disk() {
    mkdir -m 777 /srv/stopped/full
    mount -t tmpfs -o size=8k,mode=777 full /srv/stopped/full
    echo before >/srv/stopped/full/points.csv
    head -c 4096 /dev/zero >/srv/stopped/full/rest
    chmod a+w /srv/stopped/full/*
    call nslab verify "$lab" --workbook "$class" --shard 1/9 --report csv=/srv/stopped/full/points.csv
    is "a full disk: status" "$status" 5
    has "a full disk: says so" "$err" "cannot write /srv/stopped/full/points.csv: No space left on device"
    is "a full disk: what was there is whole, and nothing is beside it" "$(ls /srv/stopped/full) $(</srv/stopped/full/points.csv)" \
        "points.csv"$'\n'"rest before"
    umount /srv/stopped/full
    "${as[@]}" "$binary" verify "$lab" --workbook "$class" --shard 1/9 --format csv >/dev/full 2>"$work/err"
    is "standard output that is full: status" "$?" 5
    has "standard output that is full: says so" "$(<"$work/err")" "No space left on device"
    rm -r /srv/stopped
}
if [ "$situation" = root ]; then
    interrupted
    full_disk
fi

# --- before handing in ---
cp "$class/grace.yaml" /tmp/grace.yaml
chmod a+r /tmp/grace.yaml
call nslab submit "$lab" --workbook /tmp/grace.yaml
is "submit: status" "$status" 1
has "submit: what would be scored" "$out" "2 of 7 points would be scored."
has "submit: and why not more" "$out" "tiny, step a-page: 0 of 3. It was skipped, or none of its lines was run."
has "submit: the file to hand in" "$out" "/tmp/grace.yaml"
call nslab submit "$lab" --workbook /tmp/grace.yaml --as ada --format json
is "submit --as: somebody else's workbook" "$(found)" "swapped line elsewhere"
rm /tmp/grace.yaml
call nslab submit
is "submit, without a workbook: status" "$status" 2
has "submit, without a workbook: says where it would be" "$err" "$data/workbook.yaml: No such file"
call nslab -c 'start pid' -c 'predict a' -c 'do' -c check
call nslab submit --format json
is "submit: what was done in the shell is scored" "$(jq -c '.labs[0].steps[0].points' <<<"$out")" '{"earned":1,"max":1}'
is "submit: and nothing else" "$(jq -c '[.labs[].steps[].points.earned] | add' <<<"$out")" 1
rm -f "$data"/workbook.yaml*

# --- the course, done right ---
if [ -x "$tree/build/bench/workbook" ]; then
    "$tree/build/bench/workbook" "Ada L." "$tree"/labs/{what-runs,pid,mount,user,network}.yaml >/srv/whole.yaml
    call nslab verify --workbook /srv/whole.yaml --format json --stable --jobs 8
    case $situation in
    none) wanted=4 ;;
    *) wanted=0 ;;
    esac
    is "the whole course: status" "$status" "$wanted"
    is "the whole course: nothing is lost" "$(jq -c '[.labs[].steps[] | select(.verdict == "fail" or (.verdict == "pass" and .points.earned < .points.max)) | .id]' <<<"$out")" "[]"
    is "the whole course: findings" "$(found)" ""
    if [ "$situation" = root ]; then
        eight=$out
        call nslab verify --workbook /srv/whole.yaml --format json --stable --jobs 1
        is "the whole course: with one job and with eight the same bytes" "$out" "$eight"
    fi
    rm /srv/whole.yaml
else
    fail "the whole course" "build/bench/workbook isn't there: the runner makes it"
fi
same_alive || fail "nothing is left" "$(what_is_left)"
