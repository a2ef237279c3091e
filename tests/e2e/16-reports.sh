# shellcheck shell=bash disable=SC2154,SC2034,SC2016
# SPDX-License-Identifier: MIT
#
# Every report of one run, each read by what reads it: prove, xmllint, schemas. Reports are written whatever happens, and
# what is the same is the same byte for byte.
# situations: root none
# short run: none
# network: own

limit=60
golden=tests/golden
jsonschema() { /usr/bin/python3 -m jsonschema -i "$1" "$2"; }
xsd() { xmllint --noout --schema tests/data/junit.xsd "$@"; }
# Where nslab's user may write, whoever that is.
mkdir -m 777 /tmp/reports

# --- all at once, of one run ---
# In `none` it also shows how what is unsupported looks.
case $situation in root) wanted=0 ;; *) wanted=4 ;; esac
labs=(pid user)
as_before_env=("${as[@]}")
as+=(env "GITHUB_STEP_SUMMARY=/tmp/reports/summary.md" "CLASSROOM=cs50" "SUBMISSION_TAG=submit/1")
call nslab verify "${labs[@]}" --report tap=/tmp/reports/t.tap --report junit=/tmp/reports/j.xml \
    --report json=/tmp/reports/r.json --report github=/tmp/reports/github.txt --report classroom50=/tmp/reports/c.json \
    --report gradescope=/tmp/reports/g.json --report html=/tmp/reports/h.html
as=("${as_before_env[@]}")
is "eight reports of one run: status $wanted" "$status" "$wanted"
has "the one for people is on standard output" "$(tail -n 1 <<<"$out")" "2 labs in *passed, 0 failed, "
is "nothing is on standard error, which is no terminal" "$err" ""
# 1.23 s, or 890 ms
clock=$(tail -n 1 <<<"$out" | awk '{print $5 == "s:" ? 1000 * $4 : $4}')
check "the time of all is the clock's: labs run beside each other ($clock ms)" \
    jq -e --argjson clock "$clock" '([.labs[].ms] | max) - 10 <= $clock and $clock < ([.labs[].ms] | add)' /tmp/reports/r.json
total=$(jq '.totals | .pass + .fail + .unsupported' /tmp/reports/r.json)
unsupported=$(jq .totals.unsupported /tmp/reports/r.json)

check "json is what its schema says" jsonschema /tmp/reports/r.json docs/result.schema.json
is "each expectation has its line in the lab's file" \
    "$(jq -r '.labs[] | .file as $f | .steps[].expectations[] | select(.fact != "do") | "\($f) \(.line) \(.id)"' \
        /tmp/reports/r.json | while read -r file line id; do
        sed -n "${line}p" "$file" | grep -q "id: $id" || echo "$file $line $id"
    done | head -n 3)" ""
is "each step that was run shows machine, host and who else is there" \
    "$(jq '[.labs[].steps[] | select(.error == null) | .namespaces | map(.viewpoint)[0:2] == ["machine", "host"]] | all' \
        /tmp/reports/r.json)" true
sed '1s/14$/13/' /tmp/reports/t.tap >"$work/t.tap" # prove knows versions up to 13, of which 14 is a superset
check "prove takes the TAP" prove -e cat "$work/t.tap"
check "xmllint takes the JUnit XML" xsd /tmp/reports/j.xml
is "every expectation is a case, and what is unsupported is skipped" \
    "$(xmllint --xpath 'concat(count(//testcase[@name!="step"]), " ", count(//skipped))' /tmp/reports/j.xml)" "$total $unsupported"
check "Classroom 50's schema takes its result" jsonschema /tmp/reports/c.json tests/data/classroom50-result.schema.json
is "with what its runner says" "$(jq -c '[.classroom, .assignment, .submission]' /tmp/reports/c.json)" \
    '["cs50","nslab","submit/1"]'
check "Gradescope's schema takes its result" jsonschema /tmp/reports/g.json tests/data/gradescope-results.schema.json
is "both have the points of the JSON" "$(jq -c '[.score, ."max-score"]' /tmp/reports/c.json) $(jq .score /tmp/reports/g.json)" \
    "$(jq -c '.totals.points | [.earned, .max]' /tmp/reports/r.json) $(jq .totals.points.earned /tmp/reports/r.json)"
check "the page is well-formed" xmllint --noout /tmp/reports/h.html
is "it refers to nothing outside of it" "$(grep -cE '(src|href)="[^#]|url\(|<script|@import' /tmp/reports/h.html)" 0
is "it has a picture for each step that was run" "$(grep -c '<svg' /tmp/reports/h.html)" \
    "$(jq '[.labs[].steps[] | select(.namespaces != [])] | length' /tmp/reports/r.json)"
token=$(sed -n '1s/^::stop-commands:://p' /tmp/reports/github.txt)
is "the log for GitHub is fenced by a token of 128 bits" "$(grep -cxE '[0-9a-f]{32}' <<<"$token")" 1
is "what is unsupported is a warning, a step that could not be run is one" \
    "$(grep -c '^::warning' /tmp/reports/github.txt)" "$(jq '[.labs[].steps[] | if .error then 1 else
        [.expectations[] | select(.verdict == "unsupported")] | length end] | add | if . > 10 then 10 else . end' \
        /tmp/reports/r.json)"
has "and the step summary was appended" "$(cat /tmp/reports/summary.md)" '<table><tr><th></th><th>lab</th>'

