# shellcheck shell=bash disable=SC2154,SC2034,SC2016
# SPDX-License-Identifier: MIT
#
# What lab authors use: new, lint and its formats, the schema for editors.
# situations: range
# network: own

mkdir -m 777 /tmp/authors
call nslab new /tmp/authors/hello.yaml
is "new ends with 0" "$status" 0
has "and says what to do next" "$out" "nslab selftest /tmp/authors/hello.yaml"
call nslab lint /tmp/authors/hello.yaml
is "the new lab is valid" "$status $out" "0 /tmp/authors/hello.yaml: valid (2 steps, 4 expectations)"
limit=60
call nslab selftest /tmp/authors/hello.yaml
is "selftest proves each of its expectations" "$status" 0
has "all of them" "$out" "4 of 4 expectations are proven"
digest=$(sha256sum </tmp/authors/hello.yaml)
call nslab new /tmp/authors/hello.yaml
is "what is there already is refused" "$status" 2
has "with what to do" "$err" "File exists. Choose another name"
is "and left as it is" "$(sha256sum </tmp/authors/hello.yaml)" "$digest"
call nslab new "/tmp/authors/My Lab.yaml"
is "a name that is no id is refused" "$status" 2
has "with what an id is" "$err" "small letters, digits and hyphens"

# --- lint ---
printf 'format: nslab/1\nid: x\ntitel: "a%%,:"\n' >/tmp/authors/worse.yaml
call nslab lint "$tree"/labs/*.yaml
is "lint of the course's own folder: status" "$status" 0
has "lint of the course's own folder: the course too" "$out" "course.yaml: valid (a course; labs: 5)"
call nslab lint --format github /tmp/authors/hello.yaml /tmp/authors/worse.yaml /tmp/authors/none.yaml
is "lint --format github: status 3" "$status" 3
has "an annotation stands at line and column" "$out" \
    "::error file=/tmp/authors/worse.yaml,line=3,col=1,title=nslab lint::unknown key \`titel\` in the lab"
has "and one without them where a file can't be read" "$out" "::error file=/tmp/authors/none.yaml,title=nslab lint::"
is "nothing else is in it" "$(grep -cv '^::error ' <<<"$out")" 0
call nslab lint --format json /tmp/authors/hello.yaml /tmp/authors/worse.yaml
is "lint --format json: status 3" "$status" 3
is "both files are in it" "$(jq -c '[.format, (.files[] | [.file, .valid, (.errors | length > 0)])]' <<<"$out")" \
    '["nslab-lint/1",["/tmp/authors/hello.yaml",true,false],["/tmp/authors/worse.yaml",false,true]]'
is "with what was meant" "$(jq -r '[.files[1].errors[].nearest | select(.)][0]' <<<"$out")" title
call nslab lint
is "without files it is a usage error" "$status" 2

# --- the schema ---
call nslab lint --schema
check "docs/lab.schema.json is what lint --schema prints" cmp "$work/out" docs/lab.schema.json
# validate FILE...: prints those that the schema refuses
validate() {
    /usr/bin/python3 - "$@" <<'END'
import json, sys, yaml, jsonschema
schema = json.load(open("docs/lab.schema.json"))
jsonschema.Draft202012Validator.check_schema(schema)
validator = jsonschema.Draft202012Validator(schema)
for name in sys.argv[1:]:
    try:
        if list(validator.iter_errors(yaml.safe_load(open(name)))):
            print(name)
    except (yaml.YAMLError, UnicodeDecodeError):
        print(name)
END
}
is "the schema takes every lab of the course, and a new one" \
    "$(validate labs/mount.yaml labs/network.yaml labs/pid.yaml labs/user.yaml labs/what-runs.yaml /tmp/authors/hello.yaml 2>&1)" ""
# What lint refuses for its shape, the schema refuses too. The names say what is wrong.
shapes=(contrast-both contrast-empty contrast-neither empty-list bool)
shapes=("${shapes[@]/#/tests/bad-labs/}")
is "it refuses what is wrong in shape" "$(validate "${shapes[@]/%/.yaml}" 2>&1 | wc -l)" "${#shapes[@]}"

# --- docs/grading.md: every command of it, where nslab is installed ---
"${as[@]}" mkdir -p /tmp/authors/site/autograder/results /tmp/authors/bin
ln -s "$binary" /tmp/authors/bin/nslab
mkdir /tmp/authors/site/labs
cp labs/pid.yaml labs/user.yaml /tmp/authors/site/labs # a repository of somebody's labs
"${as[@]}" mkdir /tmp/authors/site/work
cp tests/grading/class/{ada,bob,carol}.yaml /tmp/authors/site/work
cp tests/grading/tiny.yaml /tmp/authors/site
# blocks LANGUAGE: the fenced blocks of that language, each ended by a line with ---
blocks() { awk -v begin="^\`\`\`$1\$" '$0 ~ begin {inside = 1; next} /^```/ {if (inside) print "---"; inside = 0} inside' docs/grading.md; }
# From the recipes for services, the lines of nslab's: without sudo, whose user is here already.
recipe_lines() {
    blocks yaml | sed -e ':again' -e '/\\$/{N;s/ *\\\n */ /;b again' -e '}' |
        sed -nE 's/^ *(- )?(run: )?(sudo (--preserve-env=[A-Z_]+ )?)?(nslab (verify|lint|doctor).*)/\5\n---/p'
}
number=0 script='' ran=''
while IFS= read -r line; do
    if [ "$line" != --- ]; then
        script+=$line$'\n'
        continue
    fi
    number=$((number + 1))
    ran+=$script
    script=${script//\/autograder//tmp/authors/site/autograder}
    check "docs/grading.md, command $number: $(grep -m 1 -oE 'nslab [^|]*' <<<"$script" | head -c 70)" \
        "${as[@]}" env "PATH=/tmp/authors/bin:$PATH" GITHUB_STEP_SUMMARY=/tmp/authors/site/summary.md \
        timeout -k 2 60 sh -ec "cd /tmp/authors/site
            $script"
    script=
done < <(blocks sh; recipe_lines)
is "so many commands" "$number" 15
# So that none is left out by the way in which they are taken out of it.
nslab_commands() { grep -oE '(^|[^-a-z/.])nslab [a-z]+' | grep -oE 'nslab [a-z]+' | sort; }
is "all but the building of the image were run" "$({ blocks sh; blocks yaml; } | grep -v '^ *#' | nslab_commands)" \
    "$({ printf '%s\n' "$ran"; echo "nslab image"; } | nslab_commands)"
# Of the cron job of a class: while the one before grades, it does nothing, and says nothing.
nightly=$(blocks sh | awk 'BEGIN {RS = "---\n"} /flock.*--workbook/')
exec 7</tmp/authors/site/reports
flock 7
cp -p /tmp/authors/site/reports/class.txt "$work/class.txt"
call "${as[@]}" env "PATH=/tmp/authors/bin:$PATH" timeout -k 2 20 sh -c "cd /tmp/authors/site
    $nightly" 7<&-
is "a second cron job beside it: does nothing" "$status $out$err" "0 "
check "a second cron job beside it: leaves the reports alone" cmp /tmp/authors/site/reports/class.txt "$work/class.txt"
exec 7<&-
sed 's/^learner:/leaner:/' tests/grading/class/ada.yaml >/tmp/authors/site/work/mia.yaml
call "${as[@]}" env "PATH=/tmp/authors/bin:$PATH" timeout -k 2 20 sh -c "cd /tmp/authors/site
    $nightly"
has "a cron job says what is damaged" "$(tr -s '\n ' ' ' <<<"$out")" "mia 0/7 tiny 0/7 ! damaged: *unknown key \`leaner\`"
check "its recipes are YAML" /usr/bin/python3 -c '
import sys, yaml
for text in sys.stdin.read().split("---\n"): yaml.safe_load(text)' < <(blocks yaml)
for file in junit.xml report.html result.json points.csv reports/class.html graded.json graded-gradescope.json autograder/results/results.json summary.md; do
    check "they wrote $file" test -s "/tmp/authors/site/$file"
done
rm -r /tmp/authors
