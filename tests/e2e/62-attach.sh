# shellcheck shell=bash disable=SC2154,SC2016 # $() is for the shell in there
# SPDX-License-Identifier: MIT
#
# A second terminal: `nslab attach`, and `enter` in place; and that nothing is left of whoever dies.
# situations: root range none unshare
# short run: none
# network: own

# shellcheck source=tests/e2e/terminal.sh
. tests/e2e/terminal.sh
keep_namespaces
remember

attach() { call nslab attach "$@"; }
# client TEXT: the PID of the `nslab attach` with these words
client() { pgrep -fx "$binary attach $1"; }
gone() { ! pgrep -f "$1" >/dev/null; }
# whose cmdline is a part of it: not the shell around it
asleep() { pgrep -fx "sleep $1" >/dev/null; }

attach host true
is "without a lab: status 125" "$status" 125
has "and it says so" "$err" "no lab of yours runs in another terminal. Start one there: "

# --- a shell with job control ---
terminal 80 24
prompts "nslab, in a first tab" 'nslab>'
type_line 'run -d --name web nginx'
prompts "with a container" 'nslab>'
open_tab "$binary" attach web
prompts "a second tab: its prompt says where it is" 'web:/#'
type_line 'echo pid 1: $(cat /proc/1/comm), tty: $(tty), size: $(stty size)'
shows "it is in the container, on a terminal of that, of our size" 'pid 1: nginx, tty: /dev/pts/0, size: 24 80'
type_line 'cd /etc'
prompts "and in which directory" 'web:/etc#'
type_line 'sleep 4001'
check "a command runs" wait_for 5 asleep 4001
keys C-z
shows "Ctrl-Z stops it" '\[1]+  Stopped*sleep 4001'
type_line 'jobs'
shows "jobs lists it" 'jobs*\[1]+  Stopped*sleep 4001'
type_line 'fg'
in_front() { [ "$(ps -o stat= -p "$(pgrep -fx 'sleep 4001')")" = S+ ]; }
check "fg brings it back" wait_for 5 in_front
keys C-c
check "Ctrl-C ends it" wait_for 5 gone '^sleep 4001$'
type_line 'echo status $?'
shows "and not the shell" 'status 130'
tmux_here resize-window -t ":$tab" -x 60 -y 20
type_line "trap 'echo now \$(stty size)' WINCH; kill -WINCH \$\$"
shows "the window's size follows" 'now 20 60'
type_line 'exit 7'
ends "its status is the shell's" 7

open_tab "$binary" attach host
prompts "without a name, or as host: the lab host" 'lab-host:/#'
type_line 'cat /proc/1/comm /etc/os-release'
shows "is where it is" 'nslab: lab host*ID=nslab-host'
keys C-d
ends "Ctrl-D ends it" 0

# --- without a terminal ---
call eval 'echo "through a pipe" | nslab attach web sed s/through/came/'
is "input and output through pipes" "$status $out" "0 came a pipe"
call eval 'nslab attach host sh -c "head -c 3000000 /dev/zero; echo no >&2; exit 9" | wc -c; echo "${PIPESTATUS[0]}"'
is "output of any size as it is, and the status" "${out//$'\n'/ }" "3000000 9"
is "standard error apart" "$err" "no"
attach web sh -c 'kill -TERM $$'
is "ended by a signal" "$status" 143
attach web id -u -n
is "as root of the container" "$out" root
attach web nosuch
is "a command that isn't there: 127" "$status" 127
attach web /etc/passwd
is "one that can't be executed: 126" "$status" 126
attach wbe true
is "no such container: 125" "$status" 125
has "and the nearest" "$err" "no container is called wbe. Did you mean web?"
attach
is "a shell without a terminal: 2" "$status" 2
has "and says so" "$err" "a shell needs a terminal, and standard input isn't one. Name a command: \`nslab attach host ps -e\`"
attach --session 77 host true
has "a session that isn't there" "$err" "no session is called 77"
if [ "$situation" = range ]; then
    call nslab attach -u www-data host id -u -n
    is "as another user" "$out" www-data
fi

