/* SPDX-License-Identifier: MIT
 *
 * Reading mappings by tables: which keys there are, what each must be and where it goes in the model.
 */
#ifndef NSLAB_LAB_READER_H
#define NSLAB_LAB_READER_H

#include "nslab/lab.h"
#include "source.h"

struct reader {
    yaml_document_t document;
    struct lab *lab; /* the places of its texts are noted here; NULL: they aren't */
    struct diagnostics *d;
    size_t items_max; /* of any list; 0: ITEMS_MAX */
};

enum key_type {
    KEY_TEXT,   /* char * */
    KEY_ID,     /* char *: [a-z0-9][a-z0-9-]* */
    KEY_NUMBER, /* int, from..to */
    KEY_BOOL,   /* bool */
    KEY_TEXTS,  /* struct strv; a list with at least one text */
    KEY_OTHER,  /* read() checks what it is */
};

struct key {
    const char *name;
    enum key_type type;
    bool required;
    const char *help; /* what its value is, as a sentence */
    size_t offset;    /* of the member in what reader_mapping fills */
    void (*read)(struct reader *r, const struct key *key, const yaml_node_t *value,
                 void *target); /* KEY_OTHER */
    int from, to;               /* KEY_NUMBER */
    int row;                    /* for `read`: which row of another table the key comes from */
};

/* `what` names the mapping in errors: "a step". Keys that don't belong, that are there twice or that are
 * missing are reported at their place; what can be read is read. */
void reader_mapping(struct reader *r, const yaml_node_t *node, const char *what, const struct key *keys,
                    size_t n, void *target);

#define ITEMS_MAX 100
/* Calls item() for each item of a list, with where it goes: an element of an array that grows in *items and
 * *n. */
void reader_items(struct reader *r, const char *name, const yaml_node_t *list, size_t size, void **items,
                  size_t *n, void (*item)(struct reader *r, const yaml_node_t *node, void *target));

/* A scalar that isn't empty as an owned text, its place noted: it must live as long as the lab, since a place
 * is known by its text's address. NULL: reported as "`name` must be ...". */
char *reader_text(struct reader *r, const char *name, const yaml_node_t *node);
/* The same of a value that may be "". */
char *reader_any_text(struct reader *r, const char *name, const yaml_node_t *node);
void reader_texts(struct reader *r, const char *name, const yaml_node_t *node, struct strv *ret);
bool reader_bool(struct reader *r, const char *name, const yaml_node_t *node, bool *ret);
bool reader_number(struct reader *r, const char *name, const yaml_node_t *node, long from, long to,
                   long *ret);

/* Where the key of this name stands in a mapping; the mapping's begin if it isn't there. */
struct mark key_mark(struct reader *r, const yaml_node_t *mapping, const char *name);
bool is_id(const char *s);
void report_bad_id(struct reader *r, const yaml_node_t *node, const char *text);
const yaml_node_t *reader_node(struct reader *r, int id);
const char *scalar_text(const yaml_node_t *node); /* of a scalar; "" of anything else */

#endif
