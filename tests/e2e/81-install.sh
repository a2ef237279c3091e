# shellcheck shell=bash disable=SC2154,SC2034
# SPDX-License-Identifier: MIT
#
# make install: what is there afterwards, that it works from there, and that uninstall takes it away again. Manual
# pages and completions as their readers read them.
# situations: all
# short run: no
# network: own

chmod 755 "$work"
# the program is built already, and its objects aren't here
installing() { make -C "$tree" --no-print-directory -o build/nslab "$@"; }
there() { (cd "$1" && find . -type f | sort); }

# --- into a DESTDIR, by somebody whose umask hides all ---
dest=$work/dest
call bash -c "umask 077; $(declare -f installing); tree=$tree; installing install DESTDIR=$dest PREFIX=/usr APPARMOR=yes"
is "make install DESTDIR=..." "$status" 0
wanted="./etc/apparmor.d/nslab
./usr/bin/nslab
./usr/share/bash-completion/completions/nslab
./usr/share/fish/vendor_completions.d/nslab.fish
./usr/share/man/man1/nslab.1
./usr/share/man/man5/nslab-lab.5
./usr/share/zsh/site-functions/_nslab"
is "puts everything where its readers look" "$(there "$dest" | grep -vE '/share/(doc/)?nslab/')" "$wanted"
is "the labs are all there" "$(ls "$dest/usr/share/nslab/labs")" "$(ls labs)"
is "the recipes of images too" "$(there "$dest/usr/share/nslab/scripts/images")" "$(there scripts/images)"
is "and all of it may be read by everybody" "$(find "$dest" ! -type l ! -perm -a+r; find "$dest" -type d ! -perm -a+x)" ""
is "what README.md leads to is beside it" "$(cd "$dest/usr/share/doc/nslab" && grep -oE '\]\([^)#:]+' README.md | cut -c3- | sort -u | xargs ls 2>&1 >/dev/null)" ""
has "AppArmor's profile is for the installed program" "$(<"$dest/etc/apparmor.d/nslab")" \
    "profile nslab /usr/bin/nslab flags=(unconfined) { userns, }"
has "nothing in it names the directory that it was made in" "x$(grep -rlF "$dest" "$dest")x" "xx"
call installing uninstall DESTDIR="$dest" PREFIX=/usr
is "make uninstall: status" "$status" 0
is "no file is left" "$(find "$dest" ! -type d)" ""
is "nor a directory of nslab's" "$(find "$dest" -name 'nslab*')" ""

# --- below a prefix, and run from there ---
prefix=$work/opt
mkdir -p "$prefix/bin"
touch "$prefix/bin/other"
call installing install PREFIX="$prefix" APPARMOR=no
is "make install PREFIX=..." "$status" 0
is "no profile unless it was asked for" "$(ls /etc/apparmor.d/nslab 2>/dev/null)" ""
binary=$prefix/bin/nslab
for who in root range; do
    become $who
    cd / || exit 1
    call nslab verify pid
    is "$who: the installed program verifies a lab" "$status $(tail -n 1 <<<"$out" | grep -o '0 failed')" "0 0 failed"
    call nslab --version
    is "$who: --version, its first line" "$(head -n 1 <<<"$out")" "nslab $(<"$tree/VERSION")"
    has "$who: where its labs are from" "$out" "labs from   $prefix/share/nslab"
    has "$who: where its data is" "$out" "data in     $data"
    cd "$tree" || exit 1
done
become root
has "--version: the libraries" "$out" "libraries   readline "
has "--version: the namespaces" "$out" "namespaces  user pid mnt net uts ipc cgroup time"

mv "$prefix" "$work/moved"
binary=$work/moved/bin/nslab
call nslab labs
is "an installation may be moved as a whole" "$status $(grep -c '^pid ' <<<"$out")" "0 1"
mv "$work/moved" "$prefix"
binary=$prefix/bin/nslab

