# shellcheck shell=bash disable=SC2154
# SPDX-License-Identifier: MIT
#
# scripts/run, on a tree that is built and an image that is there: without a terminal it is `nslab verify`.
# situations: root none
# network: own

installed=$(scripts/install-deps </dev/null 2>&1)
is "nothing is missing here" "$? $installed" "0 "
# What is built already stays: `make` would make it anew, as the objects aren't in this tree.
mkdir "$work/bin"
printf '#!/bin/sh\necho "make $*" >>%s/made\n' "$work" >"$work/bin/make"
chmod 755 "$work" "$work/bin" "$work/bin/make"
: >"$work/made"
chmod 666 "$work/made"
run=("${as[@]}" "PATH=$work/bin:$PATH" timeout -k 2 60 scripts/run)

call nslab verify
wanted=$status
call "${run[@]}" </dev/null
is "without a terminal: verify's status" "$status" "$wanted"
has "and its report" "$(tail -n 1 <<<"$out")" "0 failed"
check "make was asked first" grep -q "make -C $tree" "$work/made"
call "${run[@]}" verify pid --format tap
is "arguments are nslab's" "$status $(head -n 1 <<<"$out")" "0 TAP version 14"
call "${run[@]}" verify nonesuch
is "and so is the status" "$status" 2
call "${run[@]}" lint tests/e2e/lib.sh
is "also of an invalid lab" "$status" 3
printf '#!/bin/sh\necho "cc: it is broken" >&2\nexit 1\n' >"$work/bin/make"
call "${run[@]}"
is "a build that fails: status 1" "$status" 1
has "and the compiler's words" "$err" "it is broken"
