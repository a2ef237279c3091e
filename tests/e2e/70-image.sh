# shellcheck shell=bash disable=SC2154,SC2016 # what is set in lib.sh; $p is for the shell in there
# SPDX-License-Identifier: MIT
#
# The image nginx, built from the distribution's packages: as root, as a user with a range of ids and as one without.
# Needs what apt needs: the machine's network.
# situations: empty
# limit: 240

declare -A data_of=([root]=/var/lib/nslab [range]=/srv/home/range/.local/share/nslab [none]=/srv/home/none/.local/share/nslab)
everybody=(root range none)
builds=()
export limit=200

# --- nothing is there yet ---
for who in "${everybody[@]}"; do
    become "$who"
    call nslab image path nginx
    is "$who: no image yet: path has status 1" "$status" 1
    has "$who: and says how to make one" "$err" "nslab image build nginx"
    call nslab image list
    is "$who: an empty list" "$status $out" "0 "
done
become none
call nslab image build ngnix
is "an unknown image: status 5" "$status" 5
has "an unknown image: names the nearest" "$err" "Did you mean nginx"
call nslab image bild nginx
is "an unknown action: status 2" "$status" 2
has "an unknown action: names the nearest" "$err" "Did you mean build"

# --- three builds at once ---
for who in "${everybody[@]}"; do
    become "$who"
    nslab image build nginx >"$work/build.$who" 2>&1 &
    builds[${#builds[@]}]=$!
done
for i in 0 1 2; do
    wait "${builds[i]}"
    is "${everybody[i]}: image build" "$?" 0
    has "${everybody[i]}: says what is done" "$(<"$work/build.${everybody[i]}")" "downloading*unpacking*is ready"
    is "${everybody[i]}: a log gets no escape sequences" "$(grep -c $'\e' "$work/build.${everybody[i]}")" 0
done

# everything but the owner, and when the two files beside the tree were written
manifest() {
    (cd "${data_of[$1]}/images/nginx" &&
        find . ! -type d -printf '%p %y %m %s %T@ %l\n' | sed '/^\.\/[^/]* /s/ [^ ]* $//' | sort && find . -type d -printf '%p %m\n' | sort &&
        find . -type f -exec sha256sum {} + | sort -k 2)
}
for who in "${everybody[@]}"; do
    become "$who"
    image=${data_of[$who]}/images/nginx
    call nslab image path nginx
    is "$who: path" "$status $out" "0 $image"
    call nslab image list
    has "$who: list" "$out" "nginx  nginx [0-9]*, "
    is "$who: nothing else is left there" "$(find "$image/.." -mindepth 1 -maxdepth 1 ! -name '.nginx.lock' -printf '%f\n')" nginx
    is "$who: no device, no setuid bit" "$(find "$image/rootfs" \( -type b -o -type c -o -perm /6000 \) | head -n 3)" ""
    check "$who: under 60 MB" test "$(du -sm --apparent-size "$image/rootfs" | cut -f1)" -lt 60
    call nslab -c 'run -d --name web nginx' -c 'exec web top -b -n 1' \
        -c 'exec web bash -c "for p in ps ip nft curl nginx; do command -v \$p || echo no \$p; done"' \
        -c 'exec web grep worker_processes /etc/nginx/nginx.conf' -c 'exec web cat /etc/os-release'
    is "$who: a container from it" "$status" 0
    has "$who: with top" "$out" "load average*PID USER*nginx"
    is "$who: with its programs" "$(grep '^no ' <<<"$out")" ""
    has "$who: two workers" "$out" "worker_processes*2;"
    has "$who: that says what it is" "$out" "nslab nginx image"
    call nslab verify pid
    is "$who: verify pid" "$status" 0
    [ "$who" = root ] || continue
    manifest root >"$work/manifest"
    check "the manifest has the image's files" test "$(wc -l <"$work/manifest")" -gt 1000
done
for who in range none; do
    manifest "$who" >"$work/manifest.$who"
    is "built by root and by $who, the image is the same" "$(diff "$work/manifest" "$work/manifest.$who" | head -n 20)" ""
done
is "root's belongs to the lab host's root" "$(find /var/lib/nslab/images/nginx/rootfs -printf '%U:%G\n' | sort -u)" \
    1879048192:1879048192
is "a user's to the user" "$(find "${data_of[none]}/images/nginx/rootfs" -printf '%U:%G\n' | sort -u)" 58002:58002

# --- again, interrupted, removed ---
become none
call nslab image build nginx
has "a second build: it is there already" "$status $err" "0 image nginx is there already"
is "and is as it was" "$(manifest none | diff "$work/manifest" - | head -n 20)" ""

downloading() { grep -q downloading "$work/building"; }
no_builder() { ! pgrep -f build-image >/dev/null; }
images=${data_of[none]}/images
for signal in KILL INT TERM; do
    call nslab image rm nginx
    is "image rm" "$status $(ls "$images")" "0 "
    : >"$work/building"
    "${as[@]}" "$binary" image build nginx >"$work/building" 2>&1 &
    build=$!
    wait_for 30 downloading
    kill -"$signal" "$build"
    wait "$build" 2>/dev/null
    status=$?
    case $signal in KILL) wanted=137 ;; INT) wanted=130 ;; TERM) wanted=143 ;; esac
    is "SIG$signal in the middle of a build: status" "$status" "$wanted"
    check "SIG$signal in the middle of a build: it ends" wait_for 5 no_builder
    is "SIG$signal: nothing half is left" "$(find "$images" -mindepth 1 ! -name .nginx.lock | head -n 3)" ""
    call nslab image path nginx
    is "SIG$signal: there is no image" "$status" 1
    # for the next round
    cp -a "${data_of[range]}/images/nginx" "$images/"
    chown -hR 58002:58002 "$images"
done
# the whole family at once: nobody is left who could clean up
call nslab image rm nginx
: >"$work/building"
setsid "${as[@]}" "$binary" image build nginx >"$work/building" 2>&1 &
build=$!
wait_for 30 downloading
kill -KILL -- "-$build" 2>/dev/null
wait "$build" 2>/dev/null
check "SIGKILL of nslab and its script: all end" wait_for 5 no_builder
call nslab image path nginx
is "SIGKILL of both: there is no half image" "$status" 1
call nslab image list
is "SIGKILL of both: nor in the list" "$status $out" "0 "
call nslab image build nginx
is "and the next build works" "$status" 0
is "the same as the first" "$(manifest none | diff "$work/manifest" - | head -n 20)" ""
is "and has removed what was left" "$(find "$images" -mindepth 1 -maxdepth 1 ! -name .nginx.lock -printf '%f\n')" nginx

call nslab image rm nginx
is "image rm" "$status" 0
call nslab image rm nginx
is "image rm of what isn't there: status 5" "$status" 5
has "and says so" "$err" "nginx"
as+=(NSLAB_DATA_DIR=/proc/nothing)
call nslab image build nginx
is "a place that can't be written to: status 5" "$status" 5
has "a place that can't be written to: is named" "$err" "/proc/nothing"

rm -rf /var/lib/nslab/images /srv/home/*/.local