# --- below ~/.local, where the data is too ---
become range
mkdir -p "$data" && touch "$data/workbook.yaml" && chmod 600 "$data/workbook.yaml"
data_there() { find "$data" "$home/.local/share" -maxdepth 3 -printf '%p %y %m %u\n' | sort; }
data_before=$(data_there)
call installing install PREFIX="$home/.local" APPARMOR=no
is "make install PREFIX=~/.local" "$status" 0
is "images and workbooks there aren't touched" "$(data_there | grep -F "$data_before")" "$data_before"
call installing uninstall PREFIX="$home/.local"
is "make uninstall: status" "$status" 0
is "and are still there" "$(data_there | grep -F "$data_before")" "$data_before"
is "and nothing else of nslab's" "$(find "$home/.local" -type f -not -path "$data/*"
    find "$data" -mindepth 1 -maxdepth 1 ! -name images ! -name workbook.yaml)" ""
rm -r "$data/workbook.yaml" "$home/.local/bin" "$home/.local/share/"{man,doc,bash-completion,zsh,fish}
become root

# --- manual pages ---
for page in man1/nslab.1 man5/nslab-lab.5; do
    file=$prefix/share/man/$page
    is "troff is content with $page" "$(groff -man -Tutf8 -ww -z "$file" 2>&1)" ""
    is "and so is mandoc" "$(mandoc -Tlint "$file" 2>&1)" ""
done
has "nslab(1) has the verbs" "$(groff -man -Tascii -rLL=300n -P-cbou "$prefix/share/man/man1/nslab.1")" \
    "-p, --publish \[ADDR:]HOST:CONT"
has "nslab-lab(5) has the probes" "$(groff -man -Tascii -P-cbou "$prefix/share/man/man5/nslab-lab.5")" "id_map: VALUE"

# --- completions ---
bash_file=$prefix/share/bash-completion/completions/nslab
check "bash: the file is one of bash's" bash -n "$bash_file"
check "and shellcheck has nothing to say" shellcheck -s bash "$bash_file"
check "zsh: the file is one of zsh's" zsh -n "$prefix/share/zsh/site-functions/_nslab"
check "fish: the file is one of fish's" fish --no-config -n "$prefix/share/fish/vendor_completions.d/nslab.fish"

# A shell in a terminal: what is typed, then Tab, gives this line.
shells=0
clean="env -i PATH=$prefix/bin:/usr/bin:/bin TERM=xterm LANG=C.UTF-8 HOME=$work XDG_RUNTIME_DIR=$work"
export TMUX_TMPDIR=$work
open_shell() {
    shells=$((shells + 1)) # a server that ends takes no new session: each shell has its own
    terminal="tmux -L completion$shells -f /dev/null"
    $terminal new-session -d -x 100 -y 24 "$clean $1"
    wait_for 10 on_screen "$2" >/dev/null || fail "$1 begins" "$($terminal capture-pane -p)"
}
on_screen() { $terminal capture-pane -p | grep -qF -- "$1"; }
completes() {
    $terminal send-keys C-e C-u C-l
    wait_for 5 cleared
    $terminal send-keys -l "$2"
    wait_for 5 on_screen "$2" && $terminal send-keys Tab
    if wait_for 5 on_screen "$3"; then pass "$1: $2 + Tab"; else fail "$1: $2 + Tab" "$($terminal capture-pane -p)"; fi
}
cleared() { [ "$($terminal capture-pane -p | tr -d '[:space:]')" = ready: ]; }
in_all_shells() {
    completes "$1" "nslab veri" "nslab verify"
    completes "$1" "nslab verify --format ta" "--format tap"
    completes "$1" "nslab verify --format=ju" "--format=junit"
    completes "$1" "nslab demo pi" "demo pid"
    completes "$1" "nslab -c 'run --net" "-c 'run --network"
}
cat >"$work/bashrc" <<END
PS1='ready: '
. $bash_file
END
open_shell "bash --noprofile --rcfile $work/bashrc -i" ready:
in_all_shells bash
touch "$work/home-made.yaml"
completes bash "nslab lint $work/home-m" "$work/home-made.yaml"
completes bash "nslab verify --report json=$work/home-m" "json=$work/home-made.yaml"
$terminal kill-server
cat >"$work/.zshrc" <<END
fpath=($prefix/share/zsh/site-functions \$fpath)
autoload -U compinit; compinit -u -D
PS1='ready: '
END
open_shell zsh ready:
in_all_shells zsh
$terminal kill-server
open_shell "fish --no-config -C 'function fish_prompt; echo -n \"ready: \"; end; source $prefix/share/fish/vendor_completions.d/nslab.fish'" ready:
in_all_shells fish
$terminal kill-server
rm -rf /tmp/fish.root "$work/.local" "$work/.config" "$work/.cache"

call nslab completion csh
is "a shell that it doesn't know" "$status $err" "2 nslab: there is no completion for \`csh\`. There is one for bash, zsh and fish."

# --- and away ---
call installing uninstall PREFIX="$prefix"
is "uninstall leaves what others put there, and nothing else" "$status $(there "$prefix")" "0 ./bin/other"
