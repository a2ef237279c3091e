# shellcheck shell=bash disable=SC2154,SC2016,SC2034
# SPDX-License-Identifier: MIT
#
# The walkthrough that the labs come from, pasted as it stands, in one session: each line works, or is answered with what
# to type instead and why. At each step: what Docker really shows there (seen with Docker 20.10 on Linux 6.18), and that
# nslab shows the same, from the same viewpoints: inside, on the lab host, on the machine. With a single id, what can't be
# shown is said to be so.
# situations: root range none unshare
# short run: root
# network: own
# limit: 120

case $situation in root | range) many_ids=yes ;; *) many_ids= ;; esac

marks=0
# type_line LINE...: sets `now` to what was said to them.
type_line() {
    local line text
    for line; do say "$line"; done
    marks=$((marks + 1))
    say "host echo mark-$marks."
    wait_for 15 said "mark-$marks." || fail "an answer to $1" "$(tail -c 1000 "$work/said")"
    text=$(<"$work/said")
    now=${text%mark-"$marks".*}
    now=${now##*mark-$((marks - 1)).}
    now=${now#$'\n'}
    flat=$(tr -s '\n ' ' ' <<<"$now")
}
# pasted LINE GLOB: a line of the walkthrough, and what is said to it
pasted() {
    type_line "$1"
    has "pasted: $1" "$flat" "$2"
}
# shown NAME GLOB LINE...: lines of nslab's own, as the answers tell to type them
shown_by() {
    local name=$1 glob=$2
    shift 2
    type_line "$@"
    has "$name" "$flat" "$glob"
}
inside='exec my-nginx'
answered='on which side of the wall is it to run? Type `host'
no_terminal='the input device is not a TTY Leave -t out'

session_start
now=

# --- docker run -p: Docker prints an id, nginx answers on port 8080 of the machine ---
pasted 'docker run --rm --name=my-nginx -p 8080:80 -d nginx:latest' 'my-nginx 127.0.0.1:8080->80/tcp'
find_nslab "$session" && find_init
has "-p 8080:80: nginx answers on the machine's port 8080, as with Docker" "$(curl -sI http://127.0.0.1:8080/)" "200 OK"
shown_by "and on the lab host's" "200 OK" 'host curl -sI http://127.0.0.1:8080/'
is "nslab listens on 127.0.0.1 alone, where Docker listens on 0.0.0.0" \
    "$(awk '$4 == "0A" {print $2}' /proc/net/tcp /proc/net/tcp6)" "0100007F:1F90"

# --- /proc/PID/ns: with Docker ipc, mnt, net, pid, uts differ from the host's; user and time don't ---
pasted "PID=\$(docker inspect -f '{{.State.Pid}}' my-nginx) && sudo ls -l /proc/\$PID/ns" \
    'nothing is assigned Type `inspect -f '\''{{.State.Pid}}'\'' NAME`*`host ls -l /proc/PID/ns`*`ns NAME`'
type_line "inspect -f '{{.State.Pid}}' my-nginx"
pid=${now//[!0-9]/}
type_line "host bash -c 'for n in ipc mnt net pid time user uts; do [ \$(readlink /proc/$pid/ns/\$n) = \$(readlink /proc/self/ns/\$n) ] && echo \$n same || echo \$n differs; done'"
is "/proc/PID/ns on the lab host: the same differ as with Docker" "$flat" \
    "ipc differs mnt differs net differs pid differs time same user same uts differs "
shown_by "ns shows it in words" "pid *differs*" 'ns my-nginx'
is "on the machine, nginx is a process like any other, with three PIDs, the innermost 1" \
    "$(pgrep -f 'nginx: master' | while read -r p; do awk '/^NSpid/ {print (NF >= 4), $NF}' "/proc/$p/status"; done)" "1 1"

# --- docker exec -ti bash, top: Docker shows the master as PID 1, two workers, and top ---
pasted 'docker exec -ti my-nginx bash' "$no_terminal"
pasted 'apt update && apt install -f procps iproute2' 'nothing needs to be installed: the image has procps*`exec NAME ps'
pasted 'top' '`exec -it NAME top`'
type_line "$inside top -b -n 1"
is "top inside: master, workers and top alone" \
    "$(sed -n '/PID/,$p' <<<"$now" | awk 'NR > 1 && NF {print $1, $NF}' | sed 's/^[2-9][0-9]* top/N top/' | tr '\n' ' ')" \
    "1 nginx 2 nginx 3 nginx N top "
shown_by "on the lab host, the same master has another PID" "$pid nginx: master" "host ps -o pid,args -p $pid"
pasted 'docker kill my-nginx' 'my-nginx'
shown_by "--rm: it is gone with its end, as with Docker" "no container is called my-nginx" 'inspect my-nginx'

# --- --pid=host: with Docker, top shows every process of the host ---
pasted 'docker run --rm --name=my-nginx -p 8080:80 --pid=host -d nginx:latest' 'my-nginx 127.0.0.1:8080->80/tcp'
pasted 'docker exec -ti my-nginx bash' "$no_terminal"
shown_by "top inside shows the lab host's PID 1, too" "1 root *nslab*nginx" "$inside top -b -n 1"
type_line "$inside ps -e -o pid,args"
from_inside=$(grep -v ' ps -e' <<<"$now")
type_line 'host ps -e -o pid,args'
is "what is there from inside is what is there on the lab host, by the same PIDs" "$from_inside" "$(grep -v ' ps -e' <<<"$now")"
pasted 'docker kill my-nginx' 'my-nginx'

# --- mounts: with Docker, /etc/os-release is the image's, and /etc/nginx isn't on the host ---
pasted 'docker run --rm --name=my-nginx -p 8080:80 -d nginx:latest' 'my-nginx'
pasted 'cat /etc/os-release' "$answered cat /etc/os-release*exec NAME cat /etc/os-release"
shown_by "os-release inside: the image's" "nslab nginx image" "$inside cat /etc/os-release"
shown_by "on the lab host: its own" "nslab lab host" 'host cat /etc/os-release'
is "on the machine: neither" "$(grep -c nslab /etc/os-release)" 0
pasted 'cat /etc/nginx/nginx.conf' "$answered cat /etc/nginx/nginx.conf*exec NAME cat /etc/nginx/nginx.conf"
shown_by "nginx.conf inside: there" "worker_processes" "$inside cat /etc/nginx/nginx.conf"
shown_by "on the lab host: no such file" "No such file or directory" 'host cat /etc/nginx/nginx.conf'
is "on the machine its bytes are in the image's directory" "$(grep -c worker_processes "$data/images/nginx/rootfs/etc/nginx/nginx.conf")" 1
pasted 'docker kill my-nginx' 'my-nginx'

# --- a bind mount without remap: with Docker the file is root's on the host ---
pasted 'mkdir -p /tmp/userns-demo' "$answered mkdir -p /tmp/userns-demo"
type_line 'host mkdir -p /tmp/userns-demo'
pasted 'docker run --rm --name=my-nginx -p 8080:80 -v /tmp/userns-demo:/demo -d nginx:latest' 'my-nginx'
pasted 'echo "test from container" > /demo/container_file.txt' \
    "exec NAME sh -c 'echo \"test from container\" > /demo/container_file.txt'"
type_line "$inside sh -c 'echo \"test from container\" > /demo/container_file.txt'"
pasted 'chmod 600 /demo/container_file.txt' 'exec NAME chmod 600 /demo/container_file.txt'
type_line "$inside chmod 600 /demo/container_file.txt"
pasted 'ls -la /tmp/userns-demo' "$answered ls -la /tmp/userns-demo"
shown_by "on the lab host: root's, mode 600, as with Docker" "-rw------- 1 root root *container_file.txt" 'host ls -la /tmp/userns-demo'
case $situation in
root) on_machine=1879048192 ;;
range) on_machine=58001 ;;
*) on_machine=58002 ;;
esac
is "on the machine: uid $on_machine, whose lab host it is" \
    "$(stat -c %u "/proc/$init_pid/root/tmp/userns-demo/container_file.txt")" "$on_machine"
