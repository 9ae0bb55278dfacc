/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "broker/ctl/lib/transport.h"

#include "broker/ctl/lib/tcp_posix.h"
#include "common/base/mem.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct transport {
    int fd;
    SSL_CTX *context; /* NULL: no TLS */
    SSL *ssl;
    char protocol[16];
};

static enum err fail(enum err err, const char *what, const char *why,
                     char reason[TRANSPORT_REASON_SIZE])
{
    (void)snprintf(reason, TRANSPORT_REASON_SIZE, "%.140s: %.160s", what, why);
    return err;
}

/* ---- TLS ---- */

/* OpenSSL's macro casts away the const of the name, which it only reads. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wcast-qual"
static bool send_name(SSL *ssl, const char *host)
{
    return SSL_set_tlsext_host_name(ssl, host) == 1;
}
#pragma GCC diagnostic pop

/* Requires a certificate for this host, and tells the server the host's name (SNI) unless it is an
 * IP address. */
static bool expect_name(SSL *ssl, const char *host)
{
    X509_VERIFY_PARAM *parameters = SSL_get0_param(ssl);

    if (X509_VERIFY_PARAM_set1_ip_asc(parameters, host) == 1)
        return true;
    return SSL_set1_host(ssl, host) == 1 && send_name(ssl, host);
}

static enum err set_up(struct transport *c, const struct http_target *target,
                       const struct transport_rules *rules, char reason[TRANSPORT_REASON_SIZE])
{
    static const unsigned char both[] = "\x02h2\x08http/1.1";
    static const unsigned char one[] = "\x08http/1.1";

    c->context = SSL_CTX_new(TLS_client_method());
    if (c->context == NULL)
        return fail(ERR_NO_MEMORY, target->host, "no memory for TLS", reason);
    SSL_CTX_set_verify(c->context, rules->insecure ? SSL_VERIFY_NONE : SSL_VERIFY_PEER, NULL);
    if (rules->ca_file[0] != '\0' &&
        SSL_CTX_load_verify_locations(c->context, rules->ca_file, NULL) != 1)
        return fail(ERR_INVALID, rules->ca_file, "no PEM certificates in this file", reason);
    if (rules->ca_file[0] == '\0' && SSL_CTX_set_default_verify_paths(c->context) != 1)
        return fail(ERR_IO, target->host, "cannot read the system's certificates", reason);
    /* Many servers end a stream without close_notify. */
    (void)SSL_CTX_set_options(c->context, SSL_OP_IGNORE_UNEXPECTED_EOF);
    c->ssl = SSL_new(c->context);
    if (c->ssl == NULL || !expect_name(c->ssl, target->host) || SSL_set_fd(c->ssl, c->fd) != 1)
        return fail(ERR_NO_MEMORY, target->host, "no memory for TLS", reason);
    (void)SSL_set_alpn_protos(c->ssl, rules->offer_h2 ? both : one,
                              (unsigned)(rules->offer_h2 ? sizeof both : sizeof one) - 1);
    return OK;
}

static enum err handshake_failed(struct transport *c, const struct http_target *target,
                                 char reason[TRANSPORT_REASON_SIZE])
{
    long verified = SSL_get_verify_result(c->ssl);
    unsigned long code = ERR_peek_last_error();

    if (verified != X509_V_OK)
        return fail(ERR_DENIED, target->host, X509_verify_cert_error_string(verified), reason);
    if (ERR_GET_LIB(code) == ERR_LIB_SSL && ERR_GET_REASON(code) == SSL_R_WRONG_VERSION_NUMBER)
        return fail(ERR_IO, target->host,
                    "the server does not use TLS: should the URL begin with http://?", reason);
    if (code != 0 && ERR_reason_error_string(code) != NULL)
        return fail(ERR_IO, target->host, ERR_reason_error_string(code), reason);
    return fail(ERR_IO, target->host, "the server ended the TLS handshake", reason);
}

/* Waits for what the last TLS call needs. Returns ERR_IO if that call failed. */
static enum err wait_for(struct transport *c, int result, uint64_t deadline)
{
    int wanted = SSL_get_error(c->ssl, result);

    if (wanted != SSL_ERROR_WANT_READ && wanted != SSL_ERROR_WANT_WRITE)
        return ERR_IO;
    return tcp_wait(c->fd, wanted == SSL_ERROR_WANT_WRITE, deadline);
}

