/* SPDX-License-Identifier: MIT
 *
 * What the files of the worklog share:
 *   worklog_file.c    the workbook: opened, asked, written
 *   worklog.c         the lab that runs, and its steps
 *   worklog_lines.c   the lines that are typed in it
 */
#ifndef NSLAB_WORKLOG_PRIVATE_H
#define NSLAB_WORKLOG_PRIVATE_H

#include "worklog.h"

/* worklog_file.c: opened if need be; never NULL once the shell has started. */
struct workbook *worklog_book(struct shell *sh);

/* worklog.c, of the lab that is recorded: */
/* What the shell knows by itself is put into the record: where one is, predictions, hints, the time. */
void worklog_sync_lab(struct shell *sh);
void worklog_count_time(struct shell *sh); /* the time that went by belongs to the step that was shown */
/* What the workbook has of a step; it is begun if need be. */
struct work_step *worklog_step(struct shell *sh, size_t index);
void worklog_begin_step_anew(struct shell *sh, size_t index); /* nothing of its lines is kept */

#endif
