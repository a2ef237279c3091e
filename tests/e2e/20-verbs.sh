# shellcheck shell=bash disable=SC2154
# SPDX-License-Identifier: MIT
#
# The container verbs: what each does, and with which status its line ends.
# situations: root range none unshare
# network: own

web='run -d --name web nginx'

# --- statuses ---
try "run --rm: output and status 0" 0 "hello" 'run --rm nginx echo hello'
# /dev/stdout is a link to what the process has as its output: opening it anew asks for a right to that pipe.
try "run: its output can be opened by name" 0 "by name" "run --rm nginx sh -c 'echo by name >/dev/stdout'"
try "exec: its output can be opened by name" 0 "exec by name" 'run -d --name web nginx' \
    "exec web sh -c 'echo exec by name >/dev/stdout'"
case $situation in root | range)
    try "run: and its error output, by another user" 0 "by www-data" \
        "run --rm -u www-data nginx sh -c 'echo by www-data >/dev/stderr'"
    try "run --userns remap: its output can be opened by name" 0 "by name" \
        "run --rm --userns remap nginx sh -c 'echo by name >/dev/stdout'"
    ;;
esac
try "run: the command's own status" 7 "" "run --rm nginx sh -c 'exit 7'"
try "exec: 128 and the signal" 137 "" "$web" "exec web sh -c 'kill -KILL \$\$'"
try "host: 128 and the signal" 143 "" "host sh -c 'kill -TERM \$\$'"
try "run: 128 and the signal" 138 "" 'run --rm --pid host nginx sh -c "kill -USR1 \$\$"'
try "run: 127 for a command that isn't there" 127 "/nonexistent" 'run --rm nginx /nonexistent'
try "run: 126 for a file that can't be executed" 126 "/etc/passwd" 'run --rm nginx /etc/passwd'
try "exec: the command's own status" 3 "" "$web" "exec web sh -c 'exit 3'"
try "exec: 127" 127 "nonesuch" "$web" 'exec web nonesuch'
try "exec: 126" 126 "/etc/passwd" "$web" 'exec web /etc/passwd'
try "host: the command's own status" 4 "" "host sh -c 'exit 4'"
try "host: 127" 127 "nonesuch" 'host nonesuch'
try "a verb that nslab can't carry out: 125" 125 "nobody" 'exec nobody true'
try "a line that can't be understood: 2" 2 "quote" "host echo 'open"
try "a pipe is answered with what to write" 2 "sh -c" 'host ps | grep x'

try "-v through a symbolic link of the image: followed inside" 0 "/run/demo" \
    'run -d --name web -v /tmp/demo:/var/run/demo nginx' 'exec web ls -d /run/demo'
try "-e wins over the image's" 0 "PATH=/bin:/usr/bin" 'run --rm -e PATH=/bin:/usr/bin nginx env'
is "-e: each name is there once" "$(grep -c PATH= <<<"$out")" 1

try "what a container has left behind ends with it, however short it was" 0 "" \
    "run --rm --pid host nginx sh -c 'sleep 33 & true'" "host sh -c 'ps -e -o args | grep -c \"^sleep 33\" || true'"
is "nobody is left" "$(tail -n 1 <<<"$out")" 0

# --- names the nearest ---
try "an unknown verb" 2 "Did you mean \`exec\`" 'exce web ps'
try "an unknown flag" 2 "Did you mean \`--name\`" 'run --nmae web nginx'
try "an unknown image" 125 "Did you mean nginx" 'run ngnix'
try "an unknown container" 125 "Did you mean web" "$web" 'exec wbe ps'
try "a bad port" 2 "99999" 'run -p 99999:80 nginx'
try "an unknown capability" 2 "SYS_ADMIN" 'run --cap-add SYSADMIN nginx'
try "an unknown signal" 2 "TERM" "$web" 'kill -s TREM web'
call nslab vrify
is "an unknown subcommand: status" "$status" 2
has "an unknown subcommand: names the nearest" "$err" "Did you mean verify"
call nslab verify --formt tap
is "an unknown option: status" "$status" 2
has "an unknown option: names the nearest" "$err" "--format"

