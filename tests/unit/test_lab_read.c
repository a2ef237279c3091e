/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "nslab/lab.h"
#include "nslab/mem.h"
#include "nslab/sha256.h"

#include <string.h>

static const char good[] = "format: nslab/1\n"
                           "id: good\n"
                           "title: \"A lab: complete\"\n"
                           "summary: All keys are used.\n"
                           "minutes: 12\n"
                           "requires: [user, pid]\n"
                           "vars:\n"
                           "  port: {pick: 10000..32000}\n"
                           "  word: {value: hello}\n"
                           "steps:\n"
                           "  - id: look\n"
                           "    title: Look\n"
                           "    text: |\n"
                           "      Two lines\n"
                           "      of text, port ${port}, $${literal}.\n"
                           "    predict:\n"
                           "      ask: Which PID?\n"
                           "      choices:\n"
                           "        - {id: one, text: \"1\", right: true, feedback: Yes.}\n"
                           "        - {id: same, text: the host's, feedback: No.}\n"
                           "    do:\n"
                           "      - run -d --name web -p ${port}:80 nginx\n"
                           "      - {run: exec web cat /none, fails: No such file}\n"
                           "    expect:\n"
                           "      - id: pid-inside\n"
                           "        say: inside, nginx is PID 1\n"
                           "        see: {process: \"nginx: master*\", field: pid, from: web}\n"
                           "        is: 1\n"
                           "        within: 3s\n"
                           "      - id: own\n"
                           "        say: web has its own\n"
                           "        see: {namespace: pid, of: web}\n"
                           "        differs: {namespace: pid, of: host}\n"
                           "        exists: true\n"
                           "        always: true\n"
                           "        hint: Look again.\n"
                           "        within: 0\n"
                           "      - id: only-its-own\n"
                           "        say: nobody else is seen\n"
                           "        see: {processes: args, from: web}\n"
                           "        only: [\"nginx: *\", \"${word}\"]\n"
                           "        at_most: 10\n"
                           "        within: 250ms\n"
                           "    contrast:\n"
                           "      say: without a PID namespace\n"
                           "      with: {run: --pid=host}\n"
                           "      flips: [pid-inside, own]\n"
                           "    explain: It is ${pid-inside.observed}, and ${web.pid} on the host.\n"
                           "  - id: change\n"
                           "    title: Change it\n"
                           "    task: Change it.\n"
                           "    hints: [where, what, shape]\n"
                           "    solution:\n"
                           "      - rm -f web\n"
                           "      - run -d --name web --pid host nginx\n"
                           "    expect:\n"
                           "      - id: shared\n"
                           "        say: it is the host's\n"
                           "        see: {namespace: pid, of: web}\n"
                           "        same: {namespace: pid, of: host}\n"
                           "    points: 2\n";

/* Reads it, and shows what is wrong when that fails. */
static struct lab *read_lab(const char *text)
{
    cleanup_with(diagnostics_free) struct diagnostics d = {0};
    cleanup_buf struct buf shown = {0};
    struct lab *lab = NULL;
    if (lab_read_text(text, strlen(text), "good.yaml", &lab, &d) < 0) {
        diagnostics_show(&d, &shown);
        fail_msg("%s", buf_text(&shown));
    }
    return lab;
}

static void test_the_lab_itself(void **state)
{
    (void)state;
    cleanup_with(lab_free_p) struct lab *lab = read_lab(good);
    assert_string_equal(lab->file, "good.yaml");
    assert_string_equal(lab->id, "good");
    assert_string_equal(lab->title, "A lab: complete");
    assert_string_equal(lab->summary, "All keys are used.");
    assert_int_equal(lab->minutes, 12);
    assert_int_equal(lab->requires.len, 2);
    assert_string_equal(lab->requires.items[1], "pid");
    assert_int_equal(lab->n_vars, 2);
    assert_string_equal(lab->vars[0].name, "port");
    assert_int_equal(lab->vars[0].pick_from, 10000);
    assert_int_equal(lab->vars[0].pick_to, 32000);
    assert_null(lab->vars[0].value);
    assert_string_equal(lab->vars[1].value, "hello");
    assert_int_equal(lab->n_steps, 2);
    char digest[SHA256_TEXT_SIZE];
    sha256_text(good, strlen(good), digest);
    assert_string_equal(lab->digest, digest);
}

