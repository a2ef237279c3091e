# shellcheck shell=bash disable=SC2154,SC2034,SC2016
# SPDX-License-Identifier: MIT
#
# A kernel that refuses idmapped mounts, or overlay's option userxattr: the course passes there too, and is proven there
# too. What a lab says that it needs and can't have is unsupported with that cause.
# situations: root range
# short run: no
# network: own
# limit: 200

limit=100
refusal=()
refused() { "$tree/tests/e2e/refuse" "${refusal[@]}" "${as[@]}" timeout -k 2 "$limit" "$binary" "$@"; }
verdict() { jq -r --arg name "$1" '.probes[] | select(.name == $name) | .verdict' <<<"$out"; }

# course WHAT CAUSES STATUS: verify passes whole, and selftest ends with STATUS; what is unsupported there has one of
# these causes.
course() {
    local flat
    call refused verify --format json
    is "$1: verify passes" "$status" 0
    is "$1: whole" "$(jq -c '[.totals.pass > 0, .totals.fail, .totals.unsupported]' <<<"$out")" '[true,0,0]'
    call refused selftest
    flat=$(tr -s '\n ' ' ' <<<"$out")
    is "$1: selftest ends with $3" "$status" "$3"
    [ "$status" = "$3" ] || diag "$(head -n 60 <<<"$out")" "$err"
    has "$1: nothing is left unproven" "$flat" " 0 not proven"
    has "$1: and no rule is broken" "$flat" " 0 violations"
    is "$1: what is unsupported, and why" "$(grep -o '^  unsupported ([a-z]*)' <<<"$out" | sort -u | tr -d '\n')" "$2"
}

# Only root makes idmapped mounts; without them a shifted copy of the image takes their place.
if [ "$situation" = root ]; then
    call nslab -c 'run -d --name web --userns remap nginx' -c 'exec web stat -c %u /etc/passwd'
    is "without refusal: no copy of the image is made" "$status $(test -e "$data/images/nginx/shifted"; echo $?)" "0 1"
    for errno in EPERM EINVAL ENOSYS; do
        refusal=(idmap "$errno")
        rm -rf "$data/images/nginx/shifted"
        call refused -c 'run -d --name web --userns remap nginx' -c 'exec web stat -c "<%u>" /etc/passwd' \
            -c 'host sh -c "stat -c \"<%u>\" /proc/\$(pgrep -o -x nginx)/root/etc/passwd"'
        is "idmapped mounts refused with $errno: the remapped container's files are its root's, and 100000's outside" \
            "$status $(grep -c '^<0>$' <<<"$out") $(grep -c '^<100000>$' <<<"$out")" "0 1 1"
        is "idmapped mounts refused with $errno: there is a copy" "$(stat -c %u "$data/images/nginx/shifted")" \
            $((1879048192 + 100000))
    done
    call refused doctor --json
    is "idmapped mounts refused: doctor names it, and nothing is missing" "$(verdict idmap)" note
    course "idmapped mounts refused" "" 0
fi

refusal=(userxattr EINVAL)
call refused -c 'trace host'
has "userxattr refused: the lab host's journal shows it" "$out" "userxattr) = -1 EINVAL"
has "userxattr refused: and that it went on without" "$out" "workdir=work) = 0"
call refused -c 'run -d --name web nginx' -c 'exec web rmdir /srv' -c 'exec web mkdir /srv'
has "userxattr refused: what it is for fails, in the kernel's words" "$out$err" "/srv*Input/output error"
call refused -c 'run -d -v /etc/nginx:/demo nginx'
has "userxattr refused: nslab's own line names it, and what to do" "$(tr -s '\n ' ' ' <<<"$err")" \
    "cannot create directory /etc/nginx: Input/output error (this overlay can't replace a directory of the image)*Linux 5.11"
call refused doctor --json
is "userxattr refused: doctor says so, and labs run" "$(verdict overlay) $(verdict userxattr)" "ok less"
# A contrast makes a directory on the lab host where the image's is hidden.
course "userxattr refused" "  unsupported (userxattr)" 4

cat >"$work/removes.yaml" <<'YAML'
format: nslab/1
id: removes
title: A directory of the image goes
summary: For the tests.
minutes: 1
requires: [user, pid, mnt, net, userxattr]
steps:
  - id: one
    title: One
    do: [run -d --name web nginx, exec web rmdir /srv, exec web mkdir /srv]
    expect:
      - {id: there, say: /srv is new, see: {file: /srv, field: type, from: web}, is: directory, always: true}
YAML
chmod 755 "$work" && chmod 644 "$work/removes.yaml"
call refused verify --format json "$work/removes.yaml"
is "userxattr refused: a lab that requires it is unsupported, with its cause" \
    "$status $(jq -c '[.labs[].steps[].expectations[] | [.verdict, .cause]]' <<<"$out")" '4 [["unsupported","userxattr"]]'
call nslab verify --format json "$work/removes.yaml"
is "not refused: it passes" "$status $(jq -c .totals.pass <<<"$out")" "0 1"
