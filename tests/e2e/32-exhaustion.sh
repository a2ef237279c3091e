# shellcheck shell=bash disable=SC2154,SC2016 # $@ is for inner shells
# SPDX-License-Identifier: MIT
#
# What runs out while nslab works: descriptors, processes, memory, room on the disk, the image itself; clocks that jump;
# and many nslabs at once. Each ends in time, works or says clearly why not, and leaves nothing.
# situations: all
# short run: no
# network: own

become root
root=("${as[@]}") root_data=$data
become range
range=("${as[@]}") range_data=$data
become none
none=("${as[@]}")
remember

# however it was broken into lines
flat() { tr -s ' \n\0' ' ' <<<"$1"; }

# least NAME ULIMIT TEXT FROM STEP TO: from FROM up to where a container runs, each value says TEXT and works no
# less clearly. Sets `works`: with what it does.
least() {
    local name=$1 option=$2 text=$3 value bad=0
    works=
    for ((value = $4; value <= $6; value += $5)); do
        call "${none[@]}" timeout -k 2 20 bash -c "ulimit $option $value; exec \"\$@\"" sh "$binary" -c 'run --rm nginx true'
        if [ "$status" = 0 ]; then
            works=$value
            break
        fi
        # shellcheck disable=SC2053 # a glob
        if [ "$status" -ge 128 ] || [ "$status" = 124 ] || [[ $(flat "$err") != $text ]]; then
            bad=$((bad + 1))
            diag "$option $value:" "$(shown)"
        fi
    done
    is "$name: each value below what is enough gives an error that says so" "$bad bad" "0 bad"
    check "$name: $works is enough" test "${works:-none}" -gt "$4"
    wait_for 1 same_alive || fail "$name: leaves nothing" "$(what_is_left)"
}
# what the dynamic loader says is nobody's fault here
least "descriptors" -n "*@(Too many open files|*error while loading shared libraries|No file descriptors available)*" 3 1 64
enough=$works
# the leak sanitizer has a process of its own, and the other one needs terabytes of addresses
if [[ $(strings -a "$binary" 2>/dev/null | head -c 4000000) != *AddressSanitizer* ]]; then
    least "processes" -u "*Resource temporarily unavailable*" 2 1 40
    least "memory" -v "*@(loading shared libraries|Cannot allocate memory|memory exhausted|failed to map)*" 4000 1500 200000
fi

bad=0
for ((value = 4; value < enough + 4; value += 3)); do
    call "${none[@]}" timeout -k 2 20 bash -c "ulimit -n $value; exec \"\$@\"" sh "$binary" verify pid --format json
    [[ $status =~ ^[0125]$ ]] && [[ $(flat "$out$err") == *'Too many open files'* || $status = 0 ]] && continue
    bad=$((bad + 1))
    diag "ulimit -n $value:" "$(shown | head -n 40)"
done
is "descriptors: verify never takes too few of them for something that the machine lacks" "$bad bad" "0 bad"

# --- no room ---
mkdir -m 755 /srv/full
mount -t tmpfs -o size=$(($(du -sm "$range_data/images/nginx/rootfs" | cut -f 1) + 30))m,mode=755 full /srv/full
mkdir /srv/full/images
cp -a "$range_data/images/nginx" /srv/full/images/
rm -rf /srv/full/images/nginx/shifted
chown -R --reference="$range_data/images/nginx" /srv/full
head -c 512M /dev/zero >/srv/full/rest 2>/dev/null
as=("${range[@]}" NSLAB_DATA_DIR=/srv/full)
try "a full disk: a lab needs no room" 0 'hello' 'run --rm nginx echo hello'
try "a full disk: the shifted copy says so" 125 'No space left on device' 'run --rm --userns remap nginx true'
is "a full disk: nothing of the copy is left" "$(cd /srv/full/images/nginx && echo shifted*)" "shifted*"
call nslab verify pid --output /srv/full/report
is "a full disk: a report that can't be written is status 5" "$status" 5
has "a full disk: and said" "$err" "No space left on device"
is "a full disk: no torn report" "$(ls /srv/full)" "images
rest"
umount /srv/full
rmdir /srv/full

