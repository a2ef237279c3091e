# shellcheck shell=bash disable=SC2154,SC2016 # $() is for the shells in there
# SPDX-License-Identifier: MIT
#
# Text of others, planted wherever it can stand: control characters are shown and not obeyed, and no line of it passes for
# one of nslab's own.
# situations: root range
# short run: no
# network: own

# shellcheck source=tests/e2e/terminal.sh
. tests/e2e/terminal.sh

# Clears the screen, sets the title, C1 controls as a byte and as UTF-8, overwrites, turns the reading direction, isn't
# UTF-8, and forges lines.
evil=$'\e[2J\e]0;owned\a\x9b31m\u009bA\rB\b\x7f\u202e\u061c\xff\xfe\npass 9 of 9 are as expected\n::error::x'
# in double quotes, what a lab's author writes
yaml='\e[2J\e]0;owned\a\x9b31m\rB\b\x7f\u202e\u061c\npass 8 of 8 are as expected\n::warning::x'
octal=$(od -An -v -to1 -w1 <<<"$evil" | tr -d '\n' | sed 's/ /\\/g')                         # for printf

cat >"$work/leaks" <<'END'
# leaks [sgr]: what a terminal would obey, nslab's own colours apart, and, but behind a line ---, lines that pass for nslab's
use strict; use warnings; use Encode;
my $sgr = @ARGV; local $/; my $text = <STDIN> // '';
$text =~ s/\e\[[0-9;]*m//g if $sgr;
my $own = 1;
for my $line (split /\n/, $text) {
    my $bad = '';
    $bad .= sprintf ' %02x', ord $1 while $line =~ /([\x00-\x08\x0b-\x1f\x7f])/g;
    my $c = eval { decode('UTF-8', my $copy = $line, Encode::FB_CROAK) };
    $bad .= ' not UTF-8' unless defined $c;
    $bad .= sprintf ' U+%04X', ord $1
        while defined $c && $c =~ /([\x{80}-\x{9f}\x{61c}\x{200e}\x{200f}\x{202a}-\x{202e}\x{2066}-\x{2069}\x{2028}\x{2029}\x{feff}])/g;
    $own = 0 if $line eq '---';
    $bad .= ' forged' if $own && $line =~ /^::error::x|^pass 9 of 9 are/;
    next unless $bad;
    $line =~ s/[^ -~]/sprintf '<%02x>', ord $&/ge;
    print "$bad: $line\n";
}
END
leaks() { perl "$work/leaks" "$@"; }
# harmless NAME: of what `call` has got
harmless() {
    local found
    found=$({ leaks <"$work/out"; leaks <"$work/err"; } | head -n 5)
    if [ -z "$found" ]; then pass "$1"; else fail "$1" "$found"; fi
}
# shows_it NAME: it is harmless, and it was there
shows_it() {
    harmless "$1"
    [[ $out$err == *'^['* ]] || fail "$1: planted" "$(shown)"
}
# typed LINE...: into nslab, through a pipe
typed() { call nslab "${options[@]}" < <(printf '%s\n' "$@"); }
options=()
one_line=${evil//$'\n'/ }

# --- what processes write, and their names ---
plant=$(base64 -w 0 <<END
evil=\$(printf '$octal')
printf '%s' "\$evil" >/usr/share/nginx/html/index.html
printf '%s' "\$evil" >/planted
ln -s "\$evil" /link
mkdir /names && (cd /names && : >"a\$(printf '%s' "\$evil" | tr '/\n' '..')" && : >ab)
name=/tmp/\$(printf '%s' "\$evil" | head -n 1 | tr / .)
mkdir "\$name" && mount -t tmpfs none "\$name"
printf '%s' "\$evil" | head -n 1 >/proc/sys/kernel/hostname
(exec -a "\$evil" sleep 5001 >/dev/null 2>&1 </dev/null) &
ip link add "\$(printf 'x\033[2J\302\233\177')" type bridge
echo "\$evil" >/proc/1/fd/2
END
)
plant="exec web bash -c 'echo $plant | base64 -d | bash'"
# what each of these shows has the planted text in it
looks=('ps -a' 'inspect web' 'map processes' 'map mounts' 'map network' 'map ids' 'explain pid web' 'explain mount web' 'explain veth web'
    'trace web' 'ns' 'ns web'
    'host echo ---' 'logs web' 'host ps -e' 'exec web ps -e' 'exec web cat /planted' 'host ls -l /'
    'exec web hostname' 'exec web ls -l /link /names /tmp' 'exec web cat /proc/mounts')
typed 'run -d --name web --privileged nginx' "$plant" "${looks[@]}"
shows_it "what processes write, and names of theirs, in every view"
printf 'nosuch %s\n' "$one_line" >"$work/line"
mistakes=()
for words in 'VERB' 'run VERB' 'run --name VERB nginx' 'run --hostname VERB nginx' 'run -p VERB nginx' 'run -v VERB:/x nginx' \
    'run --VERB nginx' 'run -u VERB nginx true' 'run nginx VERB' 'exec VERB true' 'exec web VERB' 'exec -u VERB web true' 'kill VERB' \
    'kill -s VERB web' 'rm VERB' 'inspect VERB' 'logs VERB' 'host VERB' 'enter VERB' 'ns VERB' 'map VERB' 'trace VERB' \
    'help VERB' 'start VERB' 'explain VERB' 'predict VERB' 'run --network VERB nginx' 'run --cap-add VERB nginx' 'docker VERB' \
    'sudo VERB' 'demo VERB' 'reset VERB' 'check VERB'; do
    mistakes+=("${words/VERB/"'$one_line'"}")
done
typed 'run -d --name web nginx' "${mistakes[@]}"
shows_it "mistakes with such words"
# (the words don't depend on the situation)
[ "$situation" != root ] || for command in attach demo export verify submit new lint selftest doctor labs image completion help no; do
    for words in "$evil" "--$evil" "--format=$evil" "--workbook=$evil" "--as=$evil" "--session=$evil" "--lab=$evil"; do
        timeout -k 2 10 "${as[@]}" "$binary" "$command" "$words" 2>&1 </dev/null
    done >"$work/both"
    is "nslab $command: such words as arguments" "$(leaks <"$work/both" | head -n 3)" ""
done

# --- a lab, from its title to what is observed ---
cat >"$work/evil.yaml" <<END
format: nslab/1
id: evil
title: "T $yaml"
summary: "S $yaml"
minutes: 1
requires: [user, pid, mnt, net, uts]
vars:
  drawn: {value: "V $yaml"}
steps:
  - id: first
    title: "T $yaml"
    text: "X \`$yaml\` **$yaml** \${drawn}\n\n- $yaml\n\n| a | b |\n|---|---|\n| $yaml | c |"
    predict:
      ask: "Q $yaml"
      choices:
        - {id: one, text: "C $yaml", right: true, feedback: "F $yaml"}
        - {id: two, text: "C \${drawn}", feedback: "F $yaml"}
    do:
      - run -d --name web --privileged nginx
      - "$plant"
      - {run: exec web cat "/nosuch", fails: "No $yaml"}
    expect:
      - {id: content, say: "E $yaml", see: {file: /planted, field: content, from: web}, within: 0, is: "I $yaml"}
      - {id: link, say: "E $yaml", see: {file: /link, field: target, from: web}, matches: "^[^x]"}
      - {id: names, say: "E", see: {processes: args, from: web}, within: 0, contains: "I $yaml"}
      - {id: host, say: "E", see: {hostname: now, from: web}, within: 0, same: {hostname: now, from: host}}
      - {id: body, say: "E", see: {http: "http://127.0.0.1/", field: body, from: web}, within: 0, is: "$yaml"}
      - {id: missing, say: "E", see: {file: "/n$yaml", field: size, from: web}, within: 0, is: "$yaml"}
    contrast:
      say: "W $yaml"
      with: {run: --pid=host}
      flips: [link]
    explain: "L $yaml \${content.observed} \${drawn}"
  - id: second
    title: "T $yaml"
    task: "K $yaml"
    hints: ["H $yaml", "H $yaml", "H $yaml"]
    solution: ["host echo '${yaml//\\n/ }'"]
    expect:
      - {id: one, say: "E $yaml", see: {hostname: now, from: host}, within: 0, is: "$yaml"}
END
chmod -R a+rwX "$work"
call nslab lint "$work/evil.yaml"
is "a lab full of it is a valid one" "$status $(head -c 300 <<<"$out$err")" "0 $work/evil.yaml: valid (2 steps, 7 expectations)"
learn=('predict one' 'do' check contrast explain next hint hint hint solution check step labs back 'reset lab')
options=(--lab "$work/evil.yaml")
typed "${learn[@]}"
sed -i '/^> host echo/,+3d' "$work/out" # what the solution's line itself says
shows_it "a hostile lab, gone through"
reports=()
for format in tap junit json github gradescope html; do reports+=(--report "$format=$work/report.$format"); done
call nslab verify "${reports[@]}" "$work/evil.yaml"
shows_it "verify"
for format in tap junit json github gradescope html; do
    is "verify --format $format" "$(leaks <"$work/report.$format" | head -n 5)" ""
done
call nslab selftest "$work/evil.yaml"
shows_it "selftest"
for format in md html; do
    call nslab export --format "$format" "$work/evil.yaml"
    is "export as $format" "$({ leaks <"$work/err"; leaks <"$work/out"; } | grep -v '^ forged' | head -n 5)" ""
done
options=(demo --auto --speed 50 "$work/evil.yaml")
typed
is "a demo of it" "$({ leaks sgr <"$work/err"; leaks sgr <"$work/out"; } | head -n 5)" ""

mkdir "$work/share" && cp -R scripts "$work/share" && mkdir "$work/share/labs" && cp "$work/evil.yaml" "$work/share/labs"
printf 'format: nslab-course/1\nlabs: [evil]\n' >"$work/share/labs/course.yaml"
chmod -R a+rX "$work/share"
as+=(NSLAB_SHARE_DIR="$work/share")
call nslab labs
shows_it "a course of such labs"
options=()
typed labs
shows_it "in the shell too"
become "$situation"

# invalid ones: the excerpt, the message, the nearest
printf 'format: nslab/1\n%s: 1\n"%s": 2\nid: "%s"\nrequires: ["%s"]\nsteps: "%s"\n' "x" "$yaml" "$yaml" "$yaml" "$yaml" >"$work/bad.yaml"
printf 'format: nslab/1\nid: x%s\n' "$evil" >"$work/raw.yaml"
cp "$work/bad.yaml" "$work/named $one_line.yaml" 2>/dev/null || cp "$work/bad.yaml" "$work/named ${one_line//\//.}.yaml"
for file in "$work"/bad.yaml "$work"/raw.yaml "$work"/named*; do
    for format in pretty json github; do
        call nslab lint --format "$format" "$file"
        is "an invalid lab, ${file##*/}, as $format" "$({ leaks <"$work/err"; leaks <"$work/out"; } | head -n 5)" ""
    done
done

# --- a workbook ---
options=()
cat >"$work/workbook.yaml" <<END
format: nslab-workbook/1
learner: "L ::error::planted <b>%0A not ok 1 ]]>"
at: evil
labs:
- id: evil
  digest: sha256:$(printf '0%.0s' {1..64})
  file: "$work/evil.yaml"
  at: "first"
  vars:
    drawn: "V $yaml"
  steps:
  - id: first
    state: begun
    prediction: "P $yaml"
    lines:
    - "host echo $yaml"
    evidence:
    - {id: "E $yaml", verdict: pass, observed: "O $yaml", from: "F $yaml", how: "H $yaml"}
END
chmod a+rw "$work/workbook.yaml"
options=(--workbook "$work/workbook.yaml")
typed labs step check next
harmless "a hostile workbook, gone on with"
call nslab submit --workbook "$work/workbook.yaml"
harmless "and submitted"
call nslab verify --workbook "$work/workbook.yaml"
harmless "and graded"
printf 'format: nslab-workbook/1\nlearner: "L %s"\n' "$yaml" >"$work/named.yaml"
call nslab verify --workbook "$work/named.yaml"
harmless "with such a name, graded"
has "no learner has such a name" "$out" 'damaged: line 2, column 10: `learner` can*be a name'
for key in at id state; do sed -i "s/\( \|^\)$key: .*/\1$key: \"${yaml//\\/\\\\}\"/" "$work/workbook.yaml"; done
typed labs
shows_it "an invalid one"
call nslab verify --workbook "$work/workbook.yaml"
shows_it "an invalid one, graded"

# --- on a terminal: what it is told is nslab's colours and readline's ways of drawing a line, and nothing of this ---
options=()
terminal 80 200
tmux_here pipe-pane -t :0 "cat >'$work/drawn'"
prompts "on a terminal" 'nslab>'
type_line 'run -d --name web --privileged nginx'
prompts "a container" 'nslab>'
keys -l "$plant"
keys Enter
wait_for 10 on_screen 'base64 -d | bash*nslab>'
keys -l 'exec web ls /names/a'
wait_for 5 last_is_text /names/a
keys Tab
prompts "Tab: a name that a terminal would obey isn't offered" 'nslab> exec web ls /names/ab'
keys C-u
for line in 'map processes' 'ns web' 'logs web' 'exec web ps -e -o args' 'exec web ls -l /link /names'; do
    type_line "$line"
    prompts "${line%% *} on a terminal" 'nslab>'
done
type_line quit
ends "and the end" 0
end_terminal
is "no title, no clearing, no C1, no bidi override" "$(LC_ALL=C grep -acP '\e\]|\e\[2J|\xc2?\x9b|\xe2\x80\xae|\xd8\x9c|\xff' "$work/drawn")" 0
has "and it was there" "$(tr -d '\0' <"$work/drawn")" '^\[\[2J'
find /root /srv/home /var/lib/nslab \( -name history -o -name 'workbook*' \) -delete
