/* SPDX-License-Identifier: MIT */
#include "demo_pace.h"

#include <stdlib.h>
#include <string.h>

#define SPEED_MAX 1000.0
#define KEY_MS 55u  /* some 65 words a minute in shell lines */
#define WORD_MS 60u /* more, at the beginning of a word */
#define JITTER_MS 50u
#define ENTER_MS 450u
#define READ_MS 38u /* a character: 300 words a minute */
#define READ_LEAST_MS 900u
#define READ_MOST_MS 15000u

static unsigned at_speed(const struct pace *p, unsigned ms)
{
    return p->speed > 0 ? (unsigned)((double)ms / p->speed) : 0;
}

bool pace_parse(const char *text, double *speed)
{
    char *end;
    if (!strcmp(text, "max")) {
        *speed = PACE_AT_ONCE;
        return true;
    }
    if (!*text || text[strspn(text, "0123456789.")])
        return false;
    *speed = strtod(text, &end);
    return !*end && *speed <= SPEED_MAX && (*speed >= 0.01 || *speed == PACE_AT_ONCE);
}

void pace_begin(struct pace *p, const char *line)
{
    p->state = 2166136261u; /* FNV-1a */
    for (; *line; line++)
        p->state = (p->state ^ (unsigned char)*line) * 16777619u;
}

unsigned pace_key_ms(struct pace *p, char before)
{
    p->state = p->state * 1664525u + 1013904223u;
    unsigned ms = KEY_MS + (p->state >> 16) % JITTER_MS - JITTER_MS / 2;
    if (!before || strchr(" =:/'", before))
        ms += WORD_MS;
    return at_speed(p, ms);
}

unsigned pace_enter_ms(const struct pace *p)
{
    return at_speed(p, ENTER_MS);
}

unsigned pace_read_ms(const struct pace *p, size_t characters)
{
    size_t ms = characters * READ_MS;
    return at_speed(p, ms < READ_LEAST_MS ? READ_LEAST_MS : ms > READ_MOST_MS ? READ_MOST_MS : (unsigned)ms);
}
