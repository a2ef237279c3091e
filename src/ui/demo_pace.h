/* SPDX-License-Identifier: MIT
 *
 * How long a person takes to type, and a room to read. Pure; the same text takes the same time whenever it is
 * typed.
 */
#ifndef NSLAB_UI_DEMO_PACE_H
#define NSLAB_UI_DEMO_PACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PACE_AT_ONCE 0.0
struct pace {
    double speed;   /* 2 is twice as fast */
    uint32_t state; /* of the jitter */
};

/* "2", "0.5"; "0" and "max" are at once. false: it is none of these. */
bool pace_parse(const char *text, double *speed);
void pace_begin(struct pace *p, const char *line);
unsigned pace_key_ms(struct pace *p, char before); /* before: the character typed last, 0 at the beginning */
unsigned pace_enter_ms(const struct pace *p);      /* between the last key and Enter */
unsigned pace_read_ms(const struct pace *p, size_t characters);

#endif
