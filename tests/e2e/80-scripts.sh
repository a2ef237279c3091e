# shellcheck shell=bash disable=SC2154,SC2016 # $ is for inner shells
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

# --- on a machine like Ubuntu's: an ordinary user's nslab gets a profile, once ---
if [ "$situation" = none ]; then
    mkdir /etc/apparmor.d 2>/dev/null
    rm -f /etc/apparmor.d/nslab
    printf '#!/bin/sh\necho "sudo $*" >>%s/made\ncase $2 in tee) cat >%s/profile ;; esac\n' "$work" "$work" >"$work/bin/sudo"
    : >"$work/profile" && chmod 666 "$work/profile" && chmod 755 "$work/bin/sudo"
    ubuntu=(unshare -m sh -c 'mount -t tmpfs fake /proc/sys/kernel && echo 1 >/proc/sys/kernel/apparmor_restrict_unprivileged_userns && exec "$@"' sh)
    call "${ubuntu[@]}" "${run[@]}" --version
    is "AppArmor's restriction: status" "$status" 0
    has "a profile is written, with sudo" "$(<"$work/made")" "sudo -n tee /etc/apparmor.d/nslab"
    has "for this very program" "$(<"$work/profile")" "profile nslab $binary flags=(unconfined) { userns, }"
    has "and loaded" "$(<"$work/made")" "sudo -n apparmor_parser -r /etc/apparmor.d/nslab"
    has "which is said" "$err" "allowing nslab to make user namespaces: /etc/apparmor.d/nslab"
    : >"$work/made"
    printf '#!/bin/sh\necho "sudo $*" >>%s/made\ncase $2 in apparmor_parser) exit 1 ;; esac\n' "$work" >"$work/bin/sudo"
    call "${ubuntu[@]}" "${run[@]}" --version
    has "one that can't be loaded: said" "$status $err" "that could not be done: see  nslab doctor"
    has "and taken away, to be tried again" "$(<"$work/made")" "sudo -n rm -f /etc/apparmor.d/nslab"
    touch /etc/apparmor.d/nslab
    : >"$work/made"
    call "${ubuntu[@]}" "${run[@]}" --version
    is "one that is there stays as it is" "$status $(grep -c sudo "$work/made")" "0 0"
    rm -f /etc/apparmor.d/nslab
fi

printf '#!/bin/sh\necho "cc: it is broken" >&2\nexit 1\n' >"$work/bin/make"
call "${run[@]}"
is "a build that fails: status 1" "$status" 1
has "and the compiler's words" "$err" "it is broken"
