/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

/* A program that does nothing: what counts is whether it links (CMakeLists.txt). */

int main(void)
{
    return 0;
}
