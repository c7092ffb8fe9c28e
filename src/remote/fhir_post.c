/* SPDX-License-Identifier: Apache-2.0 */
#include <apr_strings.h>
#include <curl/curl.h>
#include <string.h>

#include "core/fhir_bundle.h"
#include "core/secret.h"
#include "remote/fhir_post.h"

#define BODY_MAX 65536 /* of an answer; what is longer is heard and not kept */
#define LONGEST_WAIT apr_time_from_sec(86400)

typedef struct {
    char *text;
    apr_size_t len;
} body_t;

static size_t hear(char *bytes, size_t size, size_t count, void *data)
{
    body_t *body = data;
    apr_size_t n = size * count, room = BODY_MAX - body->len;

    memcpy(body->text + body->len, bytes, n < room ? n : room);
    body->len += n < room ? n : room;
    return size * count;
}

/* ---- what is asked ---- */

static void set_server(CURL *curl, const portal_fhir_server_t *server)
{
    curl_easy_setopt(curl, CURLOPT_URL, server->url);
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "https");
    curl_easy_setopt(curl, CURLOPT_PROXY, "");
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_FORBID_REUSE, 1L);
    curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(
        curl, CURLOPT_TIMEOUT_MS,
        (long)apr_time_as_msec(server->total ? server->total : PORTAL_FHIR_TOTAL));
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS,
                     (long)apr_time_as_msec(PORTAL_FHIR_CONNECT));
    curl_easy_setopt(curl, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 1L);
    curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 2L);
    if (server->ca_file) {
        curl_easy_setopt(curl, CURLOPT_CAINFO, server->ca_file);
        curl_easy_setopt(curl, CURLOPT_CAPATH, NULL);
    }
    if (server->token) {
        curl_easy_setopt(curl, CURLOPT_HTTPAUTH, (long)CURLAUTH_BEARER);
        curl_easy_setopt(curl, CURLOPT_XOAUTH2_BEARER, server->token);
    } else if (server->user) {
        curl_easy_setopt(curl, CURLOPT_HTTPAUTH, (long)CURLAUTH_BASIC);
        curl_easy_setopt(curl, CURLOPT_USERNAME, server->user);
        curl_easy_setopt(curl, CURLOPT_PASSWORD,
                         server->password ? server->password : "");
    }
}

static struct curl_slist *headers_of(void)
{
    static const char *const lines[] = {"Content-Type: application/fhir+json",
                                        "Accept: application/fhir+json",
                                        "Prefer: return=minimal",
                                        "Expect:",
                                        "User-Agent: mod_portal",
                                        NULL};
    struct curl_slist *list = NULL, *longer;

    for (int i = 0; lines[i]; i++) {
        longer = curl_slist_append(list, lines[i]);
        if (!longer) {
            curl_slist_free_all(list);
            return NULL;
        }
        list = longer;
    }
    return list;
}

/* ---- what came back ---- */

static portal_fhir_result_t failed(portal_fhir_fate_t fate, const char *reason, int code)
{
    return (portal_fhir_result_t){
        .fate = fate, .reason = reason, .code = code, .issue = ""};
}

static portal_fhir_result_t no_answer(CURLcode rc)
{
    switch (rc) {
    case CURLE_OPERATION_TIMEDOUT:
        return failed(PORTAL_FHIR_TEMPORARY, "slow", 0);
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_USE_SSL_FAILED:
        return failed(PORTAL_FHIR_TEMPORARY, "tls", 0);
    case CURLE_OUT_OF_MEMORY:
    case CURLE_FAILED_INIT:
    case CURLE_URL_MALFORMAT:
    case CURLE_UNSUPPORTED_PROTOCOL:
        return failed(PORTAL_FHIR_TEMPORARY, "ours", 0);
    default:
        return failed(PORTAL_FHIR_TEMPORARY, "unreachable", 0);
    }
}

/* 2xx is only good when a FHIR server said it: a page of something between us is not. An answer
 * without a body, or one too long to be kept, is taken at its word. */
static int is_good(const body_t *body, const portal_fhir_answer_t *answer)
{
    return !body->len || body->len == BODY_MAX || answer->done;
}

static int is_temporary(long code)
{
    return code >= 500 || code < 400 || code == 401 || code == 403 || code == 404 ||
           code == 405 || code == 407 || code == 408 || code == 409 || code == 410 ||
           code == 425 || code == 429;
}

static portal_fhir_result_t judge(long code, const body_t *body, apr_pool_t *pool)
{
    portal_fhir_answer_t answer = portal_fhir_answer_read(body->text, body->len, pool);
    portal_fhir_result_t r = failed(PORTAL_FHIR_PERMANENT, "said", (int)code);

    if (code >= 200 && code < 300 && is_good(body, &answer))
        r = failed(PORTAL_FHIR_TAKEN, "", (int)code);
    else if (code >= 200 && code < 300)
        r = failed(PORTAL_FHIR_TEMPORARY, "answer", (int)code);
    else if (code == 401 || code == 403 || code == 407)
        r = failed(PORTAL_FHIR_TEMPORARY, "login", (int)code);
    else if (is_temporary(code))
        r.fate = PORTAL_FHIR_TEMPORARY;
    if (r.fate != PORTAL_FHIR_TAKEN)
        r.issue = answer.issue;
    return r;
}

/* Seconds, or a date (RFC 9110 section 10.2.3). */
static apr_interval_time_t wait_of(CURL *curl)
{
    curl_off_t seconds = 0;
    apr_interval_time_t wait;

    if (curl_easy_getinfo(curl, CURLINFO_RETRY_AFTER, &seconds) != CURLE_OK ||
        seconds < 0)
        return 0;
    wait =
        seconds > apr_time_sec(LONGEST_WAIT) ? LONGEST_WAIT : apr_time_from_sec(seconds);
    return wait;
}

portal_fhir_result_t portal_fhir_post(const portal_fhir_server_t *server,
                                      const char *bundle, apr_pool_t *pool)
{
    body_t body = {apr_palloc(pool, BODY_MAX), 0};
    struct curl_slist *headers = headers_of();
    CURL *curl = curl_easy_init();
    portal_fhir_result_t result = failed(PORTAL_FHIR_TEMPORARY, "ours", 0);
    long code = 0;
    CURLcode rc;

    portal_secret_wipe_with(body.text, BODY_MAX, pool);
    if (curl && headers) {
        set_server(curl, server);
        curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
        curl_easy_setopt(curl, CURLOPT_POSTFIELDS, bundle);
        curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)strlen(bundle));
        curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, hear);
        curl_easy_setopt(curl, CURLOPT_WRITEDATA, &body);
        rc = curl_easy_perform(curl);
        if (rc == CURLE_OK)
            rc = curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &code);
        result = rc == CURLE_OK ? judge(code, &body, pool) : no_answer(rc);
        if (rc == CURLE_OK && result.fate == PORTAL_FHIR_TEMPORARY)
            result.wait = wait_of(curl);
    }
    curl_easy_cleanup(curl);
    curl_slist_free_all(headers);
    return result;
}