if [ -n "$many_ids" ]; then
    shown_by "another user of the lab host can't read it" "Permission denied" 'host -u 33 cat /tmp/userns-demo/container_file.txt'
else
    shown_by "another user: there is none with a single id, which is said" "only one id is mapped in this lab" \
        'host -u 33 cat /tmp/userns-demo/container_file.txt'
fi

# --- userns-remap: with Docker a setting of the daemon, and a restart, which ends the containers ---
pasted 'sudoedit /etc/docker/daemon.json' 'no daemon reads /etc/docker/daemon.json here*`run -d --name web --userns remap nginx`'
pasted '{"userns-remap": "default"}' 'no daemon reads it here*`run --userns remap` does for one'
pasted 'sudo service docker restart' 'no daemon stands behind nslab*--userns remap*`rm -f NAME` and `run` again'
pasted 'docker run --rm --name=my-nginx -p 8080:80 -v /tmp/userns-demo:/demo -d nginx:latest' 'the name my-nginx is in use*rm -f my-nginx'
pasted 'docker kill my-nginx' 'my-nginx'
remap='run --rm --name=my-nginx -p 8080:80 -v /tmp/userns-demo:/demo --userns remap -d nginx:latest'
pasted 'ls -la /etc/subuid' "$answered ls -la /etc/subuid"
if [ -n "$many_ids" ]; then
    shown_by "remap" 'my-nginx' "$remap"
    shown_by "no: ls shows the file /etc/subuid, and not the range" "-rw-r--r-- 1 root root * /etc/subuid" 'host ls -la /etc/subuid'
    shown_by "cat shows the range" "dockremap:100000:" 'host cat /etc/subuid'
    pasted 'ls -la /demo' 'exec NAME ls -la /demo'
    shown_by "inside: nobody's, mode 600, as with Docker" "-rw------- 1 nobody nogroup*container_file.txt" "$inside ls -la /demo"
    shown_by "its root has Docker's 14 capabilities" "00000000a80425fb" "$inside grep CapEff /proc/self/status"
    shown_by "and yet may not read it: EACCES" "Permission denied" "$inside cat /demo/container_file.txt"
    shown_by "nor create a file there: EACCES" "Permission denied" "$inside touch /demo/new"
    shown_by "nor chown it: EPERM" "Operation not permitted" "$inside chown 0 /demo/container_file.txt"
    shown_by "nor chmod it: EPERM" "Operation not permitted" "$inside chmod 644 /demo/container_file.txt"
    shown_by "its uid_map" "0 100000 " "$inside cat /proc/self/uid_map"
    count=$(awk '$2 == 100000 {print $3}' <<<"$now")
    shown_by "on the lab host its master is 100000's, and its workers 100033's" "100000 nginx: master*100033 nginx: worker" \
        'host ps -e -o uid,args'
    pasted 'sudo chown -R 100000:100000 /tmp/userns-demo' '`host chown -R 100000:100000 /tmp/userns-demo`'
    # owner UID SHOWN: as whose a file of that uid of the lab host shows inside
    owner() {
        shown_by "of uid $1 on the lab host: $2 inside, as with Docker" "<$2>" \
            "host chown -R $1:$1 /tmp/userns-demo" "$inside stat -c '<%U>' /demo/container_file.txt"
    }
    owner 100000 root
    owner 100033 www-data
    pasted 'sudo chown -R 1001003:1001003 /tmp/userns-demo' '`host chown -R 1001003:1001003 /tmp/userns-demo`'
    owner 1001003 nobody # the walkthrough says 1003; with a base of 100000 that is 101003
    shown_by "of uid 101003: 1003" "<1003>" 'host chown -R 101003:101003 /tmp/userns-demo' \
        "$inside stat -c '<%u>' /demo/container_file.txt"
    last=$((100000 + count - 1))
    shown_by "the last of the range, $last: $((count - 1))" "<$((count - 1))>" \
        "host chown -R $last:$last /tmp/userns-demo" "$inside stat -c '<%u>' /demo/container_file.txt"
    shown_by "one less than the first: nobody" "<65534>" 'host chown -R 1999:1999 /tmp/userns-demo' \
        "$inside stat -c '<%u>' /demo/container_file.txt"
    pasted 'docker kill my-nginx' 'my-nginx'
    for share in "network host's network" "pid host PID"; do
        shown_by "--${share%% *}=host with remap is refused, in Docker's words, and whose policy that is" \
            "cannot share the ${share#* } namespace when user namespaces are enabled That is Docker's policy, not the kernel's" \
            "run -d --userns remap --${share%% *}=host nginx"
    done
    shown_by "--userns=host --network=host is allowed" "my-nginx" 'run -d --rm --name my-nginx --userns=host --network=host nginx'
    type_line 'kill my-nginx'
