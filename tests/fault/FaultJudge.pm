# SPDX-License-Identifier: MIT
#
# Fault injection: what a run with a failure in it must look like.
package FaultJudge;
use strict;
use warnings;
use Exporter 'import';
use FaultRun;
use JSON::PP;

our @EXPORT = qw(read_expected expectation unused_rows rounds alike judge);
my $SLOW = 3;    # seconds

# --- what is expected ---

# CALL[:ERRNO]  FUNCTIONS  OUTCOME  REASON; see the file.
my @expected;

sub read_expected {
    my ($path) = @_;
    open my $table, '<', $path or die "$path: $!\n";
    while (my $line = <$table>) {
        next if $line =~ /^\s*(#|$)/;
        chomp $line;
        my ($call, $functions, $outcome, $reason) = split / {2,}/, $line;
        die "expected.txt:$.: four columns are needed\n" unless $reason;
        my $perhaps = $call =~ s/^\?//;
        push @expected, { call => $call, functions => [ split /</, $functions ], outcome => $outcome, line => $., perhaps => $perhaps };
    }
    return;
}

sub unused_rows { return map { $_->{line} } grep { !$_->{used} && !$_->{perhaps} } @expected }

# a<b: in this order; a<<b: one right after the other.
sub in_order {
    my ($wanted, $names) = @_;
    return 1 if $wanted->[0] eq '*';
    my ($i, $adjacent) = (0, $wanted->[0] =~ /^\^/);
    for (@$names) {
        if ($i < @$wanted && $_ eq $wanted->[$i] =~ s/^\^//r) {
            $i++;
            $adjacent = $i < @$wanted && $wanted->[$i] eq '';
            $i++ if $adjacent;
        } elsif ($adjacent) {
            return;
        }
    }
    return $i == @$wanted;
}

sub expectation {
    my ($call, $errno, $names) = @_;
    for my $row (@expected) {
        $row->{used} = 1, return $row if ($row->{call} eq "*" || $row->{call} eq $call || $row->{call} eq "$call:$errno") && in_order($row->{functions}, $names);
    }
    return;
}

# --- verdicts ---

sub rounds {
    my ($said) = @_;
    my ($first, $second) = split /^unknown verb `==round`\n.*\n/m, $said, 2;
    return ($first // '', $second);
}

sub strerror {
    local $! = errno_number($_[0]);
    return "$!";
}

# PIDs and times differ from run to run.
sub alike {
    my ($one, $other) = map { ($_ // '') =~ s/\d+/0/gr } @_;
    return $one eq $other;
}

# A report of a class. Both runs have the same learners; who isn't as in the recorded run is touched.
sub judge_class {
    my ($test, $ran, $record) = @_;
    my $words = strerror($test->{errno});
    my ($now, $good) = map { /^(\{\n.*^\}\n)/ms ? decode_json($1) : undef } $ran->{said}, $record->{said};
    my $row = $test->{row} ? $test->{row}{outcome} : 'error';
    # Before anything is run, the whole is given up, and main says why.
    return if $row ne 'works' && $ran->{status} =~ /^[235]$/ && !@{ $now->{learners} // [] }
        && $ran->{said} =~ /^nslab: cannot \S.*: \Q$words\E(?: \(.*\))?\. \S/m;
    return 'there is no report, and no error that says why' if !$now;
    my @wrong;
    my $seen    = $row eq 'observed';    # by who looks: what is there is scored
    my $json    = JSON::PP->new->canonical;
    my @touched = grep { alike($json->encode($now->{learners}[$_]), $json->encode($good->{learners}[$_])) ? 0 : 1 } 0 .. $#{ $good->{learners} };
    push @wrong, "status $ran->{status}"          if $ran->{status} ne (@touched ? $ran->{status} =~ /^[134]$/ ? $ran->{status} : '1, 3 or 4' : $record->{status});
    push @wrong, 'more than one workbook is touched' if @touched > 1;
    push @wrong, 'it should have worked'          if @touched && $row eq 'works';
    push @wrong, 'nobody noticed'                 if !@touched && $row !~ /^(?:works|ends|observed)$/;
    for my $learner (map { $now->{learners}[$_] } $row eq 'works' || $seen ? () : @touched) {
        my @said = ((map { $_->{text} } @{ $learner->{findings} }), map { $_->{error} // () } map { @{ $_->{steps} } } @{ $learner->{labs} });
        my $wanted = $row =~ /^says (.*)/ ? qr/\Q$1\E/ : qr/cannot \S.*: \Q$words\E/;
        push @wrong, "$learner->{learner}: no finding and no error names step, object and errno" if !grep { $_ =~ $wanted } @said;
    }
    return @wrong;
}

# What a session of lines said in its first round.
sub judge_error {
    my ($test, $first, $good) = @_;
    my $outcome = $test->{row} ? $test->{row}{outcome} : 'error';
    my $words   = strerror($test->{errno});
    my $as_ever = alike($first, $good);
    return $as_ever ? () : 'it should have worked' if $outcome eq 'works';
    if ($outcome =~ /^says (.*)/) { return index($first, $1) < 0 ? "it should have said: $1" : () }
    # Who watches the lab comes by this place last when all has been said.
    return $outcome eq 'ends' ? () : 'nobody noticed' if $as_ever;
    return if $first =~ /^nslab: cannot \S.*: \Q$words\E(?: \(.*\))?\. \S/;    # said by main, in one line
    return 'the error names no step and object, or not the errno' if $first !~ /^cannot \S.*: \Q$words\E(?: \(.*\))?$/m;
    return 'the error has no hint' if $first !~ /^cannot \S.*: \Q$words\E(?: \(.*\))?\n  \S/m;
    return;
}

# Where there is a second round, it must be as ever.
sub judge_rounds {
    my ($test, $ran, $record) = @_;
    my ($first, $second) = rounds($ran->{said});
    my ($good, $again)   = rounds($record->{said});
    my $late = 0;
    # Which of two rounds comes by a place first may be a matter of time.
    if (defined $again && alike($first, $good) && !alike($second, $again)) {
        ($first, $second, $late) = ($second, $again, 1);
    }
    my $outcome = $test->{row} ? $test->{row}{outcome} : 'error';
    my @wrong   = judge_error($test, $first, $good);
    my $always  = $outcome eq 'ends' || ($test->{names}[0] eq 'always' && $outcome ne 'works');
    # It ended before it did anything.
    return @wrong if $ran->{status} eq '5' && $test->{names}[-1] =~ /^_start$/ && !$second && $outcome eq 'error';
    if (defined $again) {
        push @wrong, "the next run doesn't work" if !$always && !alike($second, $again);
        push @wrong, "status $ran->{status}" if !$always && !$late && $ran->{status} !~ /^0$|signal/ && $first ne ($second // '');
    } elsif ($first ne $good && $ran->{status} !~ /^12[567]$|signal/) {
        push @wrong, "status $ran->{status}";
    }
    return @wrong;
}

# What is wrong; nothing, when it is as it should be.
sub judge {
    my ($test, $ran, $record, $left) = @_;
    my @wrong;
    push @wrong, "it hung: no end within $FaultRun::LIMIT s" if $ran->{hung};
    push @wrong, "ended by $ran->{status}" if $ran->{status} =~ /signal/;
    push @wrong, "a report of a sanitizer" if $ran->{said} =~ /Sanitizer|runtime error:/;
    push @wrong, sprintf 'it took %.1f s', $ran->{took} if $ran->{took} > $SLOW + 8 * $record->{took} && !$ran->{hung};
    push @wrong, $test->{scenario}{grades} ? judge_class($test, $ran, $record) : judge_rounds($test, $ran, $record);
    my ($end, $end_good) = map { /^end (.*)$/m ? $1 : 'nothing' } $ran->{page}, $record->{page};
    push @wrong, "open descriptors and children at the end: $end, not $end_good" if $end ne $end_good && $ran->{status} ne '5';
    return @wrong, map {"left behind: $_"} @{ $ran->{orphans} }, @$left;
}
1;