# --- the image goes away while it is used ---
images=$range_data/images
as=("${range[@]}")
damaged='*image nginx is damaged*nslab image build*'
# tells NAME GLOB: nslab says it, however broken into lines
tells() {
    # shellcheck disable=SC2053 # a glob
    heard() { [[ $(flat "$(<"$work/said")") == $1 ]]; }
    if wait_for 10 heard "*$2*"; then pass "$1"; else fail "$1" "$(tail -c 1000 "$work/said")"; fi
}
session_start
say 'run -d --name web nginx'
says "an image that is used" web
mv "$images/nginx" "$images/moved"
say 'run --rm nginx echo one more'
says "moved away: what runs goes on with it" 'one more'
cp -a "$images/moved" "$images/nginx"
rm -rf "$images/moved"
say 'exec web true'
tells "made anew: exec says so" 'cannot execute true*image nginx is damaged*made anew by `nslab image build`'
say 'run --rm --name two nginx true'
tells "made anew: run too" 'in container two*image nginx is damaged*made anew by `nslab image build`'
session_end
is "made anew: nslab goes on to its end" "$status" 125

rootfs=$images/nginx/rootfs
# lacks WHAT LINE: without this file
lacks() {
    mv "$rootfs/$1" "$rootfs/$1.away"
    call nslab -c "$2"
    # shellcheck disable=SC2053 # a glob
    if [ "$status" != 0 ] && [[ $(flat "$out$err") == $damaged ]]; then pass "damaged: without $1"; else fail "damaged: without $1" "$(shown)"; fi
    mv "$rootfs/$1.away" "$rootfs/$1"
}
lacks proc 'host true'
lacks lib64 'run --rm nginx true'
lacks usr/sbin/nginx 'run -d nginx'
lacks usr/lib 'host true'
try "whole: what is not in it is no damage" 127 'ls /usr/bin' 'run --rm nginx no-such-program'
[[ $err != *damaged* ]] || fail "whole: and isn't called so" "$err"

# --- clocks ---
cat >"$work/clock.c" <<'END'
#define _GNU_SOURCE
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>
/* The time of day jumps by ten years, back and forth, with each look at it. */
static time_t jump(void)
{
    static int n;
    return n++ % 2 ? 315360000 : -315360000;
}
int clock_gettime(clockid_t id, struct timespec *t)
{
    int rc = (int)syscall(SYS_clock_gettime, id, t);
    if (rc == 0 && id == CLOCK_REALTIME)
        t->tv_sec += jump();
    return rc;
}
int gettimeofday(struct timeval *restrict t, void *restrict zone)
{
    struct timespec now;
    (void)zone;
    clock_gettime(CLOCK_REALTIME, &now);
    *t = (struct timeval){now.tv_sec, now.tv_nsec / 1000};
    return 0;
}
time_t time(time_t *ret)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (ret)
        *ret = now.tv_sec;
    return now.tv_sec;
}
END
chmod a+rx "$work"
if cc -shared -fPIC -o "$work/clock.so" "$work/clock.c" 2>"$work/cc" && chmod a+rx "$work/clock.so"; then
    as=("${range[@]}" "LD_PRELOAD=$work/clock.so")
    began=${EPOCHREALTIME/./}
    call nslab verify pid
    is "a clock that jumps by years: verify passes" "$status" 0
    [ "$status" = 0 ] || diag "$(shown)"
    check "a clock that jumps by years: nothing waits for it" test $((${EPOCHREALTIME/./} - began)) -lt 20000000
else
    fail "a clock that jumps by years" "$(<"$work/cc")"
fi

# --- many at once ---
pids=() failed=0
for ((i = 0; i < 50; i++)); do
    case $((i % 3)) in 0) as=("${root[@]}") ;; 1) as=("${range[@]}") ;; *) as=("${none[@]}") ;; esac
    limit=60 nslab -c "run -d --name web nginx" -c 'exec web true' >"$work/many.$i" 2>&1 &
    pids+=($!)
done
for i in "${!pids[@]}"; do
    wait "${pids[i]}" && continue
    failed=$((failed + 1))
    diag "$i: status $?" "$(<"$work/many.$i")"
done
is "50 at once, of three users: each has its own lab" "$failed failed" "0 failed"
as=("${root[@]}") data=$root_data
call nslab leaks
is "and nslab leaks finds nothing" "$status" 0
[ "$status" = 0 ] || diag "$(shown)"
