# shellcheck shell=bash disable=SC2154,SC2016
# SPDX-License-Identifier: MIT
#
# Hostile workbooks, graded as a class with ada's among them: each has exactly its points and findings, ada has all of hers,
# and nothing of it reaches the machine, the results, or what belongs to who grades.
# situations: root range
# short run: no
# network: own
# limit: 100

lab=$tree/tests/grading/tiny.yaml class=$work/class
# shellcheck disable=SC2034 # seconds for one nslab: lib.sh
limit=60
as+=(E2E_SECRET=LOOT-environment)

# --- what is there to be stolen, and forged ---
mkdir "$class" /srv/grading
cp "$tree"/tests/grading/hostile/*.yaml "$tree/tests/grading/class/ada.yaml" "$class/"
echo "LOOT-of-the-grader" >/srv/grading/key.yaml
sed 's/learner: ada/learner: LOOT-of-another/' "$class/ada.yaml" >/srv/grading/other.yaml
chmod -R a+rwX "$work" "$class" /srv/grading

# 4,000 lines of 1,000 bytes: 1,000 of each step, before those that count
big() {
    local filler lines
    filler=$(printf '%*s' 950 '' | tr ' ' x)
    # shellcheck disable=SC2034 # a count
    lines=$(for _ in {1..997}; do printf '    - "host : %s"\n' "$filler"; done)
    printf 'format: nslab-workbook/1\nlearner: big\nlabs:\n- id: tiny\n  digest: %s\n  steps:\n' "$(sed -n 's/.*digest: //p' "$class/ada.yaml")"
    printf '  - id: own-pids\n    state: passed\n    prediction: one\n    lines:\n    - do\n    after:\n%s\n' "$lines"
    printf '  - id: a-page\n    state: passed\n    lines:\n%s\n' "$lines"
    printf '    - "exec web sh -c '"'echo hello >/usr/share/nginx/html/index.html'"'"\n    after:\n%s\n' "$lines"
    printf '  - id: shared\n    state: passed\n    lines:\n    - run -d --name other --pid host nginx\n    after:\n%s\n' "$lines"
}
big >"$class/big.yaml"
check "a workbook of nearly 4 MiB" test "$(stat -c %s "$class/big.yaml")" -gt 3800000
{ cat "$class/big.yaml"; printf '#%*s\n' 400000 ''; } >"$class/huge.yaml"

# --- who listens meanwhile ---
ear() { while :; do awk '$4 == "0A" {print $2}' /proc/net/tcp /proc/net/tcp6; sleep 0.1; done >"$work/heard"; }
ear &
ear=$!
disown

began=${EPOCHREALTIME/./}
call nslab verify "$lab" --workbook "$class" --jobs 8 --report json=/srv/grading/result.json --report csv=/srv/grading/result.csv \
    --report html=/srv/grading/result.html
took=$(((${EPOCHREALTIME/./} - began) / 1000))
kill "$ear"
is "a hostile class: status" "$status" 3
check "a hostile class: contained within 40 s ($took ms)" test "$took" -lt 40000
is "nothing listens on the machine meanwhile" "$(cat "$work/heard")" ""
json=$(</srv/grading/result.json)

# graded NAME POINTS FINDINGS: as `name@step`, each once, in the lab's order
graded() {
    is "$1: points" "$(jq -r --arg who "$1" '.learners[] | select(.learner == $who) |
        [.labs[].steps[].points | "\(.earned)/\(.max)"] | join(" ")' <<<"$json")" "$2"
    is "$1: findings" "$(jq -r --arg who "$1" '.learners[] | select(.learner == $who) |
        [.findings[] | if .step then "\(.name)@\(.step)" else .name end] | join(" ")' <<<"$json")" "$3"
}
# named NAME LIMIT: in a finding
named() {
    has "$1: the limit is named" "$(jq -r --arg who "$1" '.learners[] | select(.learner == $who) | .findings[].text' <<<"$json")" \
        "the limit of $2 was reached"
}
graded ada "2/2 3/3 2/2" ""
graded bomb "2/2 0/3 2/2" "line@a-page limit@a-page limit@shared"
named bomb "processes (256)"
graded flood "2/2 3/3 2/2" "limit@a-page limit@a-page"
named flood "output of a line (1 MiB)"
named flood "disk (64 MiB)"
graded disk "2/2 0/3 2/2" "limit@a-page limit@shared"
named disk "disk (64 MiB)"
graded memory "2/2 0/3 2/2" "line@a-page limit@a-page"
named memory "memory (1 GiB)"
graded deaf "2/2 3/3 2/2" "limit@a-page"
named deaf "time of a line (10 s)"
graded planted "2/2 0/3 2/2" ""
graded nosy "2/2 0/3 2/2" ""
graded forger "2/2 0/3 2/2" "line@a-page"
graded ports "2/2 3/3 2/2" ""
graded init "2/2 0/3 2/2" "line@a-page"
graded hoarder "2/2 0/3 2/2" "line@a-page limit@a-page"
named hoarder "memory in files (1 GiB)"
graded boundless "2/2 0/3 2/2" "line@a-page limit@a-page"
named boundless "memory in files (1 GiB)"
graded faker "1/2 3/3 2/2" ""
graded big "2/2 3/3 2/2" ""
graded huge "0/2 0/3 0/2" "damaged"

# --- what they were after ---
is "no file of who grades, no environment, nobody else's work" "$(cat /srv/grading/result.* "$work/out" "$work/err" | grep -c 'LOOT-[eo][nf]')" 0
is "what was to be stolen is as it was" "$(cat /srv/grading/key.yaml)" "LOOT-of-the-grader"
is "the files of who grades are the same" "$(find /srv/grading | sort | tr '\n' ' ')" \
    "/srv/grading /srv/grading/key.yaml /srv/grading/other.yaml /srv/grading/result.csv /srv/grading/result.html /srv/grading/result.json "
is "a line for each learner and step" "$(wc -l </srv/grading/result.csv)" $((16 * 3 + 1))
check "the page is well-formed" xmllint --noout /srv/grading/result.html
is "no script in it" "$(grep -c '<script' /srv/grading/result.html)" 0

call nslab verify "$lab" --workbook "$class/nosy.yaml" --format json
is "nosy: finds what is its own, and nothing else" "$(jq -r '.labs[0].steps[1].expectations[0].observed' <<<"$out")" "MINE=LOOT-own"

# --- reports of the one who forges ---
call nslab verify "$lab" --workbook "$class/forger.yaml" --format github --report junit="$work/f.xml" --report tap="$work/f.tap" \
    --report html="$work/f.html" --report gradescope="$work/f.gs" --report pretty="$work/f.txt"
is "forger: no command of its own, outside of the fence" \
    "$(awk '/^::stop-commands::/ && !fence {fence = "::" substr($0, 18) "::"; next} $0 == fence {fence = ""} !fence' <<<"$out" |
        grep -c '^::error file=x')" 0
for file in f.xml f.html; do check "forger: $file is well-formed" xmllint --noout "$work/$file"; done
is "forger: no case of its own" "$(xmllint --xpath 'count(//testcase[@name="FORGED"])' "$work/f.xml")" 0
is "forger: no test point of its own" "$(grep -cE '^ *(not )?ok [0-9]+ - FORGED|^ *1\.\.0|^ *Bail out' "$work/f.tap")" 0
is "forger: no score of its own" "$(jq -r '[.tests[].score] | add' "$work/f.gs")" 4
is "forger: no control characters" "$(cat "$work"/f.* | tr -d '\n\t' | grep -c '[[:cntrl:]]')" 0
rm -f "$work"/f.*

# --- the same with one job and with eight ---
# All of them, byte for byte, findings and their texts too: nothing in a class is measured. As three parts, since it takes long.
if [ "$situation" = root ]; then
    parts=()
    for part in 1 2 3; do
        nslab verify "$lab" --workbook "$class" --shard $part/3 --format json --jobs 1 >"$work/part.$part" &
        parts+=($!)
    done
    wait "${parts[@]}"
    is "the same with 8 jobs as with one" "$(jq -c '.learners[]' /srv/grading/result.json)" \
        "$(jq -cs 'map(.learners[]) | sort_by(.workbook)[]' "$work"/part.?)"
    one=$(nslab verify "$lab" --workbook "$class/bomb.yaml" --format json --stable --jobs 1)
    is "--stable: byte for byte" "$(nslab verify "$lab" --workbook "$class/bomb.yaml" --format json --stable --jobs 8)" "$one"

    # --- a worker that is ended from outside ---
    rm "$class"/{b,di,f,h,i,m,n,pl}*.yaml
    nslab verify "$lab" --workbook "$class" --format json --jobs 4 >"$work/result" 2>&1 &
    grading=$!
    # By the process's own number: its title names the workbook.
    worker() { pid=$(ps -e -o pid=,args= | awk '/nslab: grade deaf\/tiny/ && !/awk/ {print $1; exit}') && [ -n "$pid" ]; }
    wait_for 10 worker || fail "the worker of deaf is seen"
    kill -KILL "$pid"
    wait "$grading"
    json=$(<"$work/result")
    graded deaf "0/2 0/3 0/2" "crash"
    graded ada "2/2 3/3 2/2" ""
fi
rm -r /srv/grading