# --- run, ps, logs, kill, rm ---
try "run -d prints the name" 0 "web" "$web"
try "Docker's words are taken: docker, sudo, nginx:latest, -ti is for terminals" 0 "hello" \
    'sudo docker run --rm nginx:latest echo hello'
try "a name is taken once" 125 "web" "$web" "$web"
try "ps lists it" 0 'web   nginx  "nginx -g daemon off;"  Up' "$web" ps
try "ps lists nothing else" 0 'PORTS' ps
is "ps: only its header without containers" "$(wc -l <<<"$out")" 1
try "logs shows what it wrote" 0 "from-the-container" \
    "run -d --name a nginx sh -c 'echo from-the-container; touch /written; exec sleep 100'" \
    "exec a sh -c 'until test -e /written; do sleep 0.02; done'" 'logs a'
try "kill ends it" 0 "[137,false]" "$web" 'kill web' "inspect -f '[{{.State.ExitCode}},{{.State.Running}}]' web"
try "kill -s TERM: nginx exits by itself" 0 "[0,exited]" "$web" 'kill -s TERM web' \
    "host sh -c 'while pgrep -r R,S,D nginx >/dev/null; do sleep 0.05; done'" \
    "inspect -f '[{{.State.ExitCode}},{{.State.Status}}]' web"
try "kill of an ended one is refused" 125 "web" "$web" 'kill web' 'kill web'
try "rm refuses a running one" 125 "-f" "$web" 'rm web'
try "rm -f takes it, and its name is free" 0 "web"$'\n'"web"$'\n'"web" "$web" 'rm -f web' "$web"
try "rm: its link is gone" 0 "links: 0" "$web" 'rm -f web' "host sh -c 'echo links: \$(ip -o link | grep -c veth)'"
try "inspect: no user is the empty one, as Docker has it" 0 '"User": "",' 'run -d --name web nginx' 'inspect web'
try "run --rm leaves no container" 125 "box1" 'run --rm nginx true' 'inspect box1'

# --- inspect, ns, map, trace ---
call nslab -c "$web" -c 'inspect web'
is "inspect is JSON, with Docker's names" \
    "$(sed 1d <<<"$out" | jq -c '[.Name, .State.Running, .Config.Image, .NetworkSettings.IPAddress, .Pids.inside]')" \
    '["web",true,"nginx","172.17.0.2",1]'
try "inspect -f" 0 "running 172.17.0.2" "$web" "inspect -f '{{.State.Status}} {{.NetworkSettings.IPAddress}}' web"
call nslab -c "$web" -c 'ns web'
is "ns: a line a namespace" "$(grep -cE '^(user|pid|mnt|net|uts|ipc|cgroup|time) ' <<<"$out")" 8
has "ns: its own PID namespace" "$out" $'\npid *differs*differs'
try "map: the same process with three PIDs" 0 "1       nginx: master" "$web" map
try "trace: the calls, in order" 0 "clone3(CLONE_NEWPID*pivot_root*execve(nginx" "$web" 'trace web'
try "trace host" 0 "CLONE_NEWUSER" 'trace host'
is "trace host: no call failed" "$(grep -cE '= -1|= E[A-Z]+' <<<"$out")" 0
case $situation in
root | range)
    try "trace of a remapped container" 0 "uid_map*execve" 'run --name shifted --userns remap --network none nginx true' 'trace shifted'
    is "trace of a remapped container: nothing is tried that is refused" "$(grep -cE '= -1|= E[A-Z]+' <<<"$out")" 0
    ;;
esac

# --- what is inside ---
try "PID 1, and nothing else" 0 "1 nginx: master*2 nginx: worker*3 nginx: worker" "$web" 'exec web ps -e -o pid,args'
is "three processes of nginx, and ps" "$(grep -cE '^ +[0-9]+ ' <<<"$out")" 4
try "root is uid 0 inside" 0 "uid=0(root)" "$web" 'exec web id'
try "its own root directory" 0 "nslab nginx image" "$web" 'exec web cat /etc/os-release'
try "the lab host has another" 0 "nslab lab host" 'host cat /etc/os-release'
try "nginx is not on the lab host" 2 "/etc/nginx" 'host ls /etc/nginx'
try "writing is for the container alone" 1 "" "$web" 'exec web touch /root/new' 'exec web test -e /root/new' \
    'host test -e /root/new'
