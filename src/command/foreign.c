/* SPDX-License-Identifier: MIT */
#include "foreign.h"
#include "nslab/mem.h"
#include "nslab/text.h"

#include <ctype.h>
#include <string.h>

enum foreign_kind {
    TOOL,     /* a program of both sides: run it with host or exec */
    SCREEN,   /* the same, and it wants a terminal */
    ANSWER,   /* something else does what is meant */
    NAMESAKE, /* a verb of ours has this name too; `why` says what it does */
};

struct foreign {
    const char *words; /* with blanks between */
    enum foreign_kind kind;
    const char *why;
    const char *instead;
};

static const struct foreign foreign_table[] = {
    {"ls cat chown chmod chgrp mkdir rmdir touch cp mv ln echo printf find grep sed awk head tail wc "
     "stat df du mount umount ip ss netstat ping curl wget nginx nft iptables id whoami hostname uname "
     "env sysctl date sleep true false test pgrep pkill pstree lsof lsns nsenter unshare readlink tee "
     "which capsh getcap setcap getent chroot umask file",
     TOOL, NULL, NULL},
    {"top htop bash sh less more", SCREEN, NULL, NULL},
    {"ps", NAMESAKE, "`ps` lists containers, as docker ps does.", NULL},
    {"kill", NAMESAKE, "`kill` sends a signal to a container, as docker kill does: kill -s 9 NAME.", NULL},
    {"rm", NAMESAKE, "`rm` removes containers, as docker rm does.", NULL},
    {"sudoedit", ANSWER,
     "no daemon reads /etc/docker/daemon.json here: what its \"userns-remap\" switches on for all "
     "containers is an option of `run`",
     "Type `run -d --name web --userns remap nginx`."},
    {"service systemctl dockerd", ANSWER, "no daemon stands behind nslab, so that there is none to restart",
     "What Docker's daemon.json says for all containers, as userns-remap, is said to `run`: --userns "
     "remap. Then `rm -f NAME` and `run` again."},
    {"apt apt-get dpkg yum dnf apk", ANSWER,
     "nothing needs to be installed: the image has procps (ps, top), iproute2 (ip, ss) and curl, and a "
     "lab has no way to the internet",
     "Type `exec NAME ps -e -o pid,args` or `exec NAME ip addr`."},
    {"cd pushd popd", ANSWER, "each line starts in / anew, so that a change of directory would be lost",
     "Use absolute paths, or one line: host sh -c 'cd DIR && CMD'."},
    {"export set unset alias source eval if for while", ANSWER, "no shell reads these lines",
     "For a variable of a container use `run -e NAME=VALUE`; for a script host sh -c '...' or exec NAME "
     "sh -c '...'."},
    {"vi vim nano emacs edit", ANSWER, "there is no editor in the lab",
     "Write a file with host sh -c 'echo TEXT > FILE', or in a container with exec NAME sh -c '...'."},
    {"ssh su", ANSWER, "there is one lab host, and one user on it: root",
     "Type `host CMD...` for a command there, `exec NAME CMD...` for one in a container."},
    {"man", ANSWER, "the manual is `help`", "Type `help VERB`."},
    {"stop", ANSWER, "`stop` is a signal and a wait",
     "Type `kill -s TERM NAME`, then `ps`; or `rm -f NAME`."},
    {"start restart unpause", ANSWER, "a container that has ended is not started again here",
     "Type `rm -f NAME` and then `run` with the options that you want."},
    {"create attach pause wait rename update commit diff stats events cp port", ANSWER,
     "of Docker's verbs nslab has those that show namespaces",
     "Type `help` for the verbs; `inspect NAME` shows what is known of a container."},
    {"pull push build images search tag load save login", ANSWER,
     "images are built once, from the machine's own packages",
     "Type `run -d --name web nginx`; in your own shell `nslab image list` shows what there is."},
    {"container network volume compose system info version swarm", ANSWER,
     "of Docker's verbs nslab has the short ones, as `run` and `inspect`",
     "Type `help` for the verbs; the network of a container is an option of `run`: --network."},
};

#define BLANKS " \t\r\n"

/* The length of the word at text, if it is this one and not the last, with the blanks behind it; else 0. */
static size_t leading(const char *text, const char *word)
{
    size_t n = strlen(word);
    size_t blanks = starts_with(text, word) ? strspn(text + n, BLANKS) : 0;
    return blanks ? n + blanks : 0;
}

size_t foreign_skip_prefix(const char *text)
{
    size_t at = strspn(text, BLANKS), n;
    while ((n = leading(text + at, "docker")) || (n = leading(text + at, "sudo")))
        at += n;
    return at;
}

