/* SPDX-License-Identifier: Apache-2.0 */
/*
 * portalctl export: people, cases, forms and answers as FHIR R4, for other programs. That it was
 * asked for is in the audit trail before the first byte leaves; what leaves is one view of the
 * database, read on a connection of its own.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <apr_strings.h>

#include "core/date.h"
#include "core/fhir_record.h"
#include "core/text.h"
#include "ctl/ctl.h"
#include "ctl/export_file.h"
#include "store/export.h"

/* Who asks for changes next time asks from so long before this view was taken: an act may be
 * written a moment after the time that it is dated. */
#define OVERLAP apr_time_from_sec(60)

const char portal_ctl_export_manual[] =
    "Writes what the portal keeps as HL7 FHIR R4: a Patient for each binder, an "
    "EpisodeOfCare\n"
    "for each case, the QuestionnaireResponses that were sent (status completed; drafts "
    "never\n"
    "leave), and each Questionnaire that they answer, in the version that was answered. "
    "An\n"
    "import of an export changes nothing.\n"
    "\n"
    "  --out PATH     with ndjson a folder (made if it is not there) that gets one file "
    "for each\n"
    "                 type: Patient.ndjson, EpisodeOfCare.ndjson, Questionnaire.ndjson,\n"
    "                 QuestionnaireResponse.ndjson, empty where there is nothing; with "
    "bundle\n"
    "                 one file. Without --out all types go to the standard output.\n"
    "  --format NAME  ndjson (one resource a line; default) or bundle (one Bundle of "
    "type\n"
    "                 collection)\n"
    "  --since TIME   only what changed at or after: 2026-11-28 (its beginning in UTC),\n"
    "                 2026-11-28T14:05:00Z, 2026-11-28T14:05:00+02:00. Who did not "
    "change comes\n"
    "                 along with a case or an answer that did, so that each reference "
    "leads to\n"
    "                 something in the export. Paperwork that was erased is in no "
    "export.\n"
    "  --binder MRN   only this binder with its cases and answers\n"
    "  --overwrite    replaces files of an earlier export; without it they are left "
    "alone and\n"
    "                 the export is refused\n"
    "  --json         one JSON object as answer: how many of each type, which could not "
    "be read,\n"
    "                 and the time to give to --since next time; needs --out\n"
    "\n"
    "Files are complete or not there: they are written under temporary names, with mode "
    "0600,\n"
    "and renamed at the end, whoever ends the program before. An output on the standard "
    "output\n"
    "is complete only if the program ends with 0.\n"
    "\n"
    "Everything in an export is the state of one moment, however long it takes; httpd "
    "serves\n"
    "and saves meanwhile. (With SQLite the file portal.db-wal grows until it is done.) "
    "It is\n"
    "read in pages and never held in memory.\n"
    "\n"
    "The audit trail gets one row, export, with who, what and how many, before anything "
    "is\n"
    "written; if it cannot be written, nothing is exported. An export holds health data "
    "in\n"
    "clear: who gets it answers for it.\n"
    "\n"
    "Ids stay the same from export to export. Questionnaires have the hash of their "
    "content as\n"
    "id; responses name it in meta.tag, beside the canonical url|version. Numbers keep "
    "the\n"
    "digits that were typed. Entries of a Bundle stand under " PORTAL_FHIR_BASE ", an\n"
    "address that leads nowhere.\n"
    "\n"
    "Exit: 0 done; 1 there is no such binder, a file was there already or could not be "
    "written,\n"
    "or a stored answer could not be read (it is named, the rest is exported); 2 used "
    "wrongly.\n"
    "\n"
    "  portalctl --config portalctl.conf export --out /srv/export\n"
    "  portalctl --config portalctl.conf export --since 2026-11-01 --overwrite --out "
    "/srv/export\n"
    "  portalctl --config portalctl.conf export --binder RP-10007 --format bundle --out "
    "ann.json\n"
    "  portalctl --config portalctl.conf export | grep '\"resourceType\":\"Patient\"'\n";

typedef struct {
    portal_ctl_t *ctl;
    portal_export_t e;
    int bundle;
    portal_ctl_files_t *files; /* NULL: the standard output */
    FILE *to[PORTAL_EXPORT_KINDS];
    portal_connection_t connection; /* for the audit row, beside the view that is read */
    portal_store_t store;
    apr_int64_t all, done; /* resources */
    apr_int64_t written[PORTAL_EXPORT_KINDS];
    json_t *refused;
} run_t;

/* ---- what is asked for ---- */

