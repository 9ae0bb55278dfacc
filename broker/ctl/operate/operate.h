/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_BROKER_CTL_OPERATE_OPERATE_H
#define BELFRY_BROKER_CTL_OPERATE_OPERATE_H

/* The commands with which an operator inspects and changes a running hub. */

#include "broker/ctl/lib/cli.h"

/* argv[0] is the command's name. Return the exit status (broker/ctl/lib/cli.h). */
int clients_main(int argc, char **argv);
int disconnect_main(int argc, char **argv);
int drain_main(int argc, char **argv);
int undrain_main(int argc, char **argv);
int log_level_main(int argc, char **argv);
int trim_main(int argc, char **argv);

/* Options that several commands have; `target` is the command's options struct, which has a field
 * of the option's name. */
#define OPERATE_YES_OPTION(target)                                                                 \
    {.name = "yes",                                                                                \
     .type = OPTION_FLAG,                                                                          \
     .help = "Do not ask for confirmation.",                                                       \
     .field = offsetof(target, yes)}
#define OPERATE_EDGE_OPTION(target)                                                                \
    {.name = "edge",                                                                               \
     .type = OPTION_STRING,                                                                        \
     .value = "EDGE",                                                                              \
     .help = "Only on this edge (name or incarnation).",                                           \
     .field = offsetof(target, edge)}

#endif
