/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Units of UCUM, in words, and those that can be counted in each other: masses, lengths, volumes,
 * pressures, spans of time and energies that forms ask for. Those with another zero (Cel, [degF]) are not among them,
 * nor are months and years, which have no one length.
 */
#ifndef PORTAL_UCUM_H
#define PORTAL_UCUM_H

#include <stdbool.h>

/* A unit as a person writes it: "lb" for "[lb_av]". The code itself where that says it, or where none
 * is known here. Static, or the argument. */
const char *portal_ucum_words(const char *code);

/*
 * Which of two quantities is more: *order <0, 0, >0. a and b are numbers by the JSON grammar, a_unit
 * and b_unit codes of UCUM. False: the two cannot be counted in each other. Numbers that agree in
 * twelve digits are the same.
 */
bool portal_ucum_order(const char *a, const char *a_unit, const char *b,
                       const char *b_unit, int *order);

#endif
