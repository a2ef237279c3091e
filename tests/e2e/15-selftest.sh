# shellcheck shell=bash disable=SC2154,SC2034
# SPDX-License-Identifier: MIT
#
# Every expectation of the course is proven able to fail; with a single id, what can't be shown is unsupported, and
# nothing else is. And selftest finds what is wrong in a lab.
# situations: root range none unshare
# short run: no
# network: own
# limit: 200

limit=150
case $situation in
root | range) wanted=0 ;;
*) wanted=4 ;;
esac
call nslab selftest
is "selftest of the course ends with $wanted" "$status" "$wanted"
[ "$status" = "$wanted" ] || diag "$(head -n 60 <<<"$out")" "$err"
is "it is quiet on standard error" "$err" ""
last=$(tr -s '\n ' ' ' <<<"$out")
has "nothing is left unproven" "$last" " 0 not proven"
has "and no rule is broken" "$last" " 0 violations"
is "each lab of the course is there" "$(sed -n 's/^\([a-z-]*\): [0-9]* of .*/\1/p' <<<"$out")" \
    "$(sed -n 's/^labs: \[\(.*\)\]$/\1/p' labs/course.yaml | tr -s ', ' '\n')"
if [ "$wanted" = 0 ]; then
    has "all of them can fail" "$last" "(100 %)"
else
    is "what is unsupported is so for want of subordinate ids, and nothing else is" \
        "$(grep -o '^  unsupported ([a-z]*)' <<<"$out" | sort -u)" "  unsupported (subids)"
fi

cat >"$work/weak.yaml" <<'YAML'
format: nslab/1
id: weak
title: Checks that check nothing
summary: For the tests of selftest.
minutes: 1
requires: [user, pid, mnt, net]
steps:
  - id: one
    title: One
    do: [run -d --name web nginx]
    expect:
      - id: says-nothing
        say: the host has a PID 1
        see: {process: "nslab: lab host init*", field: pid, from: host}
        is: 1
      - id: allowed
        say: and it always has
        see: {process: "nslab: lab host init*", field: pid, from: host}
        is: 1
        always: true
      - id: wrong
        say: nginx is PID 2
        see: {process: "nginx: master*", field: pid, from: web}
        is: 2
        within: 0
      - id: sound
        say: nginx is PID 1
        see: {process: "nginx: master*", field: pid, from: web}
        is: 1
    contrast:
      with: {run: --pid=host}
      flips: [allowed]
YAML
chmod 755 "$work" && chmod 644 "$work/weak.yaml"
call nslab selftest "$work/weak.yaml"
is "a lab with weak checks: status 1" "$status" 1
flat=$(tr -s '\n ' ' ' <<<"$out")
has "what holds before is told" "$flat" "FAIL: one/says-nothing: holds before the step already, and isn't marked \`always\`; seen: 1"
has "what doesn't hold after is told" "$flat" "FAIL: one/wrong: doesn't hold after the step; seen: expected: is 2; observed: 1"
has "what doesn't flip is told" "$flat" "FAIL: one/allowed: is in \`flips\`, and holds under the contrast; seen: 1"
has "what flips unasked is told" "$flat" "FAIL: one/sound: isn't in \`flips\`, and fails under the contrast"
has "what isn't proven is named" "$flat" "not proven: one/allowed: and it always has"
has "the score" "$flat" "weak: 1 of 4 expectations are proven able to fail (25 %)"

sed -i 's/^title:/titel:/' "$work/weak.yaml"
call nslab selftest pid "$work/weak.yaml"
is "an invalid lab: status 3, and nothing is run" "$status $out" "3 "
call nslab selftest no-such-lab
is "an unknown lab: status 2" "$status" 2

call "${as[@]}" timeout --preserve-status -s INT -k 5 1 "$binary" selftest
is "interrupted: status 130" "$status" 130
# (its workers' lab hosts have ended with them: that the machine is as before is checked at the end)