try "nginx answers on its address" 0 "Server: nginx" "$web" 'host curl -sI http://172.17.0.2/'
try "hostname is the name" 0 "web" 'run --rm --name web nginx hostname'
try "--hostname" 0 "another" 'run --rm --hostname another nginx hostname'
try "-e sets a variable" 0 "<a b>" "run --rm -e 'X=a b' nginx sh -c 'echo \"<\$X>\"'"
try "exec -e" 0 "<1>" "$web" "exec -e X=1 web sh -c 'echo \"<\$X>\"'"
try "the environment of nslab is not handed on" 1 "" "run --rm nginx printenv USER"
try "standard input is empty" 0 "bytes: 0" "run --rm nginx sh -c 'echo bytes: \$(wc -c)'"
try "standard error and output both arrive" 0 "two" "run --rm nginx sh -c 'echo one; echo two >&2'"
is "each on its own" "$out/$err" "one/two"
try "14 capabilities, as Docker's" 0 "00000000a80425fb" 'run --rm nginx grep CapEff /proc/self/status'
try "--cap-add adds one" 0 "00000000a82425fb" 'run --rm --cap-add SYS_ADMIN nginx grep CapEff /proc/self/status'
try "--privileged: all" 0 "CapEff:	000001ff" 'run --rm --privileged nginx grep CapEff /proc/self/status'
try "/sys shows its own links, and is read only" 0 "links: eth0 lo" \
    "run --rm nginx sh -c 'echo links: \$(ls /sys/class/net); ! touch /sys/x && ! (: >>/sys/class/net/lo/ifalias)'"
try "--privileged: /sys shows its own links, and can be written to" 0 "links: eth0 lo" \
    "run --rm --privileged nginx sh -c 'echo links: \$(ls /sys/class/net); echo x >/sys/class/net/lo/ifalias'"
try "--privileged with -v" 0 "nslab lab host" 'run --rm --privileged -v /:/lab-host nginx cat /lab-host/etc/os-release'

# --- users ---
case $situation in
root | range)
    try "-u NAME" 0 "uid=33(www-data) gid=33(www-data)" 'run --rm -u www-data nginx id'
    try "-u UID:GID" 0 "uid=1000 gid=1001" 'run --rm -u 1000:1001 nginx id'
    try "exec -u: no capabilities" 0 "CapEff:	0000000000000000" "$web" \
        'exec -u 33 web grep CapEff /proc/self/status'
    try "host -u" 0 "uid=33(www-data)" 'host -u 33 id'
    ;;
*)
    try "-u 0" 0 "uid=0(root)" 'run --rm -u 0 nginx id'
    try "another user: refused, with the cause" 125 "33" 'run --rm -u 33 nginx id'
    ;;
esac
try "an unknown user" 125 "nonesuch" 'run --rm -u nonesuch nginx id'

# --- shared namespaces ---
shares() { # shares NAME TYPE FLAG WITH
    local host_ns box_ns
    call nslab -c "$web" -c "run -d --name box $3 nginx sleep 1000" -c "$4" -c "inspect -f '{{.Namespaces.$2}}' box"
    host_ns=$(tail -n 2 <<<"$out" | head -n 1) box_ns=$(tail -n 1 <<<"$out")
    # an address of a namespace, and twice the same
    if [[ $host_ns == "$2:["*"]" ]]; then is "$1" "$box_ns" "$host_ns"; else fail "$1" "$(shown)"; fi
}
host_pid='host readlink /proc/self/ns/pid'
host_net='host readlink /proc/self/ns/net'
shares "--pid host is the lab host's PID namespace" pid '--pid host' "$host_pid"
shares "--pid container:web is web's" pid '--pid container:web' "inspect -f '{{.Namespaces.pid}}' web"
shares "--network host" net '--network host' "$host_net"
shares "--network container:web" net '--network container:web' "inspect -f '{{.Namespaces.net}}' web"
shares "--uts host" uts '--uts host' 'host readlink /proc/self/ns/uts'
shares "--ipc host" ipc '--ipc host' 'host readlink /proc/self/ns/ipc'
try "--pid host sees the lab host's processes" 0 "nslab: lab host init" 'run --rm --pid host nginx ps -e -o args'
try "--pid container:web sees web's" 0 "nginx: master" "$web" 'run --rm --pid container:web nginx ps -e -o args'
try "--network none: only lo" 0 "links: lo" \
    "run --rm --network none nginx sh -c 'echo links: \$(ls /sys/class/net)'"