static int take_options(run_t *run)
{
    portal_ctl_t *ctl = run->ctl;
    const portal_ctl_options_t *o = &ctl->options;

    run->bundle = o->format && !strcmp(o->format, "bundle");
    if (o->words[1])
        return portal_ctl_fail(ctl, PORTAL_CTL_WRONG,
                               "export takes no words; --out says where to");
    if (o->format && !run->bundle && strcmp(o->format, "ndjson"))
        return portal_ctl_fail(ctl, PORTAL_CTL_WRONG,
                               "--format must be ndjson or bundle");
    if (o->since && portal_time_parse(&run->e.since, o->since) != APR_SUCCESS)
        return portal_ctl_fail(ctl, PORTAL_CTL_WRONG,
                               "--since must be a day, 2026-11-28, or a time with its "
                               "zone, 2026-11-28T14:05:00Z");
    if (o->binder && portal_text_mrn_key(&run->e.mrn, o->binder, ctl->pool))
        return portal_ctl_fail(ctl, PORTAL_CTL_WRONG, "--binder must be an mrn");
    if ((o->json || o->overwrite) && !o->out)
        return portal_ctl_fail(ctl, PORTAL_CTL_WRONG, "%s goes with --out only",
                               o->json ? "--json" : "--overwrite");
    return 0;
}

/* ---- where it goes ---- */

static int open_output(run_t *run)
{
    portal_ctl_t *ctl = run->ctl;
    const char *out = ctl->options.out, *error = NULL;
    portal_ctl_places_t places = {.overwrite = ctl->options.overwrite};

    for (int kind = 0; kind < PORTAL_EXPORT_KINDS; kind++) {
        run->to[kind] = stdout;
        if (out && !run->bundle)
            places.paths[kind] = apr_pstrcat(ctl->pool, out, "/",
                                             portal_export_types[kind], ".ndjson", NULL);
    }
    if (!out)
        return 0;
    if (run->bundle)
        places.paths[0] = out;
    else
        places.folder = out;
    if (portal_ctl_files_open(&run->files, &places, &error, ctl->pool) != APR_SUCCESS)
        return portal_ctl_fail(ctl, PORTAL_CTL_NOT, "%s; nothing was exported", error);
    for (int kind = 0; kind < PORTAL_EXPORT_KINDS; kind++)
        run->to[kind] = portal_ctl_files_at(run->files, run->bundle ? 0 : kind);
    return 0;
}

/* A second connection, since the first one is in the middle of its view. */
static int open_second(run_t *run)
{
    portal_ctl_t *ctl = run->ctl;
    const char *error = NULL;

    if (portal_ctl_connect(&run->connection, ctl->options.driver, ctl->options.params,
                           &error, ctl->pool) != APR_SUCCESS ||
        portal_ctl_store(&run->store, &run->connection, ctl->keys, &error))
        return portal_ctl_fail(ctl, PORTAL_CTL_NOT, "%s", error);
    return 0;
}

/* ---- what the store calls ---- */

/* Before the first byte: no audit, no export. */
static apr_status_t begin(void *baton, const portal_export_t *e, apr_pool_t *pool)
{
    run_t *run = baton;
    const portal_ctl_t *ctl = run->ctl;
    portal_export_note_t note = {e, run->bundle ? "bundle" : "ndjson",
                                 ctl->options.out ? ctl->options.out : ""};
    apr_status_t rv = portal_store_write(&run->store, &ctl->actor, ctl->now,
                                         portal_export_note, &note, pool);

    if (rv != APR_SUCCESS) {
        portal_ctl_fail(run->ctl, PORTAL_CTL_NOT,
                        "the audit trail cannot be written; nothing was exported");
        return rv;
    }
    for (int kind = 0; kind < PORTAL_EXPORT_KINDS; kind++)
        run->all += e->count[kind];
    if (run->bundle)
        fprintf(run->to[0],
                "{\"resourceType\":\"Bundle\",\"type\":\"collection\",\"timestamp\":"
                "\"%s\"",
                portal_time_text(ctl->now, pool));
    return APR_SUCCESS;
}

static apr_int64_t written(const run_t *run)
{
    apr_int64_t sum = 0;

    for (int kind = 0; kind < PORTAL_EXPORT_KINDS; kind++)
        sum += run->written[kind];
    return sum;
}

static void write_entry(run_t *run, const portal_export_one_t *one)
{
    fprintf(run->to[0], "%s\n{\"fullUrl\":\"" PORTAL_FHIR_BASE "/%s/%s\",\"resource\":",
            written(run) ? "," : ",\"entry\":[", portal_export_types[one->kind], one->id);
    fputs(one->text, run->to[0]);
    putc('}', run->to[0]);
}

