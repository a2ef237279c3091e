# shellcheck shell=bash
# SPDX-License-Identifier: MIT
#
# Every system call of a launch fails in turn: tests/fault/inject says what must come of it.
# situations: all
# short run: no
# network: own
# limit: 3600

# shellcheck disable=SC2154 # of lib.sh
export NSLAB_FAULTY=$tree/build/fault/nslab
"$tree/tests/fault/inject" --prove
# shellcheck disable=SC2086 # one option, or none
"$tree/tests/fault/inject" ${NSLAB_FAULTS:-} root range none
check "fault injection runs to its end" test $? -le 1