call nslab verify pid user --require-all --format junit
is "--require-all makes what is unsupported failures: status" "$status" "$((unsupported ? 1 : 0))"
is "and in the report too" "$(xmllint --xpath 'concat(count(//failure), " ", count(//skipped))' - <<<"$out")" "$unsupported 0"

# --- the same is the same ---
nslab verify pid user --stable --jobs 1 --format json --output /tmp/reports/one.json
nslab verify pid user --stable --jobs 8 --report json=/tmp/reports/eight.json >/dev/null
check "--stable: two runs, with 1 and with 8 jobs, are the same byte for byte" cmp /tmp/reports/one.json /tmp/reports/eight.json
check "and still what the schema says" jsonschema /tmp/reports/one.json docs/result.schema.json

# --- whatever the texts: the trees of the unit tests ---
hostile_texts() {
    check "JUnit XML of hostile texts" xsd $golden/*.junit.xml
    check "pages of hostile texts" xmllint --noout $golden/*.html
    for tree in plain graded broken hostile; do
        [ ! -e "$golden/report-$tree.json" ] || check "JSON, $tree" jsonschema "$golden/report-$tree.json" docs/result.schema.json
        check "Classroom 50, $tree" jsonschema "$golden/report-$tree.classroom50.json" tests/data/classroom50-result.schema.json
        check "Gradescope, $tree" jsonschema "$golden/report-$tree.gradescope.json" tests/data/gradescope-results.schema.json
    done
    sed '1s/14$/13/' $golden/report-hostile.tap >"$work/t.tap"
    prove -e cat "$work/t.tap" >"$work/prove" 2>&1
    has "prove is told by hostile texts what nslab tells it" "$(cat "$work/prove")" "Bailout called"
}
[ "$situation" != root ] || hostile_texts

# --- whatever happens ---
printf 'format: nslab/1\nid: x\n' >/tmp/reports/bad.yaml
call nslab verify /tmp/reports/bad.yaml --report gradescope=/tmp/reports/g.json --report junit=/tmp/reports/j.xml \
    --report tap=/tmp/reports/t.tap --report json=-
is "of an invalid lab, status 3" "$status" 3
has "Gradescope is told that nslab could not do its work" "$(jq -r .output /tmp/reports/g.json)" "*could not do its work: *bad.yaml*"
check "JUnit has it as an error" xsd /tmp/reports/j.xml
is "of one case" "$(xmllint --xpath 'count(//error)' /tmp/reports/j.xml)" 1
has "TAP bails out" "$(cat /tmp/reports/t.tap)" "Bail out! "
has "JSON says why" "$(jq -r .error <<<"$out")" "*lacks the keys*"

# Killed: what was written before the labs ran is what is there.
cat >/tmp/reports/long.yaml <<'END'
format: nslab/1
id: long
title: A line that takes long
summary: Long enough to be killed in.
minutes: 1
requires: [user, pid]
steps:
  - id: line
    title: Waiting
    do: [host sleep 30]
    expect:
      - {id: name, say: the name is right, see: {hostname: now, from: host}, is: lab-host}
END
rm /tmp/reports/g.json
as_session=("${as[@]}")
limit=60 nslab verify /tmp/reports/long.yaml --report gradescope=/tmp/reports/g.json --report json=/tmp/reports/never.json >/dev/null 2>&1 &
started=$!
wait_for 5 test -s /tmp/reports/g.json || fail "the file is there before the labs have run" "it isn't"
find_nslab "$started" && kill -KILL "$nslab_pid"
wait "$started"
as=("${as_session[@]}")
is "killed: the other report was not begun" "$(ls /tmp/reports/never.json 2>&1)" "ls: cannot access '/tmp/reports/never.json': No such file or directory"
has "killed, Gradescope is told" "$(jq -r .output /tmp/reports/g.json)" "nslab ended before it could report"

# --- where they go ---
call nslab verify pid --report json=- --format pretty
is "two reports on standard output are refused" "$status" 2
has "and which, is said" "$err" "two reports go to standard output"
call nslab verify pid --report xml=/tmp/reports/x
is "a format that isn't there" "$status" 2
has "is answered with those that are" "$err" "There are pretty, tap, junit, json, github, classroom50, gradescope, html."
call nslab verify pid --report json
has "a report without a file too" "$err" "--report takes FORMAT=FILE, not \`json\`"
call nslab verify pid --report json=/tmp/reports/none/x --report tap=/tmp/reports/t.tap
is "one that can't be written is status 5" "$status" 5
has "and the others are written" "$(tail -n 1 /tmp/reports/t.tap)" "ok 1 - pid"
ln -s /tmp/reports/elsewhere /tmp/reports/planted
call nslab verify pid --format json --output /tmp/reports/planted
is "a symbolic link at its place is replaced, and not followed" \
    "$status $(test -e /tmp/reports/elsewhere && echo followed) $(test -L /tmp/reports/planted && echo link)" "0  "
call nslab verify pid --format json --output /dev/null
is "a device is written to, and stays one" "$status $(stat -c %F /dev/null)" "0 character special file"

# --- on a terminal: one line on standard error, gone at the end ---
"${as[@]}" env TERM=xterm timeout -k 2 30 script -qec "$binary verify pid --format tap --output /tmp/reports/t.tap" /dev/null </dev/null \
    >"$work/terminal" 2>&1
has "on a terminal it says how far it is" "$(cat "$work/terminal")" "0 of 1 lab done; running: pid"
is "and takes that away" "$(tail -c 4 "$work/terminal")" $'\r\e[K'

rm -r /tmp/reports