else
    case $situation in
    unshare) what_to_do="Run nslab outside that user namespace" ;;
    *) what_to_do="subuid*" ;;
    esac
    shown_by "with a single id, remap is refused, with its cause and what to do" "$what_to_do" "$remap"
    shown_by "and there is no range to show" "No such file or directory" 'host cat /etc/subuid'
    pasted 'ls -la /demo' 'exec NAME ls -la /demo'
    pasted 'sudo chown -R 100000:100000 /tmp/userns-demo' '`host chown -R 100000:100000 /tmp/userns-demo`'
    shown_by "chown to an id that isn't mapped: the kernel says so" "Invalid argument" 'host chown -R 100000:100000 /tmp/userns-demo'
    pasted 'sudo chown -R 1001003:1001003 /tmp/userns-demo' '`host chown -R 1001003:1001003 /tmp/userns-demo`'
    call nslab verify user --format json
    is "the user lab names what can't be shown: unsupported, for want of subordinate ids" \
        "$status $(jq -c '[.labs[].steps[].expectations[] | select(.verdict != "pass") | [.verdict, .cause]] | unique' <<<"$out")" \
        '4 [["unsupported","subids"]]'
fi

# --- ip addr: with Docker docker0 and a veth on the host, lo and eth0@ifN inside ---
type_line 'run --rm --name=my-nginx -p 8080:80 -d nginx:latest'
pasted 'ip addr' "$answered ip addr*exec NAME ip addr"
type_line "$inside ip -o link show eth0"
inside_index=$(sed -n 's/^\([0-9]*\): eth0@if.*/\1/p' <<<"$now") peer=$(sed -n 's/^[0-9]*: eth0@if\([0-9]*\):.*/\1/p' <<<"$now")
shown_by "eth0 inside and its veth on the lab host name each other by index" "$peer: veth*@if$inside_index:*master nslab0" \
    'host ip -o link show type veth'
