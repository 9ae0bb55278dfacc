/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_BROKER_CTL_UP_UP_H
#define BELFRY_BROKER_CTL_UP_UP_H

/* `belfry up`: a whole Belfry on one machine, one broker and a number of edges, kept running until
 * Ctrl-C, SIGTERM or SIGHUP.
 *
 * Order: everything that can be known to go wrong is looked at before anything starts; then the
 * broker; when it is ready the edges; when they are, one line on standard output. What the children
 * log goes to standard error, a line each, behind the child's name. A child that ends is started
 * again after 100 ms, the next time after 200 ms, up to 5 s; ten seconds of running forgive what
 * was before. A child that gives up by itself before it was ever ready ends the whole start
 * instead: to try again wouldn't help.
 *
 * The public port is bound once, here, and all edges accept from it (their descriptor 3), so an
 * edge that dies takes only its own streams along, and a connection that comes meanwhile waits for
 * the next edge.
 *
 * At the end the edges get a SIGTERM, when they are gone the broker, and who has not ended after 5
 * s a SIGKILL; a second Ctrl-C, half a second later or more, doesn't wait. Children die with the
 * supervisor whatever ends it: they ask for that themselves ($BELFRY_SUPERVISED,
 * common/process/process_posix.h). */

/* argv[0] is the command's name. Returns the exit status: 0 after an orderly end, 1 if it could not
 * start, 2 if an option or its value is wrong. What is wrong is then one line on standard error. */
int up_main(int argc, char **argv);

#endif
