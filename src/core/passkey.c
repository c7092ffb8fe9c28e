/* SPDX-License-Identifier: Apache-2.0 */
#include <apr_strings.h>
#include <fido.h>
#include <fido/eddsa.h>
#include <fido/es256.h>
#include <fido/rs256.h>
#include <jansson.h>
#include <sodium.h>
#include <string.h>

#include "core/passkey.h"

#define MAC_LENGTH (PORTAL_MAC_SIZE - 1)
#define TIME_LENGTH 18
#define CHALLENGE_LENGTH (MAC_LENGTH + PORTAL_ID_LENGTH + TIME_LENGTH)
#define MOST 8192 /* bytes of any one part */

/* Authenticator data, section 6.1: hash of the RP id, flags, counter, and the new credential. */
#define FLAGS_AT 32
#define USER_PRESENT 0x01
#define USER_VERIFIED 0x04
#define HAS_CREDENTIAL 0x40

typedef struct {
    unsigned char *data;
    size_t len;
} bytes_t;

static int decode(bytes_t *out, const char *text, apr_pool_t *pool)
{
    size_t len = strlen(text);

    if (!len || len > MOST)
        return 0;
    out->data = apr_palloc(pool, len);
    return sodium_base642bin(out->data, len, text, len, NULL, &out->len, NULL,
                             sodium_base64_VARIANT_URLSAFE_NO_PADDING) == 0;
}

