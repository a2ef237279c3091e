/* SPDX-License-Identifier: MIT
 *
 * The shells' halves of completion. Each hands its words to `nslab complete`, which knows the tables, and
 * shows what that answers: a line of flags, then `WORD<TAB>HELP` lines.
 */
#include "completion.h"
#include "nslab/mem.h"

#include <string.h>

static const char bash_script[] =
    "# nslab's completion for bash, made by `nslab completion bash`\n"
    "_nslab() {\n"
    "    local IFS=$' \\t\\n' rest=${COMP_LINE:0:COMP_POINT} blanks word flags reply quote='' i words=()\n"
    "    # bash takes = and : for ends of words: they are put together again\n"
    "    for ((i = 0; i <= COMP_CWORD; i++)); do\n"
    "        blanks=${rest%%[![:blank:]]*} word=${COMP_WORDS[i]}\n"
    "        rest=${rest#\"$blanks\"}\n"
    "        ((i < COMP_CWORD)) || word=$rest\n"
    "        rest=${rest#\"$word\"}\n"
    "        if [[ $i == 0 || $blanks ]]; then words+=(\"$word\"); else words[-1]+=$word; fi\n"
    "    done\n"
    "    # quotes, open or closed, aren't nslab's; one that is open has to stay\n"
    "    [[ ${words[-1]} != [\\'\\\"]* ]] || quote=${words[-1]:0:1}\n"
    "    for i in \"${!words[@]}\"; do\n"
    "        case ${words[i]} in\n"
    "        \\'*) words[i]=${words[i]#\\'} words[i]=${words[i]%\\'} ;;\n"
    "        \\\"*) words[i]=${words[i]#\\\"} words[i]=${words[i]%\\\"} ;;\n"
    "        esac\n"
    "    done\n"
    "    # what stands before the part of the word that bash will replace\n"
    "    word=${words[-1]} blanks=\n"
    "    [[ ${2:0:1} == [=:] || $word != *\"$2\" ]] || blanks=${word%\"$2\"}\n"
    "    [[ ${2:0:1} != [=:] ]] || blanks=$word\n"
    "    COMPREPLY=()\n"
    "    {\n"
    "        IFS= read -r flags || return\n"
    "        while IFS= read -r reply; do\n"
    "            reply=${reply%%$'\\t'*}\n"
    "            COMPREPLY+=(\"$quote${reply#\"$blanks\"}\")\n"
    "        done\n"
    "    } < <(\"${words[0]/#\\~/$HOME}\" complete -- \"${words[@]:1}\" 2>/dev/null)\n"
    "    [[ $flags != *open* ]] || compopt -o nospace 2>/dev/null\n"
    "    if [[ $flags == *files* ]]; then\n"
    "        compopt -o filenames 2>/dev/null\n"
    "        word=${2#[=:]}\n"
    "        while IFS= read -r reply; do\n"
    "            COMPREPLY+=(\"$reply\")\n"
    "        done < <(compgen -f -- \"$word\")\n"
    "    fi\n"
    "}\n"
    "complete -F _nslab nslab\n";

static const char zsh_script[] =
    "#compdef nslab\n"
    "# nslab's completion for zsh, made by `nslab completion zsh`\n"
    "_nslab() {\n"
    "    local line\n"
    "    local -a answer values shown quiet\n"
    "    answer=(\"${(@f)$(\"${(Q)words[1]/#\\~/$HOME}\" complete -- \"${(@Q)words[2,CURRENT-1]}\" "
    "\"${(Q)PREFIX}\" 2>/dev/null)}\")\n"
    "    for line in \"${(@)answer[2,-1]}\"; do\n"
    "        values+=(\"${line%%$'\\t'*}\")\n"
    "        if [[ $line == *$'\\t'?* ]]; then shown+=(\"${line/$'\\t'/  -- }\"); else "
    "shown+=(\"${line%%$'\\t'*}\"); fi\n"
    "    done\n"
    "    [[ $answer[1] != *open* ]] || quiet=(-S '')\n"
    "    if (( $#values )); then compadd \"${quiet[@]}\" -l -d shown -a values; fi\n"
    "    if [[ $answer[1] == *files* ]]; then\n"
    "        [[ $PREFIX != *=* ]] || compset -P '*='\n"
    "        _files\n"
    "    fi\n"
    "}\n"
    "if [ \"$funcstack[1]\" = _nslab ]; then _nslab \"$@\"; else compdef _nslab nslab; fi\n";

static const char fish_script[] =
    "# nslab's completion for fish, made by `nslab completion fish`\n"
    "function __nslab_complete\n"
    "    set -l words (commandline -opc)\n"
    "    set -l word (commandline -ct | string replace -r '^[\\'\"]' '')\n"
    "    set -l answer (command $words[1] complete -- $words[2..-1] \"$word\" 2>/dev/null)\n"
    "    string join \\n -- $answer[2..-1]\n"
    "    if string match -q '*files*' -- \"$answer[1]\"\n"
    "        set -l before (string match -r '^.*=' -- $word)\n"
    "        for path in (__fish_complete_path (string replace -r '^.*=' '' -- $word))\n"
    "            echo -- \"$before$path\"\n"
    "        end\n"
    "    end\n"
    "end\n"
    "complete -c nslab -f -a '(__nslab_complete)'\n";

static const char *const scripts[] = {bash_script, zsh_script, fish_script};
const char *const completion_shells[] = {"bash", "zsh", "fish", NULL};

const char *completion_script(const char *shell)
{
    for (size_t i = 0; i < ARRAY_LEN(scripts); i++)
        if (!strcmp(completion_shells[i], shell))
            return scripts[i];
    return NULL;
}
