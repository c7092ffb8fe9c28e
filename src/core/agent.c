/* SPDX-License-Identifier: Apache-2.0 */
#include "core/agent.h"

#include <stddef.h>
#include <string.h>

typedef struct {
    const char *sign, *word;
} sign_t;

/* Browsers name those they want to be taken for as well, so the first that is found counts. */
static const sign_t browsers[] = {{"Edg/", "edge"},
                                  {"EdgA/", "edge"},
                                  {"EdgiOS/", "edge"},
                                  {"OPR/", "opera"},
                                  {"SamsungBrowser/", "samsung"},
                                  {"Firefox/", "firefox"},
                                  {"FxiOS/", "firefox"},
                                  {"CriOS/", "chrome"},
                                  {"Chrome/", "chrome"},
                                  {"Chromium/", "chrome"},
                                  {"Safari/", "safari"},
                                  {NULL, "other"}};
static const sign_t systems[] = {{"iPhone", "ios"},      {"iPad", "ipados"},
                                 {"Android", "android"}, {"Windows", "windows"},
                                 {"CrOS", "chromeos"},   {"Macintosh", "macos"},
                                 {"Linux", "linux"},     {NULL, "other"}};

static const char *first_of(const sign_t *signs, const char *header)
{
    while (signs->sign && !strstr(header, signs->sign))
        signs++;
    return signs->word;
}

portal_agent_t portal_agent(const char *header)
{
    const char *text = header ? header : "";

    return (portal_agent_t){first_of(browsers, text), first_of(systems, text)};
}