static const char *encode(const unsigned char *data, size_t len, apr_pool_t *pool)
{
    size_t room =
        sodium_base64_encoded_len(len, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    char *text = apr_palloc(pool, room);

    return sodium_bin2base64(text, room, data, len,
                             sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

/* ---- challenges: keyed hash, random id, time; a multiple of four letters of base64url ---- */

static apr_status_t mac_of(char mac[PORTAL_MAC_SIZE], const portal_passkey_site_t *site,
                           unsigned key, const char *rest, apr_pool_t *pool)
{
    const char *what = apr_pstrcat(pool, "passkey challenge ", rest, NULL);

    return portal_keyring_mac(mac, site->keys, PORTAL_KEY_FACTOR, key, what,
                              strlen(what));
}

const char *portal_passkey_challenge(const portal_passkey_site_t *site, apr_pool_t *pool)
{
    const char *rest = apr_psprintf(pool, "%s%018" APR_UINT64_T_HEX_FMT,
                                    portal_id_make(pool), (apr_uint64_t)site->now);
    char mac[PORTAL_MAC_SIZE];

    (void)mac_of(mac, site, 0, rest, pool);
    return apr_pstrcat(pool, mac, rest, NULL);
}

static int is_ours(const portal_passkey_site_t *site, const char *challenge,
                   apr_pool_t *pool)
{
    char mac[PORTAL_MAC_SIZE];
    unsigned key;
    apr_time_t made;

    if (strlen(challenge) != CHALLENGE_LENGTH)
        return 0;
    made = apr_strtoi64(challenge + CHALLENGE_LENGTH - TIME_LENGTH, NULL, 16);
    if (made > site->now || made <= site->now - PORTAL_PASSKEY_PATIENCE)
        return 0;
    for (apr_size_t i = 0; (key = portal_keyring_each(site->keys, PORTAL_KEY_FACTOR, i));
         i++)
        if (mac_of(mac, site, key, challenge + MAC_LENGTH, pool) == APR_SUCCESS &&
            !sodium_memcmp(mac, challenge, MAC_LENGTH))
            return 1;
    return 0;
}

/* ---- what both ceremonies check ---- */

static int is_string(const json_t *object, const char *name, const char *value)
{
    const char *is = json_string_value(json_object_get(object, name));
    return is && !strcmp(is, value);
}

/* 1: it says that it is this kind of answer, to a challenge of ours, on our own pages. */
static int check_client(const portal_passkey_site_t *site, const bytes_t *raw,
                        const char *type, const char **challenge, apr_pool_t *pool)
{
    json_t *client =
        json_loadb((const char *)raw->data, raw->len, JSON_REJECT_DUPLICATES, NULL);
    const char *said = json_string_value(json_object_get(client, "challenge"));
    int right = said && is_string(client, "type", type) &&
                is_string(client, "origin", site->origin) &&
                !json_is_true(json_object_get(client, "crossOrigin"));

    *challenge = right ? apr_pstrdup(pool, said) : NULL;
    json_decref(client);
    return right && is_ours(site, *challenge, pool);
}

/* 1: made for this host, by a user who was there and was verified. */
static int check_authenticator(const portal_passkey_site_t *site, const bytes_t *data,
                               unsigned flags)
{
    unsigned char hash[crypto_hash_sha256_BYTES];

    if (data->len <= FLAGS_AT)
        return 0;
    crypto_hash_sha256(hash, (const unsigned char *)site->rp_id, strlen(site->rp_id));
    return !memcmp(hash, data->data, sizeof(hash)) &&
           (data->data[FLAGS_AT] & flags) == flags;
}

/* ---- a new one ---- */

/* `ALGORITHM ID KEY` of the credential in this data, when it is of this algorithm; else NULL. */
static const char *read_as(const bytes_t *data, int algorithm, apr_pool_t *pool)
{
    fido_cred_t *made = fido_cred_new();
    const char *kept = NULL;

    if (made && fido_cred_set_type(made, algorithm) == FIDO_OK &&
        fido_cred_set_authdata_raw(made, data->data, data->len) == FIDO_OK &&
        fido_cred_pubkey_len(made) && fido_cred_id_len(made))
        kept = apr_psprintf(
            pool, "%d %s %s", algorithm,
            encode(fido_cred_id_ptr(made), fido_cred_id_len(made), pool),
            encode(fido_cred_pubkey_ptr(made), fido_cred_pubkey_len(made), pool));
    fido_cred_free(&made);
    return kept;
}

int portal_passkey_made(const char **kept, const char **challenge,
                        const portal_passkey_site_t *site,
                        const portal_passkey_answer_t *answer, apr_pool_t *pool)
{
    static const int algorithms[] = {COSE_ES256, COSE_EDDSA, COSE_RS256};
    bytes_t client, data;

    *kept = NULL;
    if (!decode(&client, answer->client_data, pool) ||
        !decode(&data, answer->authenticator_data, pool) ||
        !check_client(site, &client, "webauthn.create", challenge, pool) ||
        !check_authenticator(site, &data, USER_PRESENT | USER_VERIFIED | HAS_CREDENTIAL))
        return 0;
    for (unsigned i = 0; !*kept && i < sizeof(algorithms) / sizeof(*algorithms); i++)
        *kept = read_as(&data, algorithms[i], pool);
    return *kept != NULL;
}

/* ---- one that is used ---- */

typedef struct {
    int algorithm;
    const char *id;
    bytes_t key;
} kept_t;

static int read_kept(kept_t *out, const char *kept, apr_pool_t *pool)
{
    char *rest = NULL, *all = apr_pstrdup(pool, kept);
    const char *algorithm = apr_strtok(all, " ", &rest), *key;

    out->id = algorithm ? apr_strtok(NULL, " ", &rest) : NULL;
    key = out->id ? apr_strtok(NULL, " ", &rest) : NULL;
    if (!key)
        return 0;
    out->algorithm = (int)apr_atoi64(algorithm);
    return decode(&out->key, key, pool);
}

static int verify(const fido_assert_t *used, const kept_t *kept)
{
    es256_pk_t *es256 = es256_pk_new();
    eddsa_pk_t *eddsa = eddsa_pk_new();
    rs256_pk_t *rs256 = rs256_pk_new();
    const unsigned char *key = kept->key.data;
    const void *as = NULL;

    if (kept->algorithm == COSE_ES256 && es256 &&
        es256_pk_from_ptr(es256, key, kept->key.len) == FIDO_OK)
        as = es256;
    if (kept->algorithm == COSE_EDDSA && eddsa &&
        eddsa_pk_from_ptr(eddsa, key, kept->key.len) == FIDO_OK)
        as = eddsa;
    if (kept->algorithm == COSE_RS256 && rs256 &&
        rs256_pk_from_ptr(rs256, key, kept->key.len) == FIDO_OK)
        as = rs256;
    int right = as && fido_assert_verify(used, 0, kept->algorithm, as) == FIDO_OK;
    es256_pk_free(&es256);
    eddsa_pk_free(&eddsa);
    rs256_pk_free(&rs256);
    return right;
}

static int check_signature(const portal_passkey_site_t *site, const kept_t *kept,
                           const bytes_t *client, const bytes_t *data,
                           const bytes_t *signature, apr_int64_t *counter)
{
    fido_assert_t *used = fido_assert_new();
    unsigned char hash[crypto_hash_sha256_BYTES];
    int right;

    crypto_hash_sha256(hash, client->data, client->len);
    right = used && fido_assert_set_count(used, 1) == FIDO_OK &&
            fido_assert_set_rp(used, site->rp_id) == FIDO_OK &&
            fido_assert_set_clientdata_hash(used, hash, sizeof(hash)) == FIDO_OK &&
            fido_assert_set_up(used, FIDO_OPT_TRUE) == FIDO_OK &&
            fido_assert_set_uv(used, FIDO_OPT_TRUE) == FIDO_OK &&
            fido_assert_set_authdata_raw(used, 0, data->data, data->len) == FIDO_OK &&
            fido_assert_set_sig(used, 0, signature->data, signature->len) == FIDO_OK &&
            verify(used, kept);
    *counter = right ? fido_assert_sigcount(used, 0) : 0;
    fido_assert_free(&used);
    return right;
}

int portal_passkey_used(const char *kept, apr_int64_t *counter, const char **challenge,
                        const portal_passkey_site_t *site,
                        const portal_passkey_answer_t *answer, apr_pool_t *pool)
{
    bytes_t client, data, signature;
    kept_t key;

    *counter = 0;
    return read_kept(&key, kept, pool) && !strcmp(key.id, answer->credential) &&
           decode(&client, answer->client_data, pool) &&
           decode(&data, answer->authenticator_data, pool) &&
           decode(&signature, answer->signature, pool) &&
           check_client(site, &client, "webauthn.get", challenge, pool) &&
           check_authenticator(site, &data, USER_PRESENT | USER_VERIFIED) &&
           check_signature(site, &key, &client, &data, &signature, counter);
}

const char *portal_passkey_id(const char *kept, apr_pool_t *pool)
{
    kept_t key;
    return read_kept(&key, kept, pool) ? key.id : "";
}

void portal_passkey_hash(char out[PORTAL_HASH_SIZE], const char *credential)
{
    portal_token_hash(out, credential);
}
