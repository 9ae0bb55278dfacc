/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_BROKER_CTL_UP_UP_H
#define BELFRY_BROKER_CTL_UP_UP_H

/* `belfry up`: runs one broker and its edges on one machine until Ctrl-C, SIGTERM or SIGHUP.
 *
 * Order: checks everything that could go wrong before anything starts; starts the broker; when it
 * is ready, starts the edges; when they are ready, prints one line on standard output. The
 * children's logs go to standard error, each line after the child's name. A child that ends is
 * restarted after 100 ms, the next time after 200 ms, up to 5 s; after ten seconds of running, the
 * delay is 100 ms again. If a child exits during the start before it was ready, the command fails,
 * since a restart would not help.
 *
 * The supervisor binds the public port once, and all edges accept from it (their descriptor 3). An
 * edge that dies therefore ends only its own streams, and a new connection waits for another edge.
 *
 * To stop, the supervisor sends SIGTERM to the edges, then to the broker when the edges have ended,
 * and SIGKILL after 5 s. A second Ctrl-C, at least half a second after the first, sends SIGKILL at
 * once. Children end with the supervisor, however it ends: they request that themselves
 * ($BELFRY_SUPERVISED, common/process/process_posix.h). */

/* argv[0] is the command's name. Returns the exit status: 0 after an orderly end, 1 if the hub
 * cannot start, 2 for a wrong option or value. An error is one line on standard error. */
int up_main(int argc, char **argv);

#endif
