/* SPDX-License-Identifier: MIT
 *
 * The table of verbs on containers. What a verb takes is said here and nowhere else: parsing, checks, help
 * and completion read it.
 */
#include "verbs.h"
#include "nslab/mem.h"

/* clang-format off */
#define INTERACTIVE {'i', "interactive", ARG_NONE, false, NULL, "keep the input open; Docker's habit, as in -it"}
#define TERMINAL    {'t', "tty", ARG_NONE, false, NULL, "give it a terminal, as top and bash want one"}
#define ENVIRONMENT {'e', "env", ARG_ENV, true, "NAME=VALUE", "set an environment variable"}
#define USER        {'u', "user", ARG_USER, false, "USER", "be this user inside: NAME or UID[:GID]"}
/* clang-format on */

const struct verb container_verbs[] = {
    {
        .name = "run",
        .help = "launches a container from an image",
        .more = "Options end at the image; what follows is the container's own command. With -d the "
                "line returns when the image is ready, and prints the name and what was published. "
                "Without -d it prints the output until the command ends. Exit status: the command's "
                "own; 127 it isn't there, 126 it can't be executed, 125 nslab itself couldn't.\n\nTwo "
                "differences from Docker: -p listens on 127.0.0.1 unless you give an address, and "
                "--userns remap, which in Docker is a setting of the daemon (userns-remap), is an "
                "option here.",
        .example = "run -d --name web -p 8080:80 nginx",
        .options = {{'d', "detach", ARG_NONE, false, NULL, "in the background; return when it is ready"},
                    {0, "rm", ARG_NONE, false, NULL, "remove it as soon as it has ended"},
                    INTERACTIVE,
                    TERMINAL,
                    {0, "name", ARG_NEW_NAME, false, "NAME", "its name; without it one is made up"},
                    {'p', "publish", ARG_PORTS, true, "[ADDR:]HOST:CONT",
                     "the machine's port HOST leads to its port CONT"},
                    {'v', "volume", ARG_BIND, true, "SRC:DST[:ro]", "show SRC of the lab host at DST inside"},
                    {0, "pid", ARG_PID_MODE, false, "MODE", "whose process table: host, or container:NAME"},
                    {0, "network", ARG_NET_MODE, false, "MODE",
                     "whose network: bridge, host, none, or container:NAME"},
                    {0, "userns", ARG_USERNS_MODE, false, "MODE",
                     "whose user ids: host, or remap (its root is uid 100000 of the lab host)"},
                    {0, "uts", ARG_UTS_MODE, false, "MODE", "whose hostname: host"},
                    {0, "ipc", ARG_IPC_MODE, false, "MODE", "whose System V IPC: private, or host"},
                    {'h', "hostname", ARG_HOSTNAME, false, "NAME", "its hostname; without it its name"},
                    {0, "cap-add", ARG_CAPABILITY, true, "CAP",
                     "a capability beyond Docker's fourteen, as SYS_ADMIN"},
                    {0, "privileged", ARG_NONE, false, NULL, "all capabilities"},
                    ENVIRONMENT,
                    USER},
        .args = {{"IMAGE", ARG_IMAGE, false, false}, {"CMD", ARG_COMMAND, true, true}},
        .in_labs = true,
        .run = verb_run_run,
    },
    {
        .name = "exec",
        .help = "runs a command inside a running container",
        .more = "The command becomes a further process in the container's namespaces. Exit status: the "
                "command's own, and as for `run` 125 to 127.",
        .example = "exec web ps -e -o pid,args",
        .options = {INTERACTIVE, TERMINAL, ENVIRONMENT, USER},
        .args = {{"NAME", ARG_CONTAINER, false, false}, {"CMD", ARG_COMMAND, false, true}},
        .in_labs = true,
        .run = verb_run_exec,
    },
    {
        .name = "kill",
        .help = "sends a signal to a container's first process",
        .more = "Without -s the signal is KILL, and the line returns when the container has ended.",
        .example = "kill -s TERM web",
        .options = {{'s', "signal", ARG_SIGNAL, false, "SIGNAL", "TERM, SIGTERM or 15"}},
        .args = {{"NAME", ARG_CONTAINER, false, true}},
        .in_labs = true,
        .run = verb_run_kill,
    },
    {
        .name = "rm",
        .help = "removes a container: its name, its network link, its files",
        .example = "rm -f web",
        .options = {{'f', "force", ARG_NONE, false, NULL, "kill it first if it still runs"}},
        .args = {{"NAME", ARG_CONTAINER, false, true}},
        .in_labs = true,
        .run = verb_run_rm,
    },
    {
        .name = "ps",
        .help = "lists the containers",
        .more = "PID is the first process's number on the lab host, as Docker's inspect gives it; "
                "`inspect` shows its other numbers. For the processes themselves: `host ps -e`, `exec "
                "NAME ps -e`.",
        .example = "ps -a",
        .options = {{'a', "all", ARG_NONE, false, NULL, "those that have ended too"}},
        .in_labs = true,
        .run = verb_run_ps,
    },
    {
        .name = "inspect",
        .help = "shows all that is known of a container",
        .more = "The field names are Docker's where Docker has them. Pids (one process, three numbers) "
                "and Namespaces are nslab's own.",
        .example = "inspect -f '{{.State.Pid}}' web",
        .options = {{'f', "format", ARG_FORMAT, false, "FORMAT",
                     "only this: text with {{.A.B}} or {{json .A}} in it"}},
        .args = {{"NAME", ARG_CONTAINER, false, false}},
        .in_labs = true,
        .run = verb_run_inspect,
    },
    {
        .name = "logs",
        .help = "shows what a container has written so far",
        .example = "logs web",
        .args = {{"NAME", ARG_CONTAINER, false, false}},
        .in_labs = true,
        .run = verb_run_logs,
    },
    {
        .name = "host",
        .help = "runs a command on the lab host",
        .more = "The lab host is a throw-away host made of namespaces: nothing of your machine is "
                "changed by what runs here.",
        .example = "host ps -e -o pid,args",
        .options = {INTERACTIVE, TERMINAL, ENVIRONMENT, USER},
        .args = {{"CMD", ARG_COMMAND, false, true}},
        .in_labs = true,
        .run = verb_run_host,
    },
    {
        .name = "enter",
        .help = "opens a shell in a container, or on the lab host",
        .more =
            "As `exec -it NAME bash`, or sh where there is no bash; the prompt says where you are. `exit` or "
            "Ctrl-D comes back. `nslab attach NAME` in another terminal does the same there. What is typed "
            "in "
            "such a shell can't be run again when a workbook is graded.",
        .example = "enter web",
        .args = {{"NAME", ARG_VIEWPOINT, false, false}},
        .run = verb_run_enter,
    },
    {
        .name = "ns",
        .help = "shows the namespaces of the machine, the lab host and containers",
        .example = "ns web",
        .args = {{"NAME", ARG_VIEWPOINT, true, true}},
        .in_labs = true,
        .run = verb_run_ns,
    },
    {
        .name = "map",
        .help = "draws the lab from what the kernel says now",
        .more = "processes: in their walls, with all their PIDs. ids: the id maps as rulers. network: "
                "interfaces, addresses, and the cables between them. mounts: the layers of each root, and "
                "what is mounted over it. Without PICTURE: processes and network.",
        .example = "map ids",
        .args = {{"PICTURE", ARG_PICTURE, true, false}},
        .in_labs = true,
        .run = verb_run_map,
    },
    {
        .name = "trace",
        .help = "shows the kernel steps that built a container, or the lab host",
        .more = "`trace host` shows how the lab host was built. Times are microseconds since the first step.",
        .example = "trace web",
        .args = {{"NAME", ARG_VIEWPOINT, false, false}},
        .in_labs = true,
        .run = verb_run_trace,
    },
    {
        .name = "help",
        .help = "lists the verbs, or shows one with its options",
        .example = "help run",
        .args = {{"VERB", ARG_VERB, true, false}},
        .run = verb_run_help,
    },
};
const size_t container_verb_count = ARRAY_LEN(container_verbs);

static const struct verb *const lab_tables[] = {container_verbs};
static const size_t lab_counts[] = {ARRAY_LEN(container_verbs)};
const struct verb_set lab_verbs = {lab_tables, lab_counts, ARRAY_LEN(lab_tables)};
