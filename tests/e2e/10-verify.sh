# shellcheck shell=bash disable=SC2154,SC2034
# SPDX-License-Identifier: MIT
#
# The whole course passes in every situation of ids, and every report says the same of it.
# situations: root range none unshare
# short run: root none
# network: own

# A single id can't show a second user, nor remap: that, and nothing else, is unsupported.
case $situation in
root | range) wanted=0 unsupported=false ;;
*) wanted=4 unsupported=true ;;
esac
limit=60
call nslab verify --format json
is "verify ends with $wanted" "$status" "$wanted"
is "every expectation passed that can" \
    "$(jq -c '[.totals.pass > 0, .totals.fail, .totals.unsupported > 0]' <<<"$out")" "[true,0,$unsupported]"
is "and what can't is for want of subordinate ids" "$(jq -c '[.labs[].steps[].expectations[] |
    select(.verdict == "unsupported") | .cause] | unique - ["subids"]' <<<"$out")" '[]'
[ "$status" = "$wanted" ] ||
    diag "$(jq -c '.labs[].steps[].expectations[] | select(.verdict == "fail")' <<<"$out" 2>&1 | head -n 40)" "$err"
is "the totals are the sum of the expectations" \
    "$(jq '([.labs[].steps[].expectations[]] | length) == (.totals | .pass + .fail + .unsupported)' <<<"$out")" true
is "each lab of the course was run" "$(jq -c '[.labs[].id] | sort' <<<"$out")" \
    "$(sed -n 's/^id: *//p' labs/*.yaml | sort | jq -R . | jq -cs .)"
is "every task that could be done earned its points" \
    "$(jq '[.labs[].steps[] | select(.verdict == "pass") | .points | select(.earned != .max)] | length' <<<"$out")" 0

printf '%s\n' "$out" >"$work/result.json"
check "the document is what docs/result.schema.json says" \
    /usr/bin/python3 -m jsonschema -i "$work/result.json" docs/result.schema.json
is "the digest is that of the lab's file" "$(jq -r '.labs[0].digest' <<<"$out")" \
    "sha256:$(sha256sum "$(jq -r '.labs[0].file' <<<"$out")" | cut -d' ' -f1)"
expectations=$(jq '[.labs[] | select(.id == "pid") | .steps[].expectations[]] | length' <<<"$out") # of one lab

call nslab verify pid --format tap
is "with --format tap, status 0" "$status" 0
is "its first line" "$(head -n 1 <<<"$out")" "TAP version 14"
is "one test point a lab, and one an expectation" "$(grep -c '^ok ' <<<"$out") $(grep -c '^        ok ' <<<"$out")" \
    "1 $expectations"
if command -v prove >/dev/null; then
    # it knows versions up to 13, of which 14 is a superset
    sed '1s/14$/13/' <<<"$out" >"$work/report.tap"
    check "prove takes it" prove -e cat "$work/report.tap"
else
    skip "prove takes it" "perl's prove is not installed"
fi

call nslab verify pid
is "as text, status 0" "$status" 0
has "and its last line counts" "$(tail -n 1 <<<"$out")" "1 lab in *s: $expectations passed, 0 failed, 0 unsupported"
is "as text to a pipe, no escape sequences" "$(grep -c $'\e' <<<"$out")" 0

call nslab verify labs/pid.yaml --require-all --jobs 2
is "by the file's name, with --jobs and --require-all, status 0" "$status" 0

mkdir -m 777 /tmp/report
call nslab verify pid --format json --output /tmp/report/result.json
is "with --output, status 0" "$status" 0
is "and the report is in the file" "$(jq -c .totals.pass /tmp/report/result.json)" "$expectations"
call nslab verify pid --format json --output /tmp/report/none/result.json
is "an output that can't be made is status 5" "$status" 5
has "and is named" "$err" "/tmp/report/none"
rm -r /tmp/report

# The same learner draws the same ports: who comes second waits.
if [ "$situation" = range ]; then
    nslab verify network --as ada --format json >"$work/beside" 2>&1 &
    call nslab verify network --as ada --format json
    wait $!
    is "two runs of one learner at once both pass" "$? $status $(jq -c .totals "$work/beside")" \
        "0 0 $(jq -c .totals <<<"$out")"
fi