static bool has_word(const char *words, const char *word, size_t n)
{
    for (const char *p = words; *p;) {
        size_t length = strcspn(p, " ");
        if (length == n && !strncmp(p, word, n))
            return true;
        p += length + (p[length] == ' ');
    }
    return false;
}

static const struct foreign *find_foreign(const char *word, size_t n)
{
    for (size_t i = 0; i < ARRAY_LEN(foreign_table); i++)
        if (has_word(foreign_table[i].words, word, n))
            return &foreign_table[i];
    return NULL;
}

#define QUOTED_MAX 160

/* The line as it can be given to host or exec: through sh when only a shell can read it, cut when it is long.
 * false: it can't, since it holds a variable that nothing sets. */
static bool runnable(const char *text, struct buf *out)
{
    size_t n = strlen(text), offset = 0;
    while (n > 0 && strchr(BLANKS, text[n - 1]))
        n--;
    cleanup_free char *line = xstrndup(text, n);
    cleanup_with(words_free) struct words words = {0};
    struct nslab_error ignored = {0};
    bool plain = words_split(line, &words, &offset, &ignored) == 0;
    if (!plain && line[offset] == '$' && line[offset + 1] != '(')
        return false;
    if (n > QUOTED_MAX) {
        buf_addf(out, "%.*s ...", (int)strcspn(line, BLANKS), line);
    } else if (plain) {
        buf_adds(out, line);
    } else {
        buf_adds(out, "sh -c ");
        word_quote(line, out);
    }
    return true;
}

/* Adds how to run the program on either side of the wall. */
static bool add_both_sides(const char *text, bool screen, struct buf *out)
{
    cleanup_buf struct buf line = {0};
    const char *terminal = screen ? "-it " : "";
    if (!runnable(text, &line))
        return false;
    buf_addf(out, "`host %s%s` to run it on the lab host, `exec %sNAME %s` to run it in a container.",
             terminal, buf_text(&line), terminal, buf_text(&line));
    return true;
}

static int answer_program(const char *text, const char *word, bool screen, struct nslab_error *e)
{
    cleanup_buf struct buf how = {0};
    if (!add_both_sides(text, screen, &how))
        return 0; /* what splits words says it better */
    error_say(e, "`%s` is a program and not one of nslab's verbs: on which side of the wall is it to run?",
              word);
    return error_hint(e, "Type %s", buf_text(&how));
}

static int answer_assignment(const char *word, size_t n, struct nslab_error *e)
{
    error_say(e, "`%.*s`: no shell reads these lines, so that nothing is assigned", (int)n, word);
    return error_hint(e, "Type `inspect -f '{{.State.Pid}}' NAME` for the PID on the lab host, then `host "
                         "ls -l /proc/PID/ns`; or `ns NAME` for what both would show.");
}

static int answer_setting(struct nslab_error *e)
{
    error_say(e, "this is a text for Docker's /etc/docker/daemon.json, and no daemon reads it here");
    return error_hint(e, "What \"userns-remap\" does for all containers, `run --userns remap` does for one.");
}

static bool is_assignment(const char *word)
{
    size_t n = 0;
    while (isalnum((unsigned char)word[n]) || word[n] == '_')
        n++;
    return n > 0 && !isdigit((unsigned char)word[0]) && word[n] == '=';
}

int foreign_answer(const struct verb_set *set, const char *text, size_t *ret_offset, struct nslab_error *e)
{
    size_t at = foreign_skip_prefix(text);
    const char *begin = text + at;
    size_t n = strcspn(begin, BLANKS "|<>&;");
    cleanup_free char *word = xstrndup(begin, n);
    if (!n || verb_find(set, word))
        return 0;
    *ret_offset = at;
    if (word[0] == '{')
        return answer_setting(e);
    if (is_assignment(word))
        return answer_assignment(word, strcspn(word, "=") + 1, e);
    const char *slash = strrchr(word, '/'); /* /bin/ls is ls */
    const char *name = slash ? slash + 1 : word;
    const struct foreign *foreign = find_foreign(name, strlen(name));
    if (!foreign)
        return 0;
    if (foreign->kind == ANSWER) {
        error_say(e, "`%s`: %s", word, foreign->why);
        return error_hint(e, "%s", foreign->instead);
    }
    return answer_program(begin, word, foreign->kind == SCREEN, e);
}

void foreign_namesake(const struct verb *verb, const char *text, struct nslab_error *e)
{
    cleanup_buf struct buf how = {0};
    const struct foreign *foreign = find_foreign(verb->name, strlen(verb->name));
    if (!foreign || foreign->kind != NAMESAKE ||
        !add_both_sides(text + foreign_skip_prefix(text), false, &how))
        return;
    error_hint(e, "%s For the program: %s", foreign->why, buf_text(&how));
}
