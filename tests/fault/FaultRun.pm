# SPDX-License-Identifier: MIT
#
# Fault injection: one run of the program with the layer in it, what it leaves on the machine, and its places.
package FaultRun;
use strict;
use warnings;
use Exporter 'import';
use Digest::SHA 'sha256_hex';
use POSIX qw(:sys_wait_h);
use Time::HiRes qw(time sleep);

our @EXPORT = qw(run places snapshot left_behind slurp errno_number write_class);
our ($nslab, $work, $port) = ('', '', 0);    # the program, a directory of the test's own, a port of the worker's own
our @learners = qw(ada zoe);                  # of the workbooks that are graded
our $LIMIT = 20;    # seconds
my ($PAGE_SIZE, $TEXT_MAX) = (4 << 20, 1 << 20);    # layer.c's page, and the text that it begins with

my %users = (
    root  => [],
    range => [ qw(setpriv --reuid=58001 --regid=58001 --clear-groups), 'HOME=/srv/home/range' ],
    none  => [ qw(setpriv --reuid=58002 --regid=58002 --clear-groups), 'HOME=/srv/home/none' ],
);

# --- the machine ---

sub slurp {
    open my $file, '<', $_[0] or return '';
    local $/;
    return <$file> // '';
}

sub tree {
    my ($path, $out) = @_;
    return if $path =~ m{/images/[^/]+/shifted|^\Q$work\E};    # a cache, beside the image
    my @st = lstat $path or return;
    $out->{$path} = join ' ', @st[ 2, 4, 5 ], -d _ ? '' : @st[ 7, 9 ];
    return if !-d _ || $path =~ m{/rootfs$};
    opendir my $dir, $path or return;
    tree("$path/$_", $out) for grep { !/^\.\.?$/ } readdir $dir;
    return;
}

# What nslab could leave: mounts, links, files. Processes are told by who has to reap them.
sub snapshot {
    my %seen;
    $seen{"mount $_"} = 1 for split /\n/, slurp('/proc/self/mountinfo');
    $seen{"link $_"}  = 1 for slurp('/proc/self/net/dev') =~ /^\s*(\S+):/mg;
    tree($_, \%seen) for '/tmp', '/dev/shm', '/dev/mqueue', '/var/lib/nslab', '/srv/home', '/root';
    return \%seen;
}

