/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Known devices: browsers in which a patient has signed in with a password of their own. A device is
 * the random value of a cookie, of which only the hash comes here. It opens nothing; what it does is
 * that wrong guesses from elsewhere cost this patient on this device no wait (store/throttle.h;
 * NIST SP 800-63B-4 section 3.2.2 allows such signals against malicious lockout).
 *
 * All of them are forgotten whenever the password is replaced, and each a year after its last use.
 */
#ifndef PORTAL_STORE_DEVICE_H
#define PORTAL_STORE_DEVICE_H

#include "store/store.h"

/* A patient has so many at most: the one not used for longest makes room. */
#define PORTAL_DEVICES_MAX 20
/* How long one is known after its last use. */
#define PORTAL_DEVICE_KEPT apr_time_from_sec(365 * 86400)

/* *known: 1 when the device is this binder's. "" is no device and no binder. */
apr_status_t portal_device_known(portal_tx_t *tx, const char *binder_id,
                                 const char *token_hash, int *known);

/* Where a try comes from: *source becomes the device when it is the patient's own, and stays the network
 * or address that it was when not. */
apr_status_t portal_device_place(portal_tx_t *tx, const char *binder_id,
                                 const char *token_hash, int *known, const char **source);

/* The patient signed in with it just now. */
apr_status_t portal_device_remember(portal_tx_t *tx, const char *binder_id,
                                    const char *token_hash);

/* The password was replaced: no device of this binder is known any more. */
apr_status_t portal_device_forget_all(portal_tx_t *tx, const char *binder_id);

#endif
