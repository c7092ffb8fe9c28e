/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How a form asks for its items to be shown: nothing here changes what is answered.
 */
#ifndef PORTAL_FORM_CONTROL_H
#define PORTAL_FORM_CONTROL_H

/* What an item is shown as (extension questionnaire-itemControl). */
typedef enum {
    PORTAL_CONTROL_NONE,
    PORTAL_CONTROL_RADIO,
    PORTAL_CONTROL_CHECK_BOX,
    PORTAL_CONTROL_DROP_DOWN,
    PORTAL_CONTROL_TABLE,  /* table and gtable */
    PORTAL_CONTROL_HELP,   /* words that are shown when they are asked for */
    PORTAL_CONTROL_HINT,   /* prompt and flyover: words beside the field */
    PORTAL_CONTROL_PAGE,   /* a group that is a page of its own */
    PORTAL_CONTROL_UNIT,   /* a display that names the unit of the question above */
    PORTAL_CONTROL_SLIDER, /* a number on a scale */
    PORTAL_CONTROL_LOWER,
    PORTAL_CONTROL_UPPER, /* displays that name the ends of the scale above */
    PORTAL_CONTROL_OTHER
} portal_item_control_t;

/* What a display is about (extension questionnaire-displayCategory). */
typedef enum {
    PORTAL_CATEGORY_NONE,
    PORTAL_CATEGORY_INSTRUCTIONS,
    PORTAL_CATEGORY_SECURITY,
    PORTAL_CATEGORY_HELP,
    PORTAL_CATEGORY_LEGAL
} portal_category_t;

#endif
