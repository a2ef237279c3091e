# shellcheck shell=bash disable=SC2154,SC2016,SC2034
# SPDX-License-Identifier: MIT
#
# Every probe with every field and value, and every matcher: an expectation that is seen to hold, and in another state
# of the same lab seen to fail, with what is then said to be expected and observed. Which ones there are is asked of
# `lint`, so that a new one without a row here is a failed check.
# situations: root range none unshare
# short run: root
# network: own

# --- a lab is rows between two states ---
labs=() rows=() before=() after=()
covered=$work/covered
: >"$covered"

# lab NAME: begins one. before LINE...; after LINE...: what brings about its two states.
lab() {
    lab_name=$1 lab_file=$work/$1.yaml
    labs+=("$lab_file")
    before=() after=() rows=()
}
before() { before+=("$@"); }
after() { after+=("$@"); }
# row WHERE SEE MATCHER FIRST THEN EXPECTED: what is observed first, when it holds, and then, when it doesn't (globs);
# and what the second is said to be expected to be. WHERE: all situations, those with many ids, or those with one.
row() {
    case $1:$situation in
    all:* | ids:root | ids:range | one:none | one:unshare) ;;
    *) return 0 ;;
    esac
    rows+=("$2|$3")
    printf '%s\n' "$4" >>"$lab_file.first"
    printf '%s\n' "$5" >>"$lab_file.then"
    printf '%s\n' "$6" >>"$lab_file.expected"
    note_covered "$2" "$3"
}
# "probe PROBE WORD" of its field, else of its value; "matcher NAME"
note_covered() {
    local probe=${1%%:*} subject=${1#*: }
    [[ $1 =~ field:\ ([a-z]+) ]] && subject=${BASH_REMATCH[1]}
    printf 'probe %s\nprobe %s %s\n' "$probe" "$probe" "${subject%%,*}" >>"$covered"
    grep -oE '(^|, )[a-z_]+:' <<<"${2%%\{*}" | tr -d ', :' | sed 's/^/matcher /' >>"$covered"
}

lines() {
    local line
    for line; do printf "      - '%s'\n" "${line//\'/\'\'}"; done
}
# expectations LETTER [ALSO]
expectations() {
    local i
    for i in "${!rows[@]}"; do
        printf '      - {id: %s%d, say: row %d, see: {%s}, %s%s}\n' "$1" "$i" "$i" "${rows[i]%%|*}" "${rows[i]#*|}" "${2:-}"
    done
}
write_lab() {
    {
        printf 'format: nslab/1\nid: %s\ntitle: t\nsummary: s\nminutes: 1\nrequires: [user, pid, mnt, net, veth]\n' \
            "$lab_name"
        printf 'vars:\n  port: {pick: 10000..32000}\nsteps:\n  - id: first\n    title: t\n    do:\n'
        lines "${before[@]}"
        printf '    expect:\n'
        expectations a
        printf '  - id: then\n    title: t\n    do:\n'
        lines "${after[@]}"
        printf '    expect:\n'
        expectations b ', within: 0'
    } >"$lab_file"
    printf '%s\n' "${rows[@]}" >"$lab_file.rows"
}

# --- the rows ---
lab namespaces
before 'run -d --name web nginx' 'run -d --name two --pid container:web --network container:web nginx sleep 9' \
    'run -d --name ended nginx'
after 'run -d --name other --ipc host nginx' 'rm -f two' 'rm -f web' \
    'run -d --name web --pid host --network host --uts host --ipc host nginx' \
    'run -d --name two nginx sleep 9' 'kill ended'
for kind in pid net uts ipc; do
    row all "namespace: $kind, of: web" "differs: {namespace: $kind, of: host}" "$kind:\[*" "$kind:\[*" \
        "differs from $kind:\[*\] (host)"
done
for kind in pid net; do
    row all "namespace: $kind, of: two" "same: {namespace: $kind, of: web}" "$kind:\[*" "$kind:\[*" \
        "is the same as $kind:\[*\] (web)"
done
for kind in user cgroup time; do
    row all "namespace: $kind, of: ended" "same: {namespace: $kind, of: host}" "$kind:\[*" \
        'container ended has ended, with status 137' "is the same as $kind:\[*\] (host)"
done
row all 'namespace: mnt, of: ended' 'differs: {namespace: mnt, of: host}' 'mnt:\[*' \
    'container ended has ended, with status 137' 'differs from mnt:\[*\] (host)'
row all 'namespace: net, of: ended, field: owner' 'same: {namespace: user, of: host}' 'user:\[*' \
    'container ended has ended, with status 137' 'is the same as user:\[*\] (host)'
write_lab

lab processes
before 'run -d --name web nginx' 'run -d --name box nginx sleep 1001' 'run -d --name still nginx sleep 1003'
after 'rm -f web box' 'run -d --name web --pid host nginx' 'run -d --name box --pid host nginx sleep 1002' \
    'kill -s STOP still' "host sh -c 'until grep -q State:.T /proc/\${still.pid}/status; do :; done'"
row all 'process: "nginx: master*", field: pid, from: web' 'is: 1' 1 '[1-9]*' 'is 1'
row all 'process: "nginx: worker*", field: ppid, from: web' 'is: 1' 1 '[1-9]*' 'is 1'
row all 'process: "nginx: master*", field: nspid, from: machine, of: web' \
    'is: ["${web.machine_pid}", "${web.pid}", 1]' '[1-9]*, [1-9]*, 1' '[1-9]*, [1-9]*' 'is [1-9]*, [1-9]*, 1'
row all 'process: "sleep 100[12]", field: args, from: box' 'is: sleep 1001' 'sleep 1001' 'sleep 1002' 'is sleep 1001'
row all 'process: "*", field: count, from: web' 'at_most: 3' 3 '[1-9]*' 'is at most 3'
row all 'process: "sleep 1003", field: state, from: host' 'is: S' S T 'is S'
row all 'process: "sleep 1001", field: user, from: box' 'is: root' root \
    'no process matches `sleep 1001` as seen from box' 'is root'
row all 'processes: args, from: web' 'only: ["nginx: *"]' 'nginx: master*' '*nslab: lab host init*' 'holds only nginx: \*'
row all 'processes: pid, from: box' 'is: [1]' 1 '1, *' 'is 1'
row all 'processes: count, from: box' 'not: 2, at_most: 1' 1 '[1-9]*' 'is there, and is not 2 and is at most 1'
row all 'processes: user, from: box' 'is: [root]' root 'root, root*' 'is root'
write_lab

lab users
before 'run -d --name web -u 0:0 nginx sleep 9' 'run -d --name box nginx sleep 9'
after 'rm -f web' 'run -d --name web --cap-add SYS_ADMIN nginx sleep 8' 'kill box' \
    "host sh -c 'echo somebody:5:6 | tee /etc/subuid >/etc/subgid'"
for field in uid gid; do
    row all "process: sleep 9, field: $field, from: web" 'is: 0' 0 'no process matches `sleep 9` as seen from web' 'is 0'
    row all "id_map: $field, of: box" 'contains: "0 *"' '0 *' 'container box has ended, with status 137' 'contains 0 \*'
    row ids "subid: $field, user: dockremap, from: host" 'matches: "^100000:[0-9]+$"' '100000:*' \
        "/etc/sub$field has no line for dockremap as seen from *" 'matches the expression ^100000:\[0-9\]+\$'
    row one "subid: $field, user: somebody, from: host" 'exists: false' \
        "/etc/sub$field isn't there as seen from the lab host" 5:6 'exists: false'
    row all "credentials: $field, of: box" 'is: 0' 0 'container box has ended, with status 137' 'is 0'
done
row all 'credentials: groups, of: box' 'lacks: 99' '*' 'container box has ended, with status 137' 'is there, and lacks 99'
for set in effective permitted bounding; do
    row all "capabilities: $set, of: web" 'lacks: CAP_SYS_ADMIN, contains: CAP_CHOWN' 'CAP_CHOWN, *' \
        '*CAP_SYS_ADMIN*' 'is there, and lacks CAP_SYS_ADMIN and contains CAP_CHOWN'
done
write_lab

# What one id can't show.
lab ids
before 'run -d --name web --userns remap nginx' 'run -d --name as -u 33:33 nginx sleep 9' \
    'host sh -c "touch /owned; chown 33:33 /owned"'
after 'rm -f web as' 'run -d --name web nginx' 'run -d --name as nginx sleep 9' 'host chown 0:0 /owned'
for field in uid gid; do
    row ids "id_map: $field, of: web" 'contains: "0 100000 *"' '0 100000 *' '0 *' 'contains 0 100000 \*'
    row ids "process: sleep 9, field: $field, from: as" 'is: 33' 33 0 'is 33'
    row ids "credentials: $field, of: as" 'is: 33' 33 0 'is 33'
    row ids "file: /owned, field: $field, from: host" 'is: 33' 33 0 'is 33'
done
row ids 'process: sleep 9, field: user, from: as' 'is: www-data' www-data root 'is www-data'
row ids 'namespace: user, of: web' 'differs: {namespace: user, of: host}' 'user:\[*' 'user:\[*' 'differs from user:\[*\] (host)'
row ids 'namespace: net, of: web, field: owner' 'differs: {namespace: user, of: host}' 'user:\[*' 'user:\[*' \
    'differs from user:\[*\] (host)'
row ids 'file: /owned, field: owner, from: host' 'is: www-data' www-data root 'is www-data'
row ids 'file: /owned, field: group, from: host' 'is: www-data' www-data root 'is www-data'
if [ ${#rows[@]} -gt 0 ]; then write_lab; else unset 'labs[-1]'; fi

lab files
before 'host mkdir -p /t/m' "host sh -c 'cd /t; echo one >f; echo same >h; ln h h2; ln -s f l; touch x gone; chmod 640 f'" \
    'run -d --name web nginx sleep 9'
after "host sh -c 'cd /t; chmod 600 f; echo longer >f; rm h2 gone x; echo other >h2; ln -sfn g l; mkdir x'" \
    'host mount -t tmpfs none /t/m' 'exec web rm /etc/nginx/nginx.conf' 'exec web ln -s here /mine'
row all 'file: /t/gone, field: exists, from: host' 'is: true' true false 'is true'
row all 'file: /mine, field: exists, from: web' 'is: false' false true 'is false'
row all 'file: /t/gone, field: mode, from: host' 'exists: true' '0*' '/t/gone isn'\''t there as seen from the lab host' 'exists: true'
row all 'file: /t/x, field: type, from: host' 'is: file' file directory 'is file'
row all 'file: /t/gone, field: uid, from: host' 'is: 0' 0 '/t/gone isn'\''t there*' 'is 0'
row all 'file: /t/gone, field: gid, from: host' 'is: 0' 0 '/t/gone isn'\''t there*' 'is 0'
row all 'file: /t/gone, field: owner, from: host' 'is: root' root '/t/gone isn'\''t there*' 'is root'
row all 'file: /t/gone, field: group, from: host' 'is: root' root '/t/gone isn'\''t there*' 'is root'
row all 'file: /t/f, field: mode, from: host' 'is: 0640' 0640 0600 'is 0640'
row all 'file: /t/f, field: size, from: host' 'at_most: 4' 4 7 'is at most 4'
row all 'file: /t/h, field: inode, from: host' 'same: {file: /t/h2, field: inode, from: host}' '[1-9]*' '[1-9]*' \
    'is the same as [1-9]* (host)'
row all 'file: /t/h, field: links, from: host' 'at_least: 2' 2 1 'is at least 2'
row all 'file: /t/m, field: device, from: host' 'same: {file: /t, field: device, from: host}' '*:*' '*:*' \
    'is the same as *:* (host)'
row all 'file: /t/f, field: content, from: host' 'is: one' one longer 'is one'
row all 'file: /t/l, field: target, from: host' 'is: f' f g 'is f'
row all 'file: /etc/nginx/nginx.conf, field: content, from: web' 'contains: worker_processes' '*worker_processes*' \
    '/etc/nginx/nginx.conf isn'\''t there as seen from web' 'contains worker_processes'
write_lab

lab mounts
before 'host mkdir -p /m/gone /m/a /m/b' 'host mount -t tmpfs a-name /m/a' 'host mount -t tmpfs gone /m/gone' \
    'host mount -t tmpfs -o ro b-name /m/b'
after 'host umount /m/gone' 'host umount /m/a' 'host mount --bind /etc /m/a' 'host umount /m/b' 'host mount -t tmpfs b-name /m/b' \
    'host mount --make-shared /m/b' 'host mount -t tmpfs again /m/b'
row all 'mounts: /m/gone, field: exists, from: host' 'is: true' true false 'is true'
row all 'mounts: /m/a, field: type, from: host' 'is: tmpfs' tmpfs overlay 'is tmpfs'
row all 'mounts: /m/a, field: source, from: host' 'is: a-name' a-name '*' 'is a-name'
row all 'mounts: /m/b, field: options, from: host' 'contains: ro' 'ro*' 'rw*' 'contains ro'
row all 'mounts: /m/b, field: count, from: host' 'is: 1' 1 2 'is 1'
row all 'mounts: /m/gone, field: propagation, from: host' 'is: private' private \
    'nothing is mounted at /m/gone as seen from the lab host' 'is private'
write_lab

lab links
before 'host ip link add d0 type veth peer name d1' 'host ip link set d0 address 02:00:00:00:00:01' \
    'host ip link add t0 type bridge' 'host cp /sys/class/net/t0/ifindex /index' 'host ip address add 10.9.0.1/24 dev d0' 'host ip link set d0 up' 'host ip link set d1 up' \
    'host ip link set d0 mtu 1400' 'host ip link set d1 master nslab0' 'run -d --name web nginx'
after 'host ip link set d0 address 02:00:00:00:00:02' 'host ip link delete t0' 'host ip link add t0 type veth peer name t1' \
    'host ip address del 10.9.0.1/24 dev d0' 'host ip link set d0 down' 'host ip link set d0 mtu 1300' \
    'host ip link set d1 nomaster' 'host ip link set d1 name d9' 'rm -f web' 'run -d --name web --network none nginx'
row all 'links: name, from: web' 'is: [lo, eth0]' 'lo, eth0' lo 'is lo, eth0'
row all 'links: index, from: web' 'is: [1, 2]' '1, 2' 1 'is 1, 2'
row all 'links: peer, from: web' 'contains: "* veth*"' 'none, * veth*' none 'contains \* veth\*'
row all 'links: type, from: web' 'is: [loopback, veth]' 'loopback, veth' loopback 'is loopback, veth'
row all 'links: master, from: host' 'contains: nslab0' '*nslab0*' 'none*none' 'contains nslab0'
row all 'links: state, from: web' 'is: [up, up]' 'up, up' up 'is up, up'
row all 'links: mtu, from: host' 'contains: 1400' '*1400*' '*1300*' 'contains 1400'
row all 'links: address, from: host' 'contains: "02:00:00:00:00:01"' '*02:00:00:00:00:01*' '*02:00:00:00:00:02*' \
    'contains 02:00:00:00:00:01'
row all 'link: d1, field: name, from: host' 'is: d1' d1 'there is no link d1 as seen from the lab host' 'is d1'
row all 'link: d0, field: peer, from: host' 'matches: "^[0-9]+ d1$"' '[1-9]* d1' '[1-9]* d9' 'matches the expression ^\[0-9\]+ d1\$'
row all 'link: t0, field: type, from: host' 'is: bridge' bridge veth 'is bridge'
row all 'link: d1, field: master, from: host' 'is: nslab0' nslab0 'there is no link d1 as seen from the lab host' 'is nslab0'
row all 'link: d0, field: state, from: host' 'is: up' up down 'is up'
row all 'link: d0, field: mtu, from: host' 'at_least: 1400' 1400 1300 'is at least 1400'
row all 'link: d0, field: address, from: host' 'is: "02:00:00:00:00:01"' 02:00:00:00:00:01 02:00:00:00:00:02 \
    'is 02:00:00:00:00:01'
row all 'link: t0, field: index, from: host' 'same: {output: cat /index, from: host}' '[1-9]*' '[1-9]*' \
    'is the same as [1-9]* (host)'
row all 'addresses: d0, from: host' 'contains: 10.9.0.1/24' '10.9.0.1/24*' '*empty*' 'contains 10.9.0.1/24'
row all 'addresses: eth0, from: web' 'exists: true' '172.17.0.*' 'there is no link eth0 as seen from web' 'exists: true'
row all 'routes: default, from: web' 'is: 172.17.0.1 dev eth0' '172.17.0.1 dev eth0' \
    'there is no default route as seen from web' 'is 172.17.0.1 dev eth0'
row all 'routes: 172.17.0.0/16, from: web' 'is: dev eth0' 'dev eth0' 'there is no route to 172.17.0.0/16 as seen from web' 'is dev eth0'
write_lab

lab servers
before 'run -d --name web -p ${port}:80 nginx' 'run -d --name box --network container:web nginx sleep 9' \
    'run -d --name bare --network none nginx' \
    "exec web sh -c 'echo one >/usr/share/nginx/html/index.html'"
after "exec web sh -c 'echo two >/usr/share/nginx/html/index.html'" 'rm -f web' \
    'run -d --name web --network host nginx' "exec web sh -c 'rm /usr/share/nginx/html/index.html'" \
    'rm -f bare' 'run -d --name bare --network none nginx sleep 9'
row all 'sockets: listen, from: bare' 'is: ["tcp 0.0.0.0:80"]' 'tcp 0.0.0.0:80' '*empty*' 'is tcp 0.0.0.0:80'
row all 'sockets: listen, from: host' 'contains: "tcp 0.0.0.0:${port}"' '*tcp 0.0.0.0:*' 'tcp 0.0.0.0:80' 'contains tcp 0.0.0.0:[1-9]*'
row all 'http: "http://127.0.0.1:${port}/", field: status, from: machine' 'is: 200' 200 '*refused*' 'is 200'
row all 'http: "http://127.0.0.1/", field: status, from: web' 'is: 200' 200 403 'is 200'
row all 'http: "http://127.0.0.1/", field: body, from: web' 'is: one' one '*403 Forbidden*' 'is one'
row all 'http: "http://127.0.0.1:${port}/", field: server, from: host' 'matches: ^nginx' 'nginx*' '*refused*' 'matches the expression ^nginx'
row all 'http: "http://127.0.0.1:${port}/", field: error, from: host' 'exists: false' 'no error: http*200' '*refused*' 'exists: false'
write_lab

lab others
before 'run -d --name web nginx' 'run -d --name box nginx sleep 9' 'host touch /here'
after 'rm -f web' 'run -d --name web --hostname another --network host -p ${port}:80 nginx' 'kill box' 'host rm /here'
row all 'output: hostname, from: web' 'is: web' web another 'is web'
row all 'output: "ls /here", from: host' 'contains: here' /here '*empty*' 'contains here'
row all 'exit: "test -e /here", from: host' 'is: 0' 0 1 'is 0'
row all 'exit: "true", from: box' 'is: 0' 0 'not read: nothing can be seen from there: container box has ended*' 'is 0'
row all 'hostname: now, from: web' 'is: web' web another 'is web'
row all 'container: box, field: status' 'is: running' running exited 'is running'
row all 'container: box, field: pid' 'same: {process: sleep 9, field: pid, from: host}' '[1-9]*' \
    'box has ended: there is no process' 'is the same as *'
row all 'container: web, field: error' 'exists: false' 'web started without an error or a warning' \
    'Published ports are discarded*' 'exists: false'
row all 'container: box, field: exit' 'exists: false' 'box is still running' 137 'exists: false'
row all 'container: box, field: signal' 'exists: false' 'box is still running' SIGKILL 'exists: false'
write_lab

# --- none is missing: what lint says there is ---
# expected_one_of SEE MATCHER: the words that lint offers in place of a wrong one, one a line
expected_one_of() {
    printf '%s\n' 'format: nslab/1' 'id: x' 'title: t' 'summary: s' 'minutes: 1' 'requires: [pid]' 'steps:' \
        '  - id: a' '    title: t' '    do: [run -d --name web nginx]' '    expect:' \
        "      - {id: b, say: c, see: {$1}, $2}" >"$work/wrong.yaml"
    "$binary" lint "$work/wrong.yaml" 2>&1 | sed -n 's/^  expected one of //p' | head -n 1 | sed 's/;.*//; s/, /\n/g'
}
see_keys=$(expected_one_of 'nonesuch: x' 'is: 1')
probes=$(grep -vxE 'field|from|of|user' <<<"$see_keys")
matchers=$(expected_one_of 'hostname: now, from: web' 'nonesuch: 1' | grep -vxE 'id|say|see|within|always|hint')
is "lint names the probes" "$(grep -cxE 'namespace|process|file|container' <<<"$probes")" 4
is "lint names the matchers" "$(grep -cxE 'is|same|exists' <<<"$matchers")" 3
for probe in $probes; do
    echo "probe $probe"
    # What is wrong in it: the value, where a probe has a list of them; the field, where it has fields.
    { expected_one_of "$probe: nonesuch, of: web, from: web" 'is: 1'; expected_one_of "$probe: /x, field: nonesuch, from: web" 'is: 1'
    } | grep -vxE 'field|from|of|user|namespace|process' | sed "s/^/probe $probe /"
done >"$work/all"
for matcher in $matchers; do echo "matcher $matcher"; done >>"$work/all"
missing=$(sort -u "$work/all" | comm -23 - <(sort -u "$covered"))
is "every probe, field, value and matcher has a row here" "$missing" ""

# --- they hold, and then they don't ---
chmod -R a+rX "$work"
limit=60
call nslab verify "${labs[@]}" --format json
is "every row could be read: status" "$status" 1
is "nothing is left unread for want of something" "$(jq '.totals.unsupported' <<<"$out")" 0
[ -z "$err" ] || diag "$err"
cp "$work/out" "$work/result.json"
# facts LAB STEP KEY: one line an expectation
facts() {
    jq -r --arg lab "$1" --argjson step "$2" --arg key "$3" \
        '.labs[] | select(.id == $lab) | .steps[$step].expectations[] | .[$key] | gsub("\n"; " ")' "$work/result.json"
}
# shellcheck disable=SC2053 # globs
compare() {
    local i name
    local -a row first then_ expected v1 o1 v2 o2 e2
    mapfile -t row <"$1.rows"
    mapfile -t first <"$1.first"
    mapfile -t then_ <"$1.then"
    mapfile -t expected <"$1.expected"
    name=$(basename "$1" .yaml)
    mapfile -t v1 < <(facts "$name" 0 verdict)
    mapfile -t o1 < <(facts "$name" 0 observed)
    mapfile -t v2 < <(facts "$name" 1 verdict)
    mapfile -t o2 < <(facts "$name" 1 observed)
    mapfile -t e2 < <(facts "$name" 1 expected)
    for i in "${!row[@]}"; do
        if [[ ${v1[i]:-} == pass && ${o1[i]} == ${first[i]} && ${v2[i]} == fail && ${o2[i]} == ${then_[i]} &&
            ${e2[i]} == ${expected[i]} ]]; then
            pass "${row[i]%%|*}: holds, and fails when it should"
        else
            fail "${row[i]%%|*}: holds, and fails when it should" "$(printf '%s\n' "matcher: ${row[i]#*|}" \
                "first: ${v1[i]:-} ${o1[i]:-}; wanted: pass ${first[i]}" "then:  ${v2[i]:-} ${o2[i]:-}; wanted: fail ${then_[i]}" \
                "said to be expected: ${e2[i]:-}; wanted: ${expected[i]}")"
        fi
    done
}
for file in "${labs[@]}"; do compare "$file"; done
