# shellcheck shell=bash disable=SC2154
# SPDX-License-Identifier: MIT
#
# watch: a task completes by itself, also by what is done in another terminal; which `check` then says.
# situations: root range
# short run: root
# network: own

# shellcheck source=tests/e2e/terminal.sh
. tests/e2e/terminal.sh
cat >/srv/watched.yaml <<'END'
format: nslab/1
id: watched
title: A lab of the tests
summary: One task.
minutes: 1
requires: [user, pid]
steps:
  - id: make
    title: Making
    task: Start web, and make a file on the lab host.
    hints: [a, b, c]
    solution:
      - run -d --name web nginx
      - host touch /tmp/made
    expect:
      - id: runs
        say: web runs
        see: {container: web, field: status}
        is: running
      - id: made
        say: there is a file /tmp/made
        see: {file: /tmp/made, field: exists, from: host}
        is: "true"
END
terminal 80 24 --lab /srv/watched.yaml
prompts "a lab with a task" 'watched 1/1>'
type_line 'run -d --name web nginx'
prompts "half of it is done" 'watched 1/1>'
type_line watch
prompts "watch: what is missing, in one line" '1 of 2 hold. Not yet: there is a file /tmp/made'
keys C-c
prompts "Ctrl-C stops watching" 'watched 1/1>'
type_line watch
prompts "watch again" '1 of 2 hold. Not yet: there is a file /tmp/made'
nslab attach host touch /tmp/made
shows "done in another terminal: it ends by itself, as check does" 'pass*there is a file /tmp/made*2 of 2 are as expected'
shows "and says what grading can't run again" "Something was typed in a shell of the lab during this step"
prompts "and prompts" 'watched 1/1>'
type_line quit
ends "with status 0" 0
end_terminal
workbook=$(find "$home" "$data" -name workbook.yaml 2>/dev/null | head -n 1)
check "the workbook knows" grep -q 'elsewhere: true' "${workbook:-none}"
session_start --lab /srv/watched.yaml
say 'again' 'run -d --name web nginx' 'watch'
says "without a terminal: a line" '1 of 2 hold. Not yet: there is a file /tmp/made'
nslab attach host touch /tmp/made
says "and the end" '2 of 2 are as expected'
session_end
rm /srv/watched.yaml
find /root /srv/home /var/lib/nslab \( -name history -o -name workbook.yaml -o -name 'workbook*' \) -delete