try "--network host: the bridge is there" 0 "nslab0" 'run --rm --network host nginx ip -o link'
try "--network container:web reaches it at 127.0.0.1" 0 "Server: nginx" "$web" \
    'run --rm --network container:web nginx curl -sI http://127.0.0.1/'
try "another container reaches it by its address" 0 "Server: nginx" "$web" \
    'run --rm nginx curl -sI http://172.17.0.2/'
try "--pid of a container that isn't there" 125 "Did you mean web" "$web" 'run --pid container:wbe nginx true'

# --- -v ---
try "-v: what the container writes, the lab host sees" 0 "written inside" 'host mkdir /tmp/demo' \
    "run --rm -v /tmp/demo:/demo nginx sh -c 'echo written inside >/demo/file'" 'host cat /tmp/demo/file'
try "-v: what the lab host writes, the container sees" 0 "written outside" 'host mkdir /tmp/demo' \
    'run -d --name web -v /tmp/demo:/demo nginx' "host sh -c 'echo written outside >/tmp/demo/file'" \
    'exec web cat /demo/file'
try "-v :ro: reading" 0 "written outside" 'host mkdir /tmp/demo' "host sh -c 'echo written outside >/tmp/demo/file'" \
    'run --rm -v /tmp/demo:/demo:ro nginx cat /demo/file'
try "-v :ro: no writing" 2 "Read-only file system" 'host mkdir /tmp/demo' \
    "run --rm -v /tmp/demo:/demo:ro nginx sh -c 'echo x >/demo/file'"
try "-v is a directory of the lab host, not of the machine" 0 "nslab lab host" \
    'run --rm -v /etc:/host-etc nginx cat /host-etc/os-release'

# --- -p: from the machine, while nslab runs ---
session_start
say 'run -d --name web -p 18080:80 nginx'
says "-p: says what is published, and where" "127.0.0.1:18080->80/tcp"
call curl -sI --max-time 5 http://127.0.0.1:18080/
has "-p: curl on the machine reaches nginx" "$out" "Server: nginx"
say 'host curl -sI http://127.0.0.1:18080/'
says "-p: on the lab host too" "Server: nginx"
is "-p: it listens on the machine's loopback alone" \
    "$(awk '$4 == "0A" {print $2}' /proc/net/tcp /proc/net/tcp6)" "0100007F:46A0"
call curl -s --parallel --max-time 10 http://127.0.0.1:18080/{,,,,,,,}
is "-p: eight at once" "$(grep -c '</html>' <<<"$out")" 8
say 'rm -f web'
check "-p: after rm nobody listens" wait_for 2 eval '! curl -s --max-time 1 http://127.0.0.1:18080/ >/dev/null'
say 'run -d --name web -p 0.0.0.0:18080:80 nginx'
says "-p with an address" "0.0.0.0:18080->80/tcp"
say "host sh -c 'exit 9'"
session_end
is "lines from a pipe: the status is the last line's" "$status" 9
is "nothing listens after the end" "$(awk '$4 == "0A" {print $2}' /proc/net/tcp /proc/net/tcp6)" ""

# --- Ctrl-C, where there is no prompt: as with any script, the rest is not run ---
session_start
say "$web" 'exec web sleep 100' 'host echo "still" "here"'
asleep() { pgrep -f '^sleep 100$' >/dev/null; }
check "Ctrl-C: the command runs" wait_for 5 asleep
wait_for 5 find_nslab "$session"
kill -INT "${nslab_pid:?}"
session_end
is "Ctrl-C: nslab ends with 130" "$status" 130
is "Ctrl-C: no further line was run" "$(grep -c still "$work/said")" 0
check "Ctrl-C: and the command has ended" eval '! asleep'

printf 'host echo first\n# a comment\nhost echo second\nquit\nhost echo third\n' >"$work/script"
call nslab <"$work/script"
is "lines from a pipe: comments, quit" "$out" $'first\nsecond'
