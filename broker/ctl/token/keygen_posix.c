/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "broker/ctl/token/keygen.h"

#include "broker/ctl/lib/cli_posix.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define KEY_MAX 16384
#define PATH_SIZE 4096

struct keygen_options {
    int alg; /* enum jws_alg */
    bool json;
};

static const struct option options[] = {
    {.name = "alg",
     .type = OPTION_CHOICE,
     .fallback = "HS256",
     .choices = "HS256|HS384|HS512|RS256|RS384|RS512|PS256|PS384|PS512|ES256|ES384|ES512|EdDSA",
     .value = "ALG",
     .help = "Algorithm. HS*: a shared secret; others: a private key to sign and a public key "
             "to verify.",
     .field = offsetof(struct keygen_options, alg)},
    CLI_JSON_OPTION(struct keygen_options),
};

static const struct cli_command command = {
    .table = {.program = "belfry keygen",
              .summary = "Makes a key for tokens. Writes it to FILE (mode 0600) and its public key "
                         "to FILE.pub, or to\n"
                         "standard output. Existing files are not overwritten.",
              .operands = "[FILE]",
              .options = options,
              .count = sizeof(options) / sizeof(options[0])},
    .examples =
        "  belfry keygen token.key\n"
        "  belfry-edge --jwt-key-file token.key        # belfry token --key token.key signs\n"
        "  belfry keygen --alg EdDSA token.pem         # edges need only token.pem.pub\n"
        "  export BELFRY_JWT_KEY=$(belfry keygen)\n",
    .operands_max = 1,
};

/* Writes a new file and syncs it to the disk. */
static enum err write_file(const char *path, mode_t mode, const struct buf *text)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
    bool written;
    int error;

    if (fd < 0)
        return ERR_IO;
    written = write(fd, text->data, text->size) == (ssize_t)text->size && fsync(fd) == 0;
    error = errno;
    (void)close(fd);
    if (written)
        return OK;
    (void)unlink(path);
    errno = error;
    return ERR_IO;
}

static int write_files(const char *path, const struct buf *key, const struct buf *public_key)
{
    char other[PATH_SIZE];
    int size = snprintf(other, sizeof other, "%s.pub", path);

    if (size < 0 || size >= PATH_SIZE)
        return cli_fail(&command, CLI_FAILED, "the file name is too long");
    if (write_file(path, 0600, key) != OK)
        return cli_fail(&command, CLI_FAILED, "%s: %s", path, strerror(errno));
    if (public_key->size > 0 && write_file(other, 0644, public_key) != OK) {
        int error = errno;

        (void)unlink(path);
        return cli_fail(&command, CLI_FAILED, "%s: %s", other, strerror(error));
    }
    return CLI_OK;
}

static void put_json(const struct keygen_options *o, const char *path, const struct buf *key,
                     const struct buf *public_key, struct buf *out)
{
    buf_printf(out, "{\"alg\":\"%s\"", jws_alg_info((enum jws_alg)o->alg)->name);
    if (path != NULL) {
        buf_str(out, ",\"file\":");
        buf_json_string(out, slice_str(path));
    } else {
        buf_str(out, ",\"key\":");
        buf_json_string(out, slice_of(key->data, key->size - (public_key->size == 0)));
    }
    if (public_key->size > 0) {
        buf_str(out, ",\"public_key\":");
        buf_json_string(out, buf_all(public_key));
    }
    buf_str(out, "}\n");
}

static int show_keys(const struct keygen_options *o, const char *path, const struct buf *key,
                     const struct buf *public_key)
{
    struct buf text;
    int status = path == NULL ? CLI_OK : write_files(path, key, public_key);

    if (status != CLI_OK)
        return status;
    buf_init(&text, (size_t)8 * KEY_MAX);
    if (o->json) {
        put_json(o, path, key, public_key, &text);
    } else if (path == NULL) {
        buf_slice(&text, buf_all(key));
        buf_slice(&text, buf_all(public_key));
    } else {
        buf_printf(&text, "%s\n", path);
        if (public_key->size > 0)
            buf_printf(&text, "%s.pub\n", path);
    }
    status = cli_show(&command, &text, CLI_OK);
    buf_clear(&text);
    return status;
}

int keygen_main(int argc, char **argv)
{
    struct keygen_options o;
    struct buf key;
    struct buf public_key;
    int operands;
    int status;

    if (!cli_begin(&command, &o, argc, argv, &operands, &status))
        return status;
    buf_init(&key, KEY_MAX);
    buf_init(&public_key, KEY_MAX);
    if (keygen_make((enum jws_alg)o.alg, &key, &public_key) != OK)
        status = cli_fail(&command, CLI_FAILED, "cannot make a key");
    else
        status = show_keys(&o, operands > 0 ? argv[0] : NULL, &key, &public_key);
    buf_clear(&key);
    buf_clear(&public_key);
    return status;
}