shown_by "inside: lo and eth0, with 172.17.0.*" "1: lo*eth0@if$peer*inet 172.17.0." "$inside ip addr"
shown_by "on the lab host: nslab0, as docker0" "nslab0*inet 172.17.0.1/16" 'host ip addr'
is "on the machine: none of it" "$(ip -o link | grep -c 'veth\|nslab0')" 0
pasted 'docker kill my-nginx' 'my-nginx'

# --- --network=host: with Docker identical lists, nginx on the host's port 80, -p discarded with a warning ---
pasted 'docker run --rm --name=my-nginx --network=host -p 8080:80 -d nginx:latest' \
    'WARNING: Published ports are discarded when using host network mode*my-nginx'
# The bridge notices a little later that its last cable has gone.
type_line "host sh -c 'until ip link show nslab0 | grep -q NO-CARRIER; do sleep 0.02; done'"
type_line "$inside ip addr"
first=$now
type_line 'host ip addr'
is "ip addr twice: identical" "$first" "$now"
shown_by "nginx answers on port 80 of the lab host" "200 OK" 'host curl -sI http://127.0.0.1:80/'
shown_by "and 8080 refuses" "<7>" "host sh -c 'curl -s http://127.0.0.1:8080/; echo \"<\$?>\"'"
is "on the machine, too" "$(curl -s http://127.0.0.1:8080/; echo $?)" 7

# --- docker kill after the engine's restart: fails with Docker, since that has ended it; here nothing was restarted ---
pasted 'docker kill my-nginx' 'my-nginx'
session_end
is "the last line's status" "$status" 0

# --- on a terminal: `docker exec -ti my-nginx bash` is bash, and the lines after it are typed into it, as with Docker ---
# script(1) is the terminal; the prompt of bash says that it listens.
typed() {
    local name=$1 glob=$2
    shift 2
    say "$@"
    says "$name" "$glob"
}
# Who ends on a terminal takes along what was typed too early: the next one has to be there.
last_line_has() { [[ $(tail -n 1 "$work/said") == *"$1"* ]]; }
listens() { wait_for 10 last_line_has "$1" || fail "$1 listens" "$(tail -c 1000 "$work/said")"; }
rm -f "$work/lines"
mkfifo "$work/lines"
: >"$work/said"
"${as[@]}" env TERM=vt100 timeout -k 2 60 script -qfec "$binary" /dev/null <"$work/lines" >"$work/said" 2>&1 &
session=$!
exec 8>"$work/lines"
listens 'nslab>'
typed "run" "127.0.0.1:8080->80/tcp" 'host mkdir -p /tmp/userns-demo' \
    'docker run --rm --name=my-nginx -p 8080:80 -v /tmp/userns-demo:/demo -d nginx:latest'
typed "exec -ti bash: a prompt of the container's root" "root@my-nginx*#" 'docker exec -ti my-nginx bash'
typed "top: nginx is PID 1" "1 root*nginx*top" 'top'
say q
listens 'root@my-nginx:/#'
typed "cat /etc/os-release: the image's" "nslab nginx image" 'cat /etc/os-release'
typed "echo, chmod, ls -la: root's file" "-rw------- 1 root root*container_file.txt" \
    'echo "test from container" > /demo/container_file.txt' 'chmod 600 /demo/container_file.txt' 'ls -la /demo'
typed "ip addr: eth0@ifN" "eth0@if*172.17.0." 'ip addr'
say exit
listens 'nslab>'
typed "exit: back in nslab, on the lab host" "nslab lab host" 'host cat /etc/os-release'
say 'docker kill my-nginx' 'quit'
session_end
is "quit: status" "$status" 0
