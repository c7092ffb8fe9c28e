/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Checks a form as a whole, after its items are read: that types and members go together,
 * and what the portal cannot ask yet. A question that cannot be asked is left out when it is
 * optional and nothing depends on it; otherwise the form is refused, since it could not be
 * filled in without harm.
 */
#include "core/form_loader.h"

#include <apr_strings.h>
#include <string.h>

#define WARN PORTAL_FAULT_WARN
#define REFUSE PORTAL_FAULT_REFUSE

static void check_shape(portal_form_loader_t *l, portal_item_t *item)
{
    if (item->type == PORTAL_ITEM_DISPLAY && item->items->nelts)
        portal_form_fault(
            l, REFUSE, item->link_id, "display-with-items",
            "A display has no answer and can hold no items; make it a group.");
    if (item->type == PORTAL_ITEM_DISPLAY && (item->required || item->repeats)) {
        portal_form_fault(l, WARN, item->link_id, "required-display",
                          "A display cannot be required or repeat; that is ignored.");
        item->required = item->repeats = false;
    }
    if (item->type == PORTAL_ITEM_GROUP && !item->items->nelts)
        portal_form_fault(l, WARN, item->link_id, "empty-group",
                          "The group holds no items.");
    if (item->type == PORTAL_ITEM_BOOLEAN && item->repeats) {
        portal_form_fault(l, WARN, item->link_id, "repeating-boolean",
                          "A yes/no question cannot repeat; it is asked once.");
        item->repeats = false;
    }
    if (!portal_item_is_question(item) && item->options->nelts)
        portal_form_fault(l, WARN, item->link_id, "options-without-question",
                          "Only questions have answer options; they are ignored.");
}

static void check_options(portal_form_loader_t *l, const portal_item_t *item)
{
    if (item->options->nelts && portal_item_is_question(item) &&
        !portal_item_is_choice(item))
        portal_form_fault(l, WARN, item->link_id, "options-on-type",
                          "FHIR R4 allows answer options on choice and open-choice only; "
                          "the %s is asked as a choice among them.",
                          portal_item_type_name(item->type));
    if (!item->options->nelts && item->unbound_why &&
        item->type == PORTAL_ITEM_OPEN_CHOICE)
        portal_form_fault(l, WARN, item->link_id, "value-set-missing",
                          "The choices are in %s. The open choice is asked as a text.",
                          item->unbound_why);
    if (!item->options->nelts && !item->unbound && item->type == PORTAL_ITEM_OPEN_CHOICE)
        portal_form_fault(l, WARN, item->link_id, "choice-without-options",
                          "The open choice has no options; it is asked as a text.");
}

bool portal_form_is_compared(const portal_form_t *form, const portal_item_t *question)
{
    for (int i = 0; i < form->all->nelts; i++) {
        const portal_item_t *item = portal_item_at(form->all, i);
        for (int k = 0; k < item->conditions->nelts; k++) {
            const portal_condition_t *c =
                &APR_ARRAY_IDX(item->conditions, k, portal_condition_t);
            if (c->item == question && c->op != PORTAL_OPERATOR_EXISTS)
                return true;
        }
    }
    return false;
}

/* Why an item cannot be asked, or NULL. A choice whose value set is not at hand is asked in words
 * when nothing hangs on its codes; a required one is an error of the form, never an empty list. */
static const char *not_yet(const portal_form_loader_t *l, const portal_item_t *item)
{
    if (item->type == PORTAL_ITEM_ATTACHMENT)
        return "Not supported yet: this item type";
    if (item->type == PORTAL_ITEM_REFERENCE)
        return portal_form_is_compared(l->form, item)
                   ? "A reference is answered in words, and a condition compares it"
                   : NULL;
    if (item->type != PORTAL_ITEM_CHOICE || item->options->nelts)
        return NULL;
    if (!item->unbound_why)
        return "The choice has no options to choose from; list them as answerOption";
    if (!item->required && !portal_form_is_compared(l->form, item))
        return NULL;
    return apr_pstrcat(l->pool, "The choices are in ", item->unbound_why, ". ",
                       item->unbound_mend, ", or list them as answerOption", NULL);
}

/* What is asked in the patient's own words, since there is nothing to choose from. */
static void say_words(portal_form_loader_t *l, const portal_item_t *item)
{
    if (item->hidden || item->read_only || item->unsupported)
        return;
    if (item->type == PORTAL_ITEM_CHOICE && portal_form_in_words(item))
        portal_form_fault(
            l, WARN, item->link_id, "value-set-missing",
            "The choices are in %s. It is asked in the patient's own words, "
            "and the answer has no code. %s, or list them as answerOption.",
            item->unbound_why, item->unbound_mend);
    if (item->type == PORTAL_ITEM_REFERENCE)
        portal_form_fault(
            l, WARN, item->link_id, "reference-in-words",
            "A reference is asked for in the patient's own words: the answer "
            "has a display, and no address.");
}