static void test_a_step_with_all_its_parts(void **state)
{
    (void)state;
    cleanup_with(lab_free_p) struct lab *lab = read_lab(good);
    const struct step *step = &lab->steps[0];
    assert_string_equal(step->id, "look");
    assert_string_equal(step->text, "Two lines\nof text, port ${port}, $${literal}.\n");
    assert_null(step->task);
    assert_int_equal(step->points, 0);
    assert_true(step->has_predict);
    assert_string_equal(step->predict.ask, "Which PID?");
    assert_int_equal(step->predict.n, 2);
    assert_string_equal(step->predict.choices[0].id, "one");
    assert_string_equal(step->predict.choices[0].text, "1");
    assert_true(step->predict.choices[0].right);
    assert_false(step->predict.choices[1].right);
    assert_string_equal(step->predict.choices[1].feedback, "No.");
    assert_int_equal(step->run.n, 2);
    assert_string_equal(step->run.items[0].text, "run -d --name web -p ${port}:80 nginx");
    assert_null(step->run.items[0].fails);
    assert_int_equal(step->run.items[0].mark.line, 22);
    assert_int_equal(step->run.items[0].mark.column, 9);
    assert_string_equal(step->run.items[1].text, "exec web cat /none");
    assert_string_equal(step->run.items[1].fails, "No such file");
    assert_true(step->has_contrast);
    assert_string_equal(step->contrast.say, "without a PID namespace");
    assert_string_equal(step->contrast.with_run, "--pid=host");
    assert_int_equal(step->contrast.with_do.n, 0);
    assert_int_equal(step->contrast.flips.len, 2);
    assert_string_equal(step->contrast.flips.items[1], "own");
    assert_string_equal(step->explain, "It is ${pid-inside.observed}, and ${web.pid} on the host.");
}

static void test_expectations(void **state)
{
    (void)state;
    cleanup_with(lab_free_p) struct lab *lab = read_lab(good);
    const struct expectation *x = lab->steps[0].expect;
    assert_int_equal(lab->steps[0].n_expect, 3);
    assert_ptr_equal(x[0].see.probe, probe_by_name("process"));
    assert_string_equal(x[0].see.subject, "nginx: master*");
    assert_string_equal(x[0].see.keys[SEE_FIELD], "pid");
    assert_string_equal(x[0].see.keys[SEE_FROM], "web");
    assert_null(x[0].see.keys[SEE_OF]);
    assert_int_equal(x[0].n_criteria, 1);
    assert_int_equal(x[0].criteria[0].matcher, MATCH_IS);
    assert_int_equal(x[0].criteria[0].operand.len, 1);
    assert_string_equal(x[0].criteria[0].operand.items[0], "1");
    assert_int_equal(x[0].within_ms, 3000);
    assert_false(x[0].always);
    assert_int_equal(x[0].mark.line, 25);

    assert_int_equal(x[1].n_criteria, 2);
    assert_int_equal(x[1].criteria[0].matcher, MATCH_DIFFERS);
    assert_ptr_equal(x[1].criteria[0].other.probe, probe_by_name("namespace"));
    assert_string_equal(x[1].criteria[0].other.keys[SEE_OF], "host");
    assert_int_equal(x[1].criteria[1].matcher, MATCH_EXISTS);
    assert_string_equal(x[1].criteria[1].operand.items[0], "true");
    assert_int_equal(x[1].within_ms, 0);
    assert_true(x[1].always);
    assert_string_equal(x[1].hint, "Look again.");

    assert_int_equal(x[2].criteria[0].matcher, MATCH_ONLY);
    assert_int_equal(x[2].criteria[0].operand.len, 2);
    assert_string_equal(x[2].criteria[0].operand.items[1], "${word}");
    assert_string_equal(x[2].criteria[1].operand.items[0], "10");
    assert_int_equal(x[2].within_ms, 250);
    assert_int_equal(lab->steps[1].expect[0].within_ms, 1000);
}

