/* SPDX-License-Identifier: MIT
 *
 * nslab demo: a lab from the front of a room.
 */
#include "demo.h"
#include "nslab/mem.h"
#include "record.h"
#include "subcommands.h"

static int play(void *context, const struct recorder *recorder)
{
    struct demo_options *o = context;
    o->recorder = recorder;
    return demo_main(o);
}

int sub_demo(const struct sub_args *args)
{
    const char *speed = sub_value(args, "speed"), *record = sub_value(args, "record");
    struct nslab_error e = {0};
    struct demo_options o = {
        .lab = args->words.items[0],
        .from = sub_value(args, "from"),
        .learner = sub_value(args, "as"),
        .automatic = sub_has(args, "auto"),
        .plain = sub_has(args, "plain"),
        .speed = 1,
    };
    if (speed && !pace_parse(speed, &o.speed)) {
        error_say(&e, "demo: --speed takes a factor such as 2 or 0.5, or max, not `%s`", speed);
        return say_error(&e, STATUS_USAGE);
    }
    cleanup_free char *title = xasprintf("nslab demo %s", o.lab);
    return record_run(record, title, play, &o);
}
