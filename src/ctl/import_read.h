/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads the files of an import into an intake: CSV, FHIR JSON and NDJSON, told apart by what is
 * in them. Nothing is written here, and the database is not asked.
 */
#ifndef PORTAL_CTL_IMPORT_READ_H
#define PORTAL_CTL_IMPORT_READ_H

#include "core/fhir_patient.h"
#include "core/intake.h"
#include "ctl/ctl.h"

#define PORTAL_CTL_LARGEST_FILE (512 * 1024 * 1024)

typedef struct {
    portal_intake_t *intake;
    portal_fhir_t *fhir;
    apr_time_t now;
    int rows; /* read so far, good and bad */
} portal_ctl_input_t;

/* An empty one. */
portal_ctl_input_t *portal_ctl_input_make(apr_time_t now, apr_pool_t *pool);

/* Reads one file. Rows that are refused, and files that are no records at all, become remarks of
 * the intake. A status: the file itself cannot be read; *error says why. */
apr_status_t portal_ctl_input_read(portal_ctl_input_t *input, const char *path,
                                   const char **error);

/* After the last file: FHIR resources, whose references go over all files, join the intake. */
void portal_ctl_input_join(portal_ctl_input_t *input);

#endif
