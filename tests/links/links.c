/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

/* A program that does nothing; the test is that it links (CMakeLists.txt). */

int main(void)
{
    return 0;
}
