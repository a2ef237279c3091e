/* SPDX-License-Identifier: MIT
 *
 * The injection layer: it stands between nslab and the C library, and makes one system call fail.
 *
 * build/fault/nslab is nslab's own objects, linked once more with this one and with `ld --wrap=CALL` for each
 * call of calls.h. So what is tested is the program itself, without a tracer or a seccomp filter: both would
 * change what it sees (nslab's diagnosis names a filter), and neither would know from where in nslab a call
 * comes.
 *
 * A place is the way to a call: the return addresses from the call up to main, or to where the process began.
 * Two mounts through one function are two places, and a place is the same in every run. The first pass of a
 * place is written to a page of memory that all of nslab's processes share, wherever their walls and roots
 * are: place HASH CALL ERRNO... @ OFFSET...     offsets in the program, the innermost first passed HASH COUNT
 * at the end: how often each place was passed injected HASH                            the call failed here
 *   end FDS CHILDREN                         what nslab has open, and what it hasn't reaped, when main has
 * ended
 *
 * NSLAB_FAULT_PAGE  the page: a file; without it all calls go through
 * NSLAB_FAULT       what fails: `place HASH N ERRNO`  the N-th pass of that place (0: each)
 *                               `call NAME ERRNO`     that call, always, as in a kernel that hasn't got it
 *                               `each ERRNO NAME`     the first pass of every place whose row has this
 * errno's name
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <poll.h>
#include <pwd.h>
#include <sched.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/capability.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>
#include <unwind.h>

#define TEXT_MAX (1u << 20)
#define PLACES_MAX 8192u
#define DEPTH_MAX 32

struct place {
    uint64_t hash; /* 0: free */
    uint32_t passed;
};

/* The text comes first: whoever reads the file reads up to the first NUL. */
struct page {
    char text[TEXT_MAX];
    uint32_t used;
    struct place places[PLACES_MAX];
};

static struct page *page;
static pid_t main_pid;
static struct {
    uint64_t place;
    uint32_t nth;
    char call[32], each[32];
    int errnum;
} wanted;

/* --- the page --- */

static void __attribute__((format(printf, 1, 2))) say(const char *format, ...)
{
    char line[1024];
    va_list ap;
    va_start(ap, format);
    int n = vsnprintf(line, sizeof line, format, ap);
    va_end(ap);
    uint32_t size = n < (int)sizeof line ? (uint32_t)n : (uint32_t)sizeof line - 1;
    uint32_t at = __atomic_fetch_add(&page->used, size, __ATOMIC_SEQ_CST);
    if (at + size < TEXT_MAX)
        memcpy(page->text + at, line, size);
}

static struct place *place_of(uint64_t hash)
{
    for (uint32_t i = 0; i < PLACES_MAX; i++) {
        struct place *p = &page->places[(hash + i) % PLACES_MAX];
        uint64_t none = 0;
        if (__atomic_compare_exchange_n(&p->hash, &none, hash, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST) ||
            none == hash)
            return p;
    }
    abort();
}

/* --- where a call comes from --- */

extern const char __executable_start, etext; /* of the linker */

struct way {
    uintptr_t from; /* the wrapper's return address: what lies below is of this layer */
    bool begun;
    uint32_t at[DEPTH_MAX];
    size_t n;
};

static _Unwind_Reason_Code add_frame(struct _Unwind_Context *context, void *arg)
{
    struct way *way = arg;
    uintptr_t ip = _Unwind_GetIP(context), start = (uintptr_t)&__executable_start;
    way->begun |= ip == way->from;
    if (way->begun && ip >= start && ip < (uintptr_t)&etext && way->n < DEPTH_MAX)
        way->at[way->n++] = (uint32_t)(ip - start);
    return _URC_NO_REASON;
}

static uint64_t hash_of(const char *call, const struct way *way)
{
    uint64_t hash = 14695981039346656037u; /* FNV-1a */
    for (; *call; call++)
        hash = (hash ^ (uint8_t)*call) * 1099511628211u;
    for (size_t i = 0; i < way->n; i++)
        hash = (hash ^ way->at[i]) * 1099511628211u;
    return hash ? hash : 1;
}

static void say_place(uint64_t hash, const char *call, const char *errnos, const struct way *way)
{
    char text[DEPTH_MAX * 10 + 1] = "";
    for (size_t i = 0, n = 0; i < way->n; i++)
        n += (size_t)snprintf(text + n, sizeof text - n, " %x", way->at[i]);
    say("place %016llx %s %s @%s\n", (unsigned long long)hash, call, errnos, text);
}

