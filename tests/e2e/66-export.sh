# shellcheck shell=bash disable=SC2154,SC2016 # $() is for the shell in there
# SPDX-License-Identifier: MIT
#
# Handouts: a lab with what it says on this machine, as CommonMark and as HTML. How it looks, a browser says:
# tests/browser/run.
# situations: root range none unshare
# short run: none
# network: own

cat >/srv/paper.yaml <<'END'
format: nslab/1
id: paper
title: A lab for <paper>
summary: One step and one task.
minutes: 3
requires: [user, pid]
steps:
  - id: look
    title: Looking
    text: Words with `code` and **weight**.
    predict:
      ask: Which PID?
      choices:
        - {id: one, text: the first, right: true, feedback: That is what a new namespace begins with.}
        - {id: same, text: the same, feedback: It has another.}
    do:
      - run -d --name web nginx
      - exec web sh -c 'echo "</pre><script>alert(1)</script>"; echo "\`\`\`"; printf "\033[31mred"'
    expect:
      - id: pid-1
        say: nginx is PID 1
        see: {process: "nginx: master*", field: pid, from: web}
        is: 1
    contrast:
      say: without its own PID namespace
      with: {run: --pid=host}
      flips: [pid-1]
    explain: It saw ${pid-1.observed}, and the machine ${web.machine_pid}.
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
    explain: A signal has ended it.
    points: 2
END
cat >/srv/failing.yaml <<'END'
format: nslab/1
id: failing
title: A step fails
summary: And is not hidden.
minutes: 1
requires: [user, pid]
steps:
  - id: line
    title: A line that fails
    do: [host false]
    expect:
      - {id: name, say: the name is right, see: {hostname: now, from: host}, is: lab-host}
END
chmod 777 "$work"

call nslab export /srv/paper.yaml
is "md: status" "$status" 0
is "md: nothing is said beside it" "$err" ""
has "md: all parts, in their order" "$out" \
    '# A lab for \\<paper\\>*About 3 minutes*## Step 1: Looking*Words with `code` and \*\*weight\*\**### Predict*1. the first*### Run*> run -d --name web nginx*### Observe*\*\*pass\*\*: nginx is PID 1*observed `1`*one wall taken away*--pid=host*changed*### The picture: `map processes`*container web*### Explain*It saw 1, and the machine [0-9]*## Step 2: Ending*### Task*End web.*goal*## Answers*\*\*Right:\*\* the first*That is what a new*## Hints*It is a signal.*## Solutions*> kill web*observed `exited`*A signal has ended it.'
has "md: the fence is longer than what is in it" "$out" $'````\n> exec web'
is "md: control characters are shown and not written" "$(LC_ALL=C grep -c $'\033' <<<"$out")" 0
has "md: as text" "$out" '^[[31mred'
call nslab export /srv/paper.yaml --format html
is "html: status" "$status" 0
has "html: all parts" "$out" \
    '<!DOCTYPE html>*<html lang="en">*<title>A lab for &lt;paper&gt;</title>*<h1>A lab for &lt;paper&gt;</h1>*<code>code</code> and <strong>weight</strong>*Predict*the first*&gt; run -d --name web nginx*nginx is PID 1*with the wall*<figure>*container web*It saw 1, and the machine [0-9]*Answers*Hints*Solutions*&gt; kill web*</html>'
is "html: nothing foreign is markup" "$(grep -c '<script' <<<"$out")" 0
has "html: but text" "$out" '&lt;/pre&gt;&lt;script&gt;alert(1)&lt;/script&gt;'
is "html: nothing is loaded" "$(grep -cE '(src|srcset|data)=|url\(|@import|<link|<iframe|<object' <<<"$out")" 0
call nslab export /srv/paper.yaml --no-solutions --output "$work/paper.html"
is "--output: status" "$status$out$err" 0
has "--output: the format by its name" "$(head -c 15 "$work/paper.html")" '<!DOCTYPE html>'
is "--no-solutions: no line of it, and nothing that explains it" "$(grep -cE 'kill web|A signal has ended|exited' "$work/paper.html")" 0
has "--no-solutions: the task, its goals and hints" "$(<"$work/paper.html")" 'End web.*web has ended*It is a signal.'
call nslab export /srv/failing.yaml
is "a step that fails: status" "$status" 1
has "stands in the handout" "$out" 'This step could not be carried out:*host false*ended with status 1'
has "and is said" "$err" 'a step of failing failed, and stands so in the handout'
call nslab export /srv/paper.yaml --format pdf
has "a format that isn't there" "$status $err" '2 *no format is named `pdf`*There are md and html.'
call nslab export nowhere
is "a lab that isn't there" "$status" 2
call nslab export /srv/paper.yaml --output /nowhere/x.md
has "a file that can't be made" "$status $err" '5 */nowhere/x.md*No such file or directory'
rm /srv/paper.yaml /srv/failing.yaml
