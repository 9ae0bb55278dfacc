/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_EDGE_SHELL_HTTP_DATE_POSIX_H
#define BELFRY_EDGE_SHELL_HTTP_DATE_POSIX_H

/* The value of the Date header (RFC 9110, section 5.6.7). */

#define HTTP_DATE_SIZE 32

/* Writes the current time as text; "" when the clock cannot be read. */
void http_date_write(char out[HTTP_DATE_SIZE]);

#endif
