# shellcheck shell=bash disable=SC2154
# SPDX-License-Identifier: MIT
#
# The `console` blocks of README.md and docs/*.md: their commands are run, and show what stands below them. And the picture
# in README.md is one of the lab as it is today. (docs/grading.md has recipes besides, which 17-authors runs.)
# situations: range none
# short run: no
# network: own

# Beside the reader: the program, the workbooks and the lab that docs/grading.md grades.
chmod 755 "$work"
mkdir "$work/bin" "$work/site" "$work/site/work"
ln -s "$binary" "$work/bin/nslab"
cp tests/grading/tiny.yaml tests/grading/class/grace.yaml "$work/site"
cp tests/grading/class/{ada,bob,carol}.yaml "$work/site/work"
chown -R 58001 "$work/site"
[ "$situation" = range ] || chown -R 58002 "$work/site"
# docs/doctor.md is written by somebody without subordinate ids
shown=(docs/doctor.md)
user=(--user e2e-none=ada --user "58002=1001")
[ "$situation" = none ] || shown=(docs/learner.md docs/grading.md) user=()
cd "$work/site" || exit 1
"${as[@]}" "PATH=$work/bin:$PATH" timeout -k 2 100 "$tree/tests/e2e/docs-blocks" ${user[@]+"${user[@]}"} "${shown[@]/#/$tree/}"
cd "$tree" || exit 1

if [ "$situation" = range ]; then
    is "every page with a console block is run here" "$(grep -l '^```console' README.md docs/*.md | tr '\n' ' ')" \
        "docs/doctor.md docs/grading.md docs/learner.md "
    picture=docs/session.svg
    check "the picture is XML" xmllint --noout "$picture"
    is "and has less than 150 KB" "$(($(stat -c %s "$picture") < 150000))" 1
    # All that step 2 of the lab says which fits on one line of it
    for key in ask say; do
        while IFS= read -r text; do
            has "the picture has the lab's text: $text" "$(<"$picture")" "$text"
        done < <(sed -n '/id: three-pids/,/id: default-signals/p' labs/pid.yaml | sed -nE "s/^ *(- )?$key: //p" | grep -v 'without a PID')
    done
fi
