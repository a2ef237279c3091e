/* SPDX-License-Identifier: MIT
 *
 * nslab completion: what a shell reads; nslab complete: what that then asks.
 */
#include "completion.h"
#include "nslab/mem.h"
#include "subcommands.h"

#include <string.h>

int sub_completion(const struct sub_args *args)
{
    const char *shell = args->words.items[0], *script = completion_script(shell);
    struct nslab_error e = {0};
    if (!script) {
        error_say(&e, "there is no completion for `%s`", shell);
        error_hint(&e, "There is one for bash, zsh and fish.");
        return say_error(&e, STATUS_USAGE);
    }
    cleanup_buf struct buf text = {0};
    buf_adds(&text, script);
    return say_out(&text);
}

int sub_complete(const struct sub_args *args)
{
    cleanup_with(completion_free) struct completion found = {0};
    cleanup_buf struct buf text = {0};
    complete_words(&args->words, &found);
    buf_addf(&text, "%s%s\n", found.files ? "files " : "", found.open ? "open" : "");
    for (size_t i = 0; i < found.words.len; i++)
        buf_addf(&text, "%s\t%s\n", found.words.items[i], found.helps.items[i]);
    return say_out(&text);
}