sub left_behind {
    my ($before, $now) = @_;
    return grep { ($before->{$_} // '') ne ($now->{$_} // '') } sort keys %{ { %$before, %$now } };
}

# --- one run ---

my $session = 0;

sub command {
    my ($situation, $scenario, $page, $fault) = @_;
    my @lines = @{ $scenario->{lines} // [] };
    # Between the rounds stands what is no verb: to refuse it takes no call that could fail.
    my @twice = map { ('-c', s/PORT/$port/r) } @lines > 1 ? (@lines, '==round', @lines) : @lines;
    @twice = ('attach', '--session', $session, @{ $scenario->{attach} }) if $scenario->{attach};
    @twice = ('verify', "$work/graded.yaml", '--workbook', "$work/class", qw(--format json --jobs 2)) if $scenario->{grades};
    my ($home, @as) = grep { /^HOME=/ } @{ $users{$situation} };
    @as = grep { !/^HOME=/ } @{ $users{$situation} };
    my @kept = map { defined $ENV{$_} ? "$_=$ENV{$_}" : () } qw(ASAN_OPTIONS UBSAN_OPTIONS LSAN_OPTIONS);
    my @env  = ('env', '-i', "PATH=$ENV{PATH}", 'LC_ALL=C.UTF-8', 'COLUMNS=4000', $home // 'HOME=/root', @kept,
        "NSLAB_FAULT_PAGE=$page", $fault ? "NSLAB_FAULT=$fault" : ());
    my @words = (@as, @env, $nslab, @twice);
    return @words unless $scenario->{terminal};
    return ('script', '-qec', join(' ', 'stty cols 4000; exec', map { s/'/'\\''/gr =~ s/(.*)/'$1'/sr } @words), '/dev/null');
}

# A class that is graded: two learners with the same work, all of it right.
sub write_class {
    my ($lab) = @_;
    my $text   = slurp($lab);
    my $digest = sha256_hex($text);
    mkdir "$work/class" or die "$work/class: $!";
    for my $learner (@learners) {
        write_file("$work/class/$learner.yaml", <<"END");
format: nslab-workbook/1
learner: $learner
at: graded
labs:
- id: graded
  digest: sha256:$digest
  steps:
  - {id: published, state: passed, lines: [do], after: ["exec web sh -c 'echo hello >/tmp/hello'"]}
  - {id: seen, state: passed, lines: [exec web mkdir /tmp/made]}
  - {id: limited, state: passed, lines: [exec web head -c 1200000 /dev/zero, run -d --name other --pid host nginx]}
END
    }
    write_file("$work/graded.yaml", $text);
    return;
}

sub write_file {
    my ($path, $text) = @_;
    open my $file, '>', $path or die "$path: $!";
    print $file $text;
    close $file or die "$path: $!";
    return;
}

# The lab that `attach` attaches to. Returns its process and what it reads from.
sub begin_session {
    my ($situation) = @_;
    pipe my $lines, my $to  or die "pipe: $!";
    pipe my $from,  my $out or die "pipe: $!";
    my $pid = fork // die "fork: $!";
    if (!$pid) {
        open STDIN,  '<&', $lines;
        open STDOUT, '>&', $out;
        exec command($situation, { lines => [] }, '', '') or POSIX::_exit(127);
    }
    syswrite $to, "run -d --name web nginx sleep 99\n";
    close $out;
    my $said = <$from> // '';
    die "no lab to attach to: $said\n" if $said ne "web\n";
    return ($pid, $to);
}

# Runs it. Returns what it said, how it ended, what it left of processes, and the page.
sub run {
    my ($situation, $scenario, $fault) = @_;
    my $page = "$work/page.$$";
    my $lines;
    ($session, $lines) = begin_session($situation) if $scenario->{attach};
    open my $new, '>', $page or die "$page: $!";
    truncate $new, $PAGE_SIZE;
    chmod 0666, $page;
    pipe my $reader, my $writer or die "pipe: $!";
    my $began = time;
    my $pid   = fork // die "fork: $!";
    if (!$pid) {
        open STDIN, '<', '/dev/null';
        open STDOUT, '>&', $writer;
        open STDERR, '>&', $writer;
        exec command($situation, $scenario, $page, $fault) or POSIX::_exit(127);
    }
    close $writer;
    my ($said, $chunk, $timed_out, $ready) = ('', '', 0, '');
    vec($ready, fileno $reader, 1) = 1;
    while (1) {
        my $left = $began + $LIMIT - time;
        if ($left <= 0) { $timed_out = 1; kill 'KILL', $pid; last }
        next unless select(my $r = $ready, undef, undef, $left) > 0;
        sysread $reader, $chunk, 65536 or last;
        $said .= $chunk;
    }
    waitpid $pid, 0;
    my $end = $?;
    $said =~ s/\r|\0|\^[\@D][\b]*//g;    # of the terminal's echo
    if ($lines) {
        close $lines;
        waitpid $session, 0;
    }
    $? = $end;
    my %ran = (said => $said, status => $? & 127 ? 'signal ' . ($? & 127) : $? >> 8, hung => $timed_out, took => time - $began);
    $ran{orphans} = [ orphans() ];
    $ran{page} = substr(slurp($page), 0, $TEXT_MAX) =~ tr/\0//dr;    # who was killed while it wrote left a gap
    unlink $page;
    return \%ran;
}

# This process is the subreaper: whatever nslab left is its child now. What ends by itself within a second is fine.
sub orphans {
    my $end = time + 1;
    while (time < $end) {
        return if waitpid(-1, WNOHANG) == -1;
        sleep 0.002;
    }
    my @left = map { [ $_, slurp("/proc/$_/cmdline") =~ tr/\0/ /r ] } split ' ', slurp("/proc/$$/task/$$/children");
    kill 'KILL', map { $_->[0] } @left;
    1 while waitpid(-1, 0) > 0;
    return map { $_->[1] } @left;
}

# --- places ---

my %names_of;

# Function names for offsets in the program, with those that the compiler has put into others, innermost first.
sub learn_names {
    my @new = grep { !$names_of{$_} } @_ or return;
    open my $tool, '-|', 'addr2line', '-a', '-f', '-i', '-e', $nslab, map { sprintf '0x%x', hex($_) - 1 } @new
        or die "addr2line: $!";
    my ($current, $odd);
    while (my $line = <$tool>) {
        chomp $line;
        if ($line =~ /^0x0*([0-9a-f]+)$/) { $current = sprintf '%x', hex($1) + 1; $names_of{$current} = []; $odd = 0; next }
        push @{ $names_of{$current} }, $line if !$odd;
        $odd = !$odd;
    }
    close $tool or die "addr2line failed\n";
    return;
}

sub places {
    my ($page) = @_;
    my (@places, %passed);
    $passed{$1} = $2 while $page =~ /^passed (\S+) (\d+)$/mg;
    while ($page =~ /^place (\S+) (\S+) (.*?) @(.*)$/mg) {
        push @places, { hash => $1, call => $2, errnos => [ split ' ', $3 ], at => [ split ' ', $4 ], passed => $passed{$1} // 1 };
    }
    my %offsets = map { $_ => 1 } map { @{ $_->{at} } } @places;
    learn_names(keys %offsets);
    $_->{names} = [ map { s/\..*//r } map { @{ $names_of{$_} } } @{ $_->{at} } ] for @places;
    return @places;
}

sub errno_number {
    my ($name) = @_;
    return POSIX->can($name)->();
}

1;