/* An item outside of `top` whose condition asks for something in it, or NULL. */
static const portal_item_t *dependent(const portal_form_t *form, const portal_item_t *top)
{
    for (int i = 0; i < form->all->nelts; i++) {
        const portal_item_t *item = portal_item_at(form->all, i);
        for (int k = 0; k < item->conditions->nelts && !portal_item_within(item, top);
             k++) {
            const portal_item_t *asked =
                APR_ARRAY_IDX(item->conditions, k, portal_condition_t).item;
            if (asked && portal_item_within(asked, top))
                return item;
        }
    }
    return NULL;
}

static bool demands(const portal_item_t *item)
{
    if (item->required && !item->read_only && !item->hidden)
        return true;
    for (int i = 0; i < item->items->nelts; i++)
        if (demands(portal_item_at(item->items, i)))
            return true;
    return false;
}

static void leave_out(portal_item_t *item)
{
    item->unsupported = true;
    for (int i = 0; i < item->items->nelts; i++)
        leave_out(portal_item_at(item->items, i));
}

static void check_support(portal_form_loader_t *l, portal_item_t *item)
{
    const char *why = not_yet(l, item), *type = portal_item_type_name(item->type),
               *code = item->type == PORTAL_ITEM_CHOICE && !item->unbound &&
                               !item->options->nelts
                           ? "choice-without-options"
                       : item->unbound_why ? "value-set-missing"
                                           : "not-supported";
    const portal_item_t *other;

    if (item->unsupported)
        leave_out(item);
    if (!why)
        say_words(l, item);
    if (!why || item->unsupported || item->hidden || item->read_only)
        return;
    other = dependent(l->form, item);
    if (other)
        portal_form_fault(
            l, REFUSE, item->link_id, code,
            "%s (%s). It cannot be left out, since the item \"%s\" depends on "
            "it.",
            why, type, other->link_id);
    else if (demands(item))
        portal_form_fault(l, REFUSE, item->link_id, code,
                          "%s (%s). It cannot be left out, since it is required. Make it "
                          "optional or ask for it in another way.",
                          why, type);
    else
        portal_form_fault(l, WARN, item->link_id, code,
                          "%s (%s). The form is used without this item.", why, type);
    leave_out(item);
}

/* Rule 9 must not block a form for ever. */
static void check_required(portal_form_loader_t *l, const portal_item_t *item)
{
    if (!item->required || !portal_item_is_question(item))
        return;
    if ((item->read_only || item->hidden) && !item->initial->nelts)
        portal_form_fault(l, WARN, item->link_id, "required-but-closed",
                          "The question is required, but patients cannot answer it (%s); "
                          "its answer is not demanded.",
                          item->calculated ? "it is calculated"
                          : item->hidden   ? "it is hidden"
                                           : "it is read-only");
    else if (item->type == PORTAL_ITEM_BOOLEAN && !item->unsupported && !item->consent)
        portal_form_fault(
            l, PORTAL_FAULT_INFO, item->link_id, "required-boolean",
            "\"No\" also answers a required yes/no question. For a consent, "
            "ask for a signature of consent on it, or use a required choice with agree "
            "and "
            "decline.");
}

/* A form is for its questions: with most of them left out it is another form. */
static void check_rest(portal_form_loader_t *l)
{
    int asked = 0, left_out = 0;

    for (int i = 0; i < l->form->all->nelts; i++) {
        const portal_item_t *item = portal_item_at(l->form->all, i);
        if (!portal_item_is_question(item) || item->hidden || item->read_only)
            continue;
        left_out += item->unsupported;
        asked += !item->unsupported;
    }
    if (!asked)
        portal_form_fault(
            l, REFUSE, NULL, "nothing-to-ask",
            "The form holds no question that the portal can ask a patient.");
    else if (left_out > asked)
        portal_form_fault(
            l, REFUSE, NULL, "mostly-left-out",
            "The portal would have to leave out %d of %d questions, which are "
            "named above.",
            left_out, left_out + asked);
}

void portal_form_lint(portal_form_loader_t *l)
{
    const apr_array_header_t *all = l->form->all;

    for (int i = 0; i < all->nelts; i++) {
        portal_item_t *item = portal_item_at(all, i);
        check_shape(l, item);
        check_options(l, item);
        portal_form_check_values(l, item);
        check_required(l, item);
    }
    portal_form_join_conditions(l);
    portal_form_join_expressions(l);
    for (int i = 0; i < all->nelts; i++)
        check_support(l, portal_item_at(all, i));
    if (!l->refused)
        check_rest(l);
}
