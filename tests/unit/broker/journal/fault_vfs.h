/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_TESTS_UNIT_BROKER_FAULT_VFS_H
#define BELFRY_TESTS_UNIT_BROKER_FAULT_VFS_H

/* A layer of SQLite's file system that fails on demand: writes, syncs and truncations are
 * counted, and fail from the n-th on, until fault_vfs_heal(). It becomes the default one. */

#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

struct fault_file {
    sqlite3_file base;
    sqlite3_file *real;
};

/* One per test program, since SQLite's file system layers belong to the process. */
static struct {
    sqlite3_vfs vfs;
    sqlite3_vfs *real;
    sqlite3_io_methods methods;
    bool armed;
    bool syncs_only;
    int left; /* number of operations that still succeed */
    int failed;
} fault;

static inline bool fault_strikes(bool sync)
{
    if (!fault.armed || (fault.syncs_only && !sync))
        return false;
    if (fault.left > 0) {
        fault.left--;
        return false;
    }
    fault.failed++;
    return true;
}

static inline void fault_vfs_arm(int operations, bool syncs_only)
{
    fault.armed = true;
    fault.syncs_only = syncs_only;
    fault.left = operations;
    fault.failed = 0;
}

static inline void fault_vfs_heal(void)
{
    fault.armed = false;
}

static inline sqlite3_file *fault_real(sqlite3_file *file)
{
    return ((struct fault_file *)(void *)file)->real;
}

static inline int fault_close(sqlite3_file *file)
{
    sqlite3_file *real = fault_real(file);
    int code = real->pMethods->xClose(real);

    free(real);
    return code;
}

static inline int fault_read(sqlite3_file *file, void *out, int size, sqlite3_int64 offset)
{
    return fault_real(file)->pMethods->xRead(fault_real(file), out, size, offset);
}

static inline int fault_write(sqlite3_file *file, const void *data, int size, sqlite3_int64 offset)
{
    if (fault_strikes(false))
        return SQLITE_FULL;
    return fault_real(file)->pMethods->xWrite(fault_real(file), data, size, offset);
}

static inline int fault_truncate(sqlite3_file *file, sqlite3_int64 size)
{
    if (fault_strikes(false))
        return SQLITE_IOERR_TRUNCATE;
    return fault_real(file)->pMethods->xTruncate(fault_real(file), size);
}

static inline int fault_sync(sqlite3_file *file, int flags)
{
    if (fault_strikes(true))
        return SQLITE_IOERR_FSYNC;
    return fault_real(file)->pMethods->xSync(fault_real(file), flags);
}

static inline int fault_file_size(sqlite3_file *file, sqlite3_int64 *out)
{
    return fault_real(file)->pMethods->xFileSize(fault_real(file), out);
}

static inline int fault_lock(sqlite3_file *file, int level)
{
    return fault_real(file)->pMethods->xLock(fault_real(file), level);
}

static inline int fault_unlock(sqlite3_file *file, int level)
{
    return fault_real(file)->pMethods->xUnlock(fault_real(file), level);
}

static inline int fault_check_lock(sqlite3_file *file, int *out)
{
    return fault_real(file)->pMethods->xCheckReservedLock(fault_real(file), out);
}

static inline int fault_control(sqlite3_file *file, int operation, void *argument)
{
    return fault_real(file)->pMethods->xFileControl(fault_real(file), operation, argument);
}

static inline int fault_sector(sqlite3_file *file)
{
    return fault_real(file)->pMethods->xSectorSize(fault_real(file));
}

static inline int fault_device(sqlite3_file *file)
{
    return fault_real(file)->pMethods->xDeviceCharacteristics(fault_real(file));
}

static inline int fault_shm_map(sqlite3_file *file, int page, int size, int extend,
                                void volatile **out)
{
    return fault_real(file)->pMethods->xShmMap(fault_real(file), page, size, extend, out);
}

static inline int fault_shm_lock(sqlite3_file *file, int offset, int count, int flags)
{
    return fault_real(file)->pMethods->xShmLock(fault_real(file), offset, count, flags);
}

static inline void fault_shm_barrier(sqlite3_file *file)
{
    fault_real(file)->pMethods->xShmBarrier(fault_real(file));
}

static inline int fault_shm_unmap(sqlite3_file *file, int remove)
{
    return fault_real(file)->pMethods->xShmUnmap(fault_real(file), remove);
}

static inline int fault_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags,
                             int *out_flags)
{
    struct fault_file *f = (struct fault_file *)(void *)file;
    int code;

    (void)vfs;
    f->base.pMethods = NULL;
    f->real = calloc(1, (size_t)fault.real->szOsFile);
    if (f->real == NULL)
        return SQLITE_NOMEM;
    code = fault.real->xOpen(fault.real, name, f->real, flags, out_flags);
    if (code != SQLITE_OK)
        free(f->real);
    else
        f->base.pMethods = &fault.methods;
    return code;
}

static inline int fault_vfs_install(void)
{
    fault.real = sqlite3_vfs_find(NULL);
    fault.vfs = *fault.real;
    fault.vfs.zName = "fault";
    fault.vfs.pNext = NULL;
    fault.vfs.szOsFile = (int)sizeof(struct fault_file);
    fault.vfs.xOpen = fault_open;
    fault.methods = (sqlite3_io_methods){
        .iVersion = 2,
        .xClose = fault_close,
        .xRead = fault_read,
        .xWrite = fault_write,
        .xTruncate = fault_truncate,
        .xSync = fault_sync,
        .xFileSize = fault_file_size,
        .xLock = fault_lock,
        .xUnlock = fault_unlock,
        .xCheckReservedLock = fault_check_lock,
        .xFileControl = fault_control,
        .xSectorSize = fault_sector,
        .xDeviceCharacteristics = fault_device,
        .xShmMap = fault_shm_map,
        .xShmLock = fault_shm_lock,
        .xShmBarrier = fault_shm_barrier,
        .xShmUnmap = fault_shm_unmap,
    };
    return sqlite3_vfs_register(&fault.vfs, 1);
}

#endif