static enum err handshake(struct transport *c, const struct http_target *target, uint64_t deadline,
                          char reason[TRANSPORT_REASON_SIZE])
{
    const unsigned char *protocol = NULL;
    unsigned size = 0;
    int result;

    ERR_clear_error();
    while ((result = SSL_connect(c->ssl)) != 1) {
        enum err err = wait_for(c, result, deadline);
        if (err == ERR_TIMEOUT)
            return fail(err, target->host, "TLS handshake not completed in time", reason);
        if (err != OK)
            return handshake_failed(c, target, reason);
    }
    SSL_get0_alpn_selected(c->ssl, &protocol, &size);
    if (size > 0 && size < sizeof c->protocol)
        memcpy(c->protocol, protocol, size);
    return OK;
}

/* ---- the connection ---- */

enum err transport_open(const struct http_target *target, const struct transport_rules *rules,
                        uint64_t deadline, struct transport **out,
                        char reason[TRANSPORT_REASON_SIZE])
{
    char why[TCP_REASON_SIZE];
    struct transport *c;
    int fd = -1;
    enum err err = tcp_connect(target->host, target->port, deadline, &fd, why);

    if (err != OK) {
        (void)snprintf(reason, TRANSPORT_REASON_SIZE, "%s", why);
        return err;
    }
    (void)signal(SIGPIPE, SIG_IGN);
    c = mem_alloc(sizeof *c);
    c->fd = fd;
    if (target->tls) {
        err = set_up(c, target, rules, reason);
        if (err == OK)
            err = handshake(c, target, deadline, reason);
    }
    if (err != OK) {
        transport_close(c);
        return err;
    }
    *out = c;
    return OK;
}

void transport_close(struct transport *c)
{
    if (c == NULL)
        return;
    if (c->ssl != NULL)
        (void)SSL_shutdown(c->ssl);
    SSL_free(c->ssl);
    SSL_CTX_free(c->context);
    (void)close(c->fd);
    ERR_clear_error();
    mem_free(c);
}

/* Turns the result of SSL_read() or SSL_write() into that of receive_some() or send_some(). */
static ssize_t transferred(struct transport *c, int result, bool *out_writing)
{
    if (result > 0)
        return result;
    switch (SSL_get_error(c->ssl, result)) {
    case SSL_ERROR_WANT_READ:
        *out_writing = false;
        return 0;
    case SSL_ERROR_WANT_WRITE:
        *out_writing = true;
        return 0;
    default:
        return -1;
    }
}

/* Sends once. Returns the number of bytes, 0 to wait until the socket is readable or writable
 * (*out_writing), or -1 if the connection is closed. */
static ssize_t send_some(struct transport *c, struct slice bytes, bool *out_writing)
{
    ssize_t count;

    *out_writing = true;
    if (c->ssl != NULL) {
        int result;

        ERR_clear_error();
        result = SSL_write(c->ssl, bytes.data, bytes.size > 16384 ? 16384 : (int)bytes.size);
        return transferred(c, result, out_writing);
    }
    count = send(c->fd, bytes.data, bytes.size, MSG_NOSIGNAL);
    if (count < 0 && (errno == EAGAIN || errno == EINTR))
        return 0;
    return count;
}

enum err transport_send(struct transport *c, struct slice bytes, uint64_t deadline)
{
    while (bytes.size > 0) {
        bool writing;
        ssize_t count = send_some(c, bytes, &writing);

        if (count < 0)
            return ERR_CLOSED;
        if (count == 0) {
            enum err err = tcp_wait(c->fd, writing, deadline);
            if (err != OK)
                return err;
        }
        bytes = slice_of(bytes.data + count, bytes.size - (size_t)count);
    }
    return OK;
}

/* Receives once. Returns as send_some() does. */
static ssize_t receive_some(struct transport *c, char *data, size_t size, bool *out_writing)
{
    ssize_t count;

    *out_writing = false;
    if (c->ssl != NULL) {
        int result;

        ERR_clear_error();
        result = SSL_read(c->ssl, data, size > 1u << 20 ? 1 << 20 : (int)size);
        return transferred(c, result, out_writing);
    }
    count = recv(c->fd, data, size, 0);
    if (count < 0 && (errno == EAGAIN || errno == EINTR))
        return 0;
    return count > 0 ? count : -1;
}

enum err transport_receive(struct transport *c, char *data, size_t size, uint64_t deadline,
                           size_t *out_size)
{
    for (;;) {
        bool writing;
        ssize_t count = receive_some(c, data, size, &writing);
        enum err err;

        if (count > 0) {
            *out_size = (size_t)count;
            return OK;
        }
        if (count < 0)
            return ERR_CLOSED;
        err = tcp_wait(c->fd, writing, deadline);
        if (err != OK)
            return err;
    }
}

const char *transport_protocol(const struct transport *c)
{
    return c->protocol;
}
