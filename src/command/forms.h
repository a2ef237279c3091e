/* SPDX-License-Identifier: MIT
 *
 * The forms that values of the line language have: one row a kind of argument, with its check and its
 * candidates.
 */
#ifndef NSLAB_COMMAND_FORMS_H
#define NSLAB_COMMAND_FORMS_H

#include "nslab/command.h"

/* 0 when value may stand where such an argument is asked for. A value with ${ in it isn't known yet, and
 * passes. */
int form_check(enum arg_kind kind, const char *value, struct nslab_error *e);
/* What a learner may type there: all candidates, whatever has been typed of the word. */
void form_candidates(enum arg_kind kind, const struct command_context *c, struct strv *out);

/* The same forms read into values; out parameters may be NULL. */
int form_ports(const char *value, struct port_choice *ret, struct nslab_error *e);
int form_bind(const char *value, struct bind_choice *ret,
              struct nslab_error *e); /* ret's texts are the caller's */
int form_mode(enum arg_kind kind, const char *value, struct share_choice *ret, struct nslab_error *e);
int form_signal(const char *value, struct nslab_error *e); /* its number, or -1 */
int form_image(const char *value, char **ret_name, struct nslab_error *e);
int form_picture(const char *value, struct nslab_error *e); /* verb_map.c */
void picture_names(struct strv *out);
bool form_is_name(const char *value);

/* Modes of one kind of namespace: for candidates. */
void mode_candidates(enum arg_kind kind, const struct strv *containers, struct strv *out);
/* The container in `container:NAME`, or NULL. */
const char *mode_container(const char *value);

#endif