# --- whose it is ---
is "no process of the lab sees the socket" "$(nslab attach host cat /proc/net/unix | grep -c '@nslab')" 0
# shellcheck disable=SC2016 # for the inner shell
tables=$(nslab attach host sh -c 'cat /proc/[0-9]*/net/unix
    for p in /proc/[0-9]*; do nsenter -n -t "${p#/proc/}" cat /proc/net/unix; done' 2>/dev/null)
check "all their network namespaces are looked into" test "$(grep -c RefCount <<<"$tables")" -gt 3
is "nor through another process, or in its network namespace" "$(grep -c '@nslab' <<<"$tables")" 0
session_socket=$(awk '$4 == "00010000" && $8 ~ /^@nslab/ {print substr($8, 2)}' /proc/net/unix)
check "there is one ($session_socket)" test -n "$session_socket"
other=(setpriv --reuid=58003 --regid=58003 --clear-groups)
# as another user: connects and asks for the lab host
ask='use Socket; socket(S, PF_UNIX, SOCK_SEQPACKET, 0); connect(S, pack_sockaddr_un("\0" . $ARGV[0])) or die "no connection";
    send(S, "ahost", 0); my $n = recv(S, my $got, 65536, 0); print defined $n && length $got ? "got it" : "nothing";'
is "another user gets nothing from it" "$("${other[@]}" perl -e "$ask" "$session_socket" 2>&1)" nothing
if [ "$situation" = root ]; then
    # anybody may take a name; what answers there isn't asked
    "${other[@]}" perl -e 'use Socket; socket(S, PF_UNIX, SOCK_SEQPACKET, 0); bind(S, pack_sockaddr_un("\0nslab/0/78"));
        listen(S, 1); sleep 100' &
    squatter=$!
    wait_for 5 grep -q '@nslab/0/78' /proc/net/unix
    attach --session 78 host true
    has "somebody else's socket under our name" "$err" "session 78 isn't yours: it belongs to another user"
    { kill "$squatter"; wait "$squatter"; } 2>/dev/null
fi

# --- several ---
session_start
say 'host true' 'host echo second'
says "a second nslab" second
attach host true
is "several: 2" "$status" 2
has "they are listed, with where they are" "$err" "2 labs of yours run: *\(no lab, on /dev/pts/*Say which: \`nslab attach --session "
second=$(awk '$4 == "00010000" && $8 ~ /^@nslab/ {print substr($8, 2)}' /proc/net/unix | grep -vFx "$session_socket")
attach --session "${second##*/}" host true
is "one of them is chosen" "$status" 0
session_end

# --- enter ---
tab=0
type_line 'enter web'
prompts "enter: in place" 'web:/#'
type_line 'exit 3'
prompts "and back" 'nslab>'
type_line 'enter host'
prompts "enter host" 'lab-host:/#'
keys C-d
prompts "and back by Ctrl-D" 'nslab>'
type_line 'enter machine'
shows "one is on the machine" 'you are on the machine already'
try "enter without a terminal" 125 "a shell needs a terminal, and nslab has none here" 'run -d --name x nginx' 'enter x'

# --- sudden ends ---
# what the terminal is like afterwards, for `check "... is as it was"`
modes=(sh -c '"$@"; status=$?; stty -a; exit $status' sh)
open_tab "$binary" attach web
prompts "attached" 'web:/#'
type_line 'sleep 4002'
check "a command runs there" wait_for 5 asleep 4002
kill -KILL "$(client web)"
check "the client is killed: its shell ends, and what ran in it" wait_for 1 gone '^bash --norc$|^sleep 4002$'
tab=0
type_line 'exec web echo alive'
shows "and nslab goes on" $'\nalive'

open_tab "$binary" attach web
prompts "attached again" 'web:/#'
second_tab=$tab tab=0
type_line 'kill web'
tab=$second_tab
shows "its container is killed: that is said" 'nslab: container web has ended, and what ran in it'
ends "with 137" 137
tab=0
type_line 'rm web'
prompts "it is removed" 'nslab>'

open_tab "${modes[@]}" "$binary" attach
prompts "attached to the lab host" 'lab-host:/#'
second_tab=$tab tab=0
type_line 'quit'
ends "nslab ends while somebody is attached" 0
tab=$second_tab
shows "which is said there" 'nslab: the lab has ended, and what ran in it'
ends "with 137" 137
shows "and the terminal is as it was" ' icanon* echo echoe'

tab=0
run_in_tab "$binary"
prompts "nslab once more" 'nslab>'
type_line 'run -d --name web nginx'
prompts "with a container" 'nslab>'
open_tab "${modes[@]}" "$binary" attach web
prompts "attached once more" 'web:/#'
type_line 'sleep 4003'
wait_for 5 asleep 4003
kill -KILL "$(pgrep -fx "$binary")"
check "nslab is killed: within a second nobody is left" wait_for 1 gone "^$binary( |\$)|^nslab|^sleep 4003$"
shows "that is said" 'nslab: *has ended, and what ran in it'
ends "with 137" 137
shows "and the terminal is as it was" ' icanon* echo echoe'

# a client that doesn't run can't reap: nobody waits for it
tab=0
run_in_tab "$binary"
prompts "and again" 'nslab>'
type_line 'host true'
prompts "with a lab host" 'nslab>'
open_tab "$binary" attach host
prompts "attached" 'lab-host:/#'
stopped=$(client host)
kill -STOP "$stopped"
second_tab=$tab tab=0
type_line 'quit'
wait_for 10 test -s "$work/ended"
is "a client that is stopped doesn't keep nslab from ending" "$(cat "$work/ended")" 0
kill -CONT "$(ps -o ppid= -p "$stopped" | tr -d " ")" "$stopped" 2>/dev/null # nsenter(1) stops with its child
tab=$second_tab
ends "and ends when it goes on" 137

# --- the session process ---
tab=0
run_in_tab "$binary"
prompts "a last one" 'nslab>'
type_line 'host true'
prompts "with a lab host" 'nslab>'
kill -KILL "$(pgrep -fx 'nslab: session')"
attach host true
is "the session process is killed: nobody can attach" "$status" 125
type_line 'host echo still here'
shows "and the lab goes on" $'\nstill here'
type_line 'quit'
ends "and ends" 0
end_terminal
find /root /srv/home /var/lib/nslab -name history -delete
end_namespaces
wait_for 5 eval '! ps -e -o stat=,comm= | grep -qE "^Z|sleep"'
remember