static void test_a_task(void **state)
{
    (void)state;
    cleanup_with(lab_free_p) struct lab *lab = read_lab(good);
    const struct step *step = &lab->steps[1];
    assert_string_equal(step->task, "Change it.");
    assert_int_equal(step->hints.len, 3);
    assert_string_equal(step->hints.items[2], "shape");
    assert_int_equal(step->solution.n, 2);
    assert_string_equal(step->solution.items[1].text, "run -d --name web --pid host nginx");
    assert_int_equal(step->points, 2);
    assert_false(step->has_predict);
    assert_false(step->has_contrast);
}

static void assert_mark(const struct lab *lab, const char *file_text, const char *text, const char *what,
                        unsigned line, unsigned column)
{
    struct mark mark = lab_mark(lab, file_text, text, (size_t)(strstr(text, what) - text));
    assert_int_equal(mark.line, line);
    assert_int_equal(mark.column, column);
}

static void test_marks_inside_texts(void **state)
{
    (void)state;
    static const char text[] =
        "format: nslab/1\nid: marks\ntitle: \"Grüße here\"\nsummary: 'it''s here'\nminutes: 1\n"
        "requires: [user]\nsteps:\n  - id: a\n    title: >\n      folded\n      here\n"
        "    text: |\n\n      first\n\n        Äpfel here\n    explain: plain\n      and here\n";
    cleanup_with(lab_free_p) struct lab *lab = read_lab(text);
    assert_mark(lab, text, lab->title, "here", 3, 15);
    /* An escape, folding: where exactly isn't known, and the text's beginning is given. */
    assert_mark(lab, text, lab->summary, "here", 4, 10);
    assert_mark(lab, text, lab->steps[0].title, "here", 9, 12);
    assert_mark(lab, text, lab->steps[0].explain, "here", 17, 14);
    assert_mark(lab, text, lab->steps[0].text, "first", 14, 7);
    assert_mark(lab, text, lab->steps[0].text, "here", 16, 15);
    assert_int_equal(lab_mark(lab, text, "not of this lab", 0).line, 0);
}

/* A byte order mark, line ends of Windows, comments: YAML has them. */
static void test_what_yaml_allows(void **state)
{
    (void)state;
    cleanup_with(lab_free_p) struct lab *lab = read_lab(
        "\xef\xbb\xbf# a comment\r\nformat: nslab/1\r\nid: a\r\ntitle: b\r\nsummary: c\r\nminutes: 1\r\n"
        "requires: [user]\r\nsteps: [{id: x, title: y, explain: \"a\\tb\"}]\r\n");
    assert_string_equal(lab->title, "b");
    assert_string_equal(lab->steps[0].explain, "a\tb");
}

static void test_the_digest(void **state)
{
    (void)state;
    static const struct {
        const char *text, *digest;
    } vectors[] = {
        {"", "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
        {"abc", "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
        {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
         "sha256:248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
        {"abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmno"
         "pqrstno"
         "pqrstu",
         "sha256:cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1"},
    };
    char text[SHA256_TEXT_SIZE];
    for (size_t i = 0; i < ARRAY_LEN(vectors); i++) {
        sha256_text(vectors[i].text, strlen(vectors[i].text), text);
        assert_string_equal(text, vectors[i].digest);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_lab_itself),     cmocka_unit_test(test_a_step_with_all_its_parts),
        cmocka_unit_test(test_expectations),       cmocka_unit_test(test_a_task),
        cmocka_unit_test(test_marks_inside_texts), cmocka_unit_test(test_what_yaml_allows),
        cmocka_unit_test(test_the_digest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