static void refuse(run_t *run, const portal_export_one_t *one)
{
    static const char reason[] = "what is stored cannot be read with this secret";
    const char *type = portal_export_types[one->kind];

    json_array_append_new(run->refused, json_pack("{s:o, s:s}", "where",
                                                  json_sprintf("%s/%s", type, one->id),
                                                  "reason", reason));
    fprintf(stderr, "portalctl: %s/%s: %s\n", type, one->id, reason);
}

/* A bar would stand between the lines where both go to one terminal. */
static void show(run_t *run)
{
    if (run->files || !isatty(STDOUT_FILENO))
        portal_ctl_progress(run->ctl, "exporting", run->done, run->all);
}

static apr_status_t take(void *baton, const portal_export_one_t *one, apr_pool_t *pool)
{
    run_t *run = baton;
    FILE *to = run->to[one->kind];

    (void)pool;
    run->done++;
    show(run);
    if (!one->text) {
        refuse(run, one);
        return APR_SUCCESS;
    }
    if (run->bundle) {
        write_entry(run, one);
    } else {
        fputs(one->text, to);
        putc('\n', to);
    }
    run->written[one->kind]++;
    return ferror(to) ? APR_EGENERAL : APR_SUCCESS;
}

/* ---- the answer ---- */

static int finish(run_t *run)
{
    portal_ctl_t *ctl = run->ctl;
    const char *error = NULL;

    if (run->bundle)
        fputs(written(run) ? "\n]}\n" : "}\n", run->to[0]);
    if (run->files && portal_ctl_files_keep(run->files, &error) != APR_SUCCESS)
        return portal_ctl_fail(ctl, PORTAL_CTL_NOT, "%s; nothing was exported", error);
    return json_array_size(run->refused) ? PORTAL_CTL_NOT : PORTAL_CTL_DONE;
}

static void tell(run_t *run)
{
    portal_ctl_t *ctl = run->ctl;
    const char *next = portal_time_text(ctl->now - OVERLAP, ctl->pool);
    json_t *counts = json_object();

    for (int kind = 0; kind < PORTAL_EXPORT_KINDS; kind++) {
        json_object_set_new(counts, portal_export_types[kind],
                            json_integer(run->written[kind]));
        if (run->files)
            portal_ctl_say(ctl, "%s: %" APR_INT64_T_FMT, portal_export_types[kind],
                           run->written[kind]);
    }
    portal_ctl_set(ctl, "exported", counts);
    portal_ctl_set(ctl, "next_since", json_string(next));
    if (run->files)
        portal_ctl_say(ctl, "what changes from now on: export --since %s", next);
}

static int is_output_bad(const run_t *run)
{
    for (int kind = 0; kind < PORTAL_EXPORT_KINDS; kind++)
        if (ferror(run->to[kind]))
            return 1;
    return 0;
}

static int read_all(run_t *run)
{
    portal_ctl_t *ctl = run->ctl;
    apr_status_t rv = portal_store_read(&ctl->store, &ctl->actor, ctl->now, portal_export,
                                        &run->e, ctl->pool);

    if (rv == APR_SUCCESS && !run->e.found)
        return portal_ctl_fail(ctl, PORTAL_CTL_NOT, "there is no binder with this mrn");
    if (rv == APR_SUCCESS)
        return 0;
    if (json_object_get(ctl->result, "error"))
        return PORTAL_CTL_NOT;
    return portal_ctl_fail(ctl, PORTAL_CTL_NOT, "%s",
                           is_output_bad(run)
                               ? "the output could not be written"
                               : "the database cannot be read; the export is not whole");
}

int portal_ctl_export(portal_ctl_t *ctl)
{
    run_t run = {.ctl = ctl, .refused = json_array()};
    int code;

    run.e = (portal_export_t){.mrn = "", .begin = begin, .take = take, .baton = &run};
    portal_ctl_set(ctl, "refused", run.refused);
    code = take_options(&run);
    if (!code)
        code = open_output(&run);
    if (!code)
        code = portal_ctl_keys(ctl, 1);
    if (!code)
        code = portal_ctl_open_store(ctl);
    if (!code)
        code = open_second(&run);
    if (!code)
        code = read_all(&run);
    if (code)
        return code;
    code = finish(&run);
    if (code == PORTAL_CTL_DONE || json_array_size(run.refused))
        tell(&run);
    return code;
}
