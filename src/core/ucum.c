/* SPDX-License-Identifier: Apache-2.0 */
/* Units that can be counted in each other; see ucum.h. */
#include "core/ucum.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Of each kind of measure the size in its first unit. */
static const struct {
    const char *code;
    char measure;
    double size;
} units[] = {
    {"g", 'm', 1},
    {"kg", 'm', 1e3},
    {"mg", 'm', 1e-3},
    {"ug", 'm', 1e-6},
    {"t", 'm', 1e6},
    {"[lb_av]", 'm', 453.59237},
    {"[oz_av]", 'm', 28.349523125},
    {"[stone_av]", 'm', 6350.29318},
    {"m", 'l', 1},
    {"km", 'l', 1e3},
    {"dm", 'l', 0.1},
    {"cm", 'l', 0.01},
    {"mm", 'l', 1e-3},
    {"um", 'l', 1e-6},
    {"[in_i]", 'l', 0.0254},
    {"[ft_i]", 'l', 0.3048},
    {"[mi_i]", 'l', 1609.344},
    {"L", 'v', 1},
    {"l", 'v', 1},
    {"dL", 'v', 0.1},
    {"cL", 'v', 0.01},
    {"mL", 'v', 1e-3},
    {"ml", 'v', 1e-3},
    {"uL", 'v', 1e-6},
    {"kPa", 'p', 1e3},
    {"Pa", 'p', 1},
    {"mm[Hg]", 'p', 133.322387415},
    {"s", 't', 1},
    {"min", 't', 60},
    {"h", 't', 3600},
    {"d", 't', 86400},
    {"wk", 't', 604800},
    {"ms", 't', 1e-3},
    {"J", 'e', 1},
    {"kJ", 'e', 1e3},
    {"kcal", 'e', 4184},
    {"cal", 'e', 4.184},
    {"mmol/L", 'c', 1},
    {"umol/L", 'c', 1e-3},
    {"mol/L", 'c', 1e3},
    {"g/L", 'd', 1},
    {"g/dL", 'd', 10},
    {"mg/dL", 'd', 0.01},
    {"mg/L", 'd', 1e-3},
    {"%", 'r', 0.01},
    {"1", 'r', 1},
};

/* Codes that nobody writes by hand. */
static const struct {
    const char *code, *words;
} signs[] = {
    {"[in_i]", "in"},
    {"[ft_i]", "ft"},
    {"[mi_i]", "mi"},
    {"[lb_av]", "lb"},
    {"[oz_av]", "oz"},
    {"[stone_av]", "st"},
    {"mm[Hg]", "mmHg"},
    {"Cel", "°C"},
    {"[degF]", "°F"},
    {"ug", "µg"},
    {"um", "µm"},
    {"uL", "µL"},
    {"umol/L", "µmol/L"},
    {"kg/m2", "kg/m²"},
    {"{beats}/min", "/min"},
    {"[lb_av]/[in_i]2", "lb/in²"},
};

const char *portal_ucum_words(const char *code)
{
    for (size_t i = 0; i < sizeof signs / sizeof *signs; i++)
        if (strcmp(signs[i].code, code) == 0)
            return signs[i].words;
    return code;
}

static bool find(const char *code, char *measure, double *size)
{
    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if (strcmp(units[i].code, code) == 0) {
            *measure = units[i].measure;
            *size = units[i].size;
            return true;
        }
    return false;
}

bool portal_ucum_order(const char *a, const char *a_unit, const char *b,
                       const char *b_unit, int *order)
{
    char a_measure, b_measure;
    double x, y;

    *order = 0;
    if (!find(a_unit, &a_measure, &x) || !find(b_unit, &b_measure, &y) ||
        a_measure != b_measure)
        return false;
    x *= strtod(a, NULL);
    y *= strtod(b, NULL);
    if (fabs(x - y) > 1e-12 * fmax(fabs(x), fabs(y)))
        *order = x < y ? -1 : 1;
    return true;
}
