/* SPDX-License-Identifier: MIT
 *
 * nslab new: a lab to begin from, which lints and passes selftest.
 */
#include "nslab/fd.h"
#include "nslab/mem.h"
#include "subcommands.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/* %s: the id. Every key that a lab may have is in it at least once; a unit test looks. */
static const char template[] =
    "# A lab of nslab. docs/lab-format.md describes every key; `nslab lint`, `nslab selftest` and `nslab "
    "verify`\n"
    "# say whether it is right, whether its checks can fail, and whether it works.\n"
    "format: nslab/1\n"
    "id: %s\n"
    "title: What is different inside\n"
    "summary: One sentence on what the reader knows afterwards.\n"
    "minutes: 10\n"
    "requires: [user, pid, mnt, net, uts] # what this machine must be able to do: `nslab doctor` knows the "
    "names\n"
    "vars:\n"
    "  port: {pick: 10000..32000} # another one for each learner\n"
    "  inside: {value: shop} # a fixed text with a name\n"
    "steps:\n"
    "  - id: own-name\n"
    "    title: A container has a name of its own\n"
    "    text: | # Markdown, read first\n"
    "      You launch nginx, and ask both sides for their name.\n"
    "    predict: # asked before anything is run; a wrong choice says what would have to be true for it\n"
    "      ask: What does `hostname` say inside?\n"
    "      choices:\n"
    "        - {id: inside, text: a name of its own, right: true, feedback: It is in a UTS namespace of its "
    "own.}\n"
    "        - {id: host, text: the name of its host, feedback: That would be so with --uts host.}\n"
    "    do: # lines that nslab runs; see `nslab help run`\n"
    "      - run -d --name web --hostname ${inside} -p ${port}:80 nginx\n"
    "      - exec web hostname\n"
    "      - {run: run -d --name web nginx, fails: web} # a line that has to fail, and to say this\n"
    "    expect: # facts that nslab reads from the kernel, and what they must be\n"
    "      - id: name-inside\n"
    "        say: inside, the name is ${inside}\n"
    "        see: {hostname: now, from: web}\n"
    "        is: ${inside}\n"
    "      - id: own-uts-namespace\n"
    "        say: web is in a UTS namespace of its own\n"
    "        see: {namespace: uts, of: web}\n"
    "        differs: {namespace: uts, of: host}\n"
    "      - id: name-of-the-host\n"
    "        say: the host's name is another one\n"
    "        see: {hostname: now, from: host}\n"
    "        not: ${inside}\n"
    "        always: true # it holds before the step too\n"
    "        within: 2s # how long it is read again until it holds; 1s if not given\n"
    "        hint: Shown when it doesn't hold.\n"
    "    contrast: # the step again with one wall taken away: exactly these expectations must fail then\n"
    "      say: web in the lab host's UTS namespace, where the name is set\n"
    "      with: # one of `run`, options for each of its `run` lines, and `do`, lines in place of its own\n"
    "        do:\n"
    "          - run -d --name web --uts host nginx\n"
    "          - host hostname ${inside}\n"
    "      flips: [own-uts-namespace, name-of-the-host]\n"
    "    explain: | # Markdown, read last, with what was observed\n"
    "      Inside, the name is ${name-inside.observed}: web is in ${own-uts-namespace.observed}. On the lab "
    "host it is\n"
    "      PID ${web.pid}.\n"
    "  - id: take-it-away\n"
    "    title: Without the wall\n"
    "    task: Restart web so that it has the name of its host.\n"
    "    hints: [\"Which namespace holds the name?\", An option of `run`., \"run -d --name web --uts ...\"]\n"
    "    solution: # played by `nslab verify`, never shown before the learner asks\n"
    "      - rm -f web\n"
    "      - run -d --name web --uts host nginx\n"
    "    expect:\n"
    "      - id: shared-name\n"
    "        say: web is in the lab host's UTS namespace\n"
    "        see: {namespace: uts, of: web}\n"
    "        same: {namespace: uts, of: host}\n"
    "    points: 2\n";

static bool is_path(const char *word)
{
    size_t n = strlen(word);
    return strchr(word, '/') || (n > 5 && !strcmp(word + n - 5, ".yaml"));
}

/* "hello" of "labs/hello.yaml". */
static char *id_of(const char *word)
{
    const char *slash = strrchr(word, '/'), *name = slash ? slash + 1 : word;
    size_t n = strlen(name);
    if (is_path(word) && n > 5 && !strcmp(name + n - 5, ".yaml"))
        n -= 5;
    return xstrndup(name, n);
}

static bool is_id(const char *s)
{
    return *s && *s != '-' && !s[strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789-")];
}

static int write_new(const char *path, const char *text, struct nslab_error *e)
{
    cleanup_fd int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0666);
    if (fd < 0) {
        error_sys(e, errno, "create", "%s", path);
        return e->errnum == EEXIST ? error_hint(e, "Choose another name, or remove it first.") : -1;
    }
    if (write_all(fd, text, strlen(text)) == 0)
        return 0;
    error_sys(e, errno, "write", "%s", path);
    unlink(path);
    return -1;
}

void new_lab_text(const char *id, struct buf *out)
{
    const char *mark = strstr(template, "%s");
    buf_add(out, template, (size_t)(mark - template));
    buf_adds(out, id);
    buf_adds(out, mark + 2);
}

int sub_new(const struct sub_args *args)
{
    const char *word = args->words.items[0];
    cleanup_free char *id = id_of(word), *path = is_path(word) ? xstrdup(word) : xasprintf("%s.yaml", word);
    cleanup_buf struct buf text = {0}, said = {0};
    struct nslab_error e = {0};
    if (!is_id(id)) {
        error_say(&e, "new: `%s` can't be the id of a lab", id);
        error_hint(&e, "An id is of small letters, digits and hyphens, a letter or digit first.");
        return say_error(&e, STATUS_USAGE);
    }
    new_lab_text(id, &text);
    if (write_new(path, buf_text(&text), &e) < 0)
        return say_error(&e, e.errnum == EEXIST ? STATUS_USAGE : STATUS_BROKEN);
    const char *file = is_path(path) ? path : word;
    buf_addf(
        &said,
        "%s: a lab to begin from. What tries it:\n  nslab lint %s\n  nslab selftest %s\n  nslab --lab %s\n",
        path, file, file, file);
    return say_out(&said);
}