/* --- to fail or not to fail --- */

static bool is_wanted(const char *call, const char *errnos, uint64_t hash, uint32_t nth)
{
    if (wanted.place)
        return wanted.place == hash && (!wanted.nth || wanted.nth == nth);
    if (wanted.each[0])
        return nth == 1 && strstr(errnos, wanted.each);
    return wanted.call[0] && !strcmp(wanted.call, call);
}

/* true: the caller is told that its call has failed; errno is set. */
static bool __attribute__((noinline)) fails(const char *call, const char *errnos, void *from)
{
    int saved = errno;
    struct way way = {.from = (uintptr_t)from};
    if (!page)
        return false;
    _Unwind_Backtrace(add_frame, &way);
    uint64_t hash = hash_of(call, &way);
    uint32_t nth = __atomic_add_fetch(&place_of(hash)->passed, 1, __ATOMIC_SEQ_CST);
    if (nth == 1)
        say_place(hash, call, errnos, &way);
    bool now = is_wanted(call, errnos, hash, nth);
    if (now)
        say("injected %016llx\n", (unsigned long long)hash);
    errno = now ? wanted.errnum : saved;
    return now;
}

#define FAILS(call, errnos) fails(call, errnos, __builtin_return_address(0))
#define CALL(type, name, failed, params, args, errnos)                                                       \
    type __real_##name params;                                                                               \
    type __wrap_##name params;                                                                               \
    type __wrap_##name params                                                                                \
    {                                                                                                        \
        return FAILS(#name, errnos) ? failed : __real_##name args;                                           \
    }
#include "calls.h"

/* --- the ones with any number of arguments --- */

int __real_open(const char *path, int flags, ...), __wrap_open(const char *path, int flags, mode_t mode);
int __wrap_open(const char *path, int flags, mode_t mode)
{
    const char *errnos =
        flags & (O_CREAT | O_TMPFILE) ? "ENOSPC EMFILE EACCES" : "EMFILE ENFILE EACCES ENOMEM";
    return FAILS("open", errnos) ? -1 : __real_open(path, flags, mode);
}

int __real_openat(int dir, const char *path, int flags, ...);
int __wrap_openat(int dir, const char *path, int flags, mode_t mode);
int __wrap_openat(int dir, const char *path, int flags, mode_t mode)
{
    const char *errnos = flags & O_CREAT ? "ENOSPC EMFILE EACCES" : "EMFILE ENFILE EACCES ENOMEM";
    return FAILS("openat", errnos) ? -1 : __real_openat(dir, path, flags, mode);
}

int __real_fcntl(int fd, int what, ...), __wrap_fcntl(int fd, int what, long arg);
int __wrap_fcntl(int fd, int what, long arg)
{
    return FAILS("fcntl", "EMFILE") ? -1 : __real_fcntl(fd, what, arg);
}

int __real_ioctl(int fd, unsigned long what, ...), __wrap_ioctl(int fd, unsigned long what, void *arg);
int __wrap_ioctl(int fd, unsigned long what, void *arg)
{
    return FAILS("ioctl", "EIO ENOTTY EPERM") ? -1 : __real_ioctl(fd, what, arg);
}

int __real_prctl(int what, ...);
int __wrap_prctl(int what, unsigned long a, unsigned long b, unsigned long c, unsigned long d);
int __wrap_prctl(int what, unsigned long a, unsigned long b, unsigned long c, unsigned long d)
{
    return FAILS("prctl", "EPERM EINVAL") ? -1 : __real_prctl(what, a, b, c, d);
}

int __real_clone(int (*fn)(void *), void *stack, int flags, void *arg, ...);
int __wrap_clone(int (*fn)(void *), void *stack, int flags, void *arg, int *tid);
int __wrap_clone(int (*fn)(void *), void *stack, int flags, void *arg, int *tid)
{
    return FAILS("clone", "EAGAIN ENOMEM ENOSPC EPERM") ? -1 : __real_clone(fn, stack, flags, arg, tid);
}

/* It closes all the same, as Linux does. */
int __real_close(int fd), __wrap_close(int fd);
int __wrap_close(int fd)
{
    int rc = __real_close(fd);
    return FAILS("close", "EIO EINTR") ? -1 : rc;
}

/* The newer calls, for which the C library may have no function. */
static const struct {
    long number;
    const char *name, *errnos;
} numbered[] = {
    {SYS_capget, "capget", ""}, /* of this process: capget(2) can't refuse */
    {SYS_capset, "capset", "EPERM"},
    {SYS_clone, "clone", "EAGAIN ENOMEM ENOSPC EPERM"},
    {SYS_clone3, "clone3", "EAGAIN ENOMEM ENOSPC EUSERS ENOSYS EPERM"},
    {SYS_close_range, "close_range", "ENOSYS EMFILE"},
    {SYS_fsopen, "fsopen", "ENOSYS EPERM EMFILE"},
    {SYS_fsconfig, "fsconfig", "ENOSYS EPERM"},
    {SYS_fsmount, "fsmount", "ENOSYS EPERM EMFILE"},
    {SYS_keyctl, "keyctl", "ENOSYS EPERM EDQUOT"},
    {SYS_mount_setattr, "mount_setattr", "ENOSYS EPERM EINVAL"},
    {SYS_move_mount, "move_mount", "ENOSYS EPERM EINVAL"},
    {SYS_openat2, "openat2", "ENOSYS EMFILE EAGAIN"},
    {SYS_open_tree, "open_tree", "ENOSYS EPERM EMFILE"},
    {SYS_pidfd_open, "pidfd_open", "ENOSYS EMFILE"},
    {SYS_pidfd_send_signal, "pidfd_send_signal", "ENOSYS EPERM"},
    {SYS_pivot_root, "pivot_root", "EPERM EINVAL"},
};

long __real_syscall(long number, ...);
long __wrap_syscall(long number, long a, long b, long c, long d, long e, long f);
long __wrap_syscall(long number, long a, long b, long c, long d, long e, long f)
{
    const char *name = "syscall", *errnos = "ENOSYS";
    for (size_t i = 0; i < sizeof numbered / sizeof *numbered; i++)
        if (numbered[i].number == number) {
            name = numbered[i].name;
            errnos = numbered[i].errnos;
        }
    return FAILS(name, errnos) ? -1 : __real_syscall(number, a, b, c, d, e, f);
}

/* --- begin and end --- */

static _Unwind_Reason_Code no_frame(struct _Unwind_Context *context, void *arg)
{
    (void)context;
    (void)arg;
    return _URC_END_OF_STACK;
}

static void __attribute__((constructor)) begin(void)
{
    const char *path = getenv("NSLAB_FAULT_PAGE"), *what = getenv("NSLAB_FAULT");
    int fd = path ? __real_open(path, O_RDWR | O_CLOEXEC) : -1;
    if (fd < 0)
        return;
    void *at = __real_mmap(NULL, sizeof *page, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    __real_close(fd);
    if (at == MAP_FAILED)
        abort();
    unsigned long long place;
    if (what && sscanf(what, "place %llx %u %d", &place, &wanted.nth, &wanted.errnum) == 3)
        wanted.place = place;
    else if (what && sscanf(what, "call %31s %d", wanted.call, &wanted.errnum) != 2 &&
             sscanf(what, "each %d %31s", &wanted.errnum, wanted.each) != 2)
        abort();
    unsetenv("NSLAB_FAULT_PAGE");      /* what nslab starts on the machine is not nslab */
    _Unwind_Backtrace(no_frame, NULL); /* loads what it needs, while there is memory */
    main_pid = getpid();
    page = at;
}

static unsigned count_descriptors(void)
{
    unsigned n = 0;
    DIR *dir = __real_opendir("/proc/self/fd");
    for (struct dirent *entry; dir && (entry = __real_readdir(dir));)
        n += entry->d_name[0] != '.';
    if (dir)
        closedir(dir);
    return n;
}

static void __attribute__((destructor)) end(void)
{
    siginfo_t child = {0};
    if (!page || getpid() != main_pid)
        return;
    int rc = __real_waitid(P_ALL, 0, &child, WEXITED | WNOHANG | WNOWAIT | __WALL);
    for (uint32_t i = 0; i < PLACES_MAX; i++)
        if (page->places[i].hash)
            say("passed %016llx %u\n", (unsigned long long)page->places[i].hash, page->places[i].passed);
    say("end %u %s\n", count_descriptors(), rc < 0 && errno == ECHILD ? "none" : "some");
}
