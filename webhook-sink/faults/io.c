/* A disk that fails on demand, for LD_PRELOAD. Only files of the queue are touched.
 *
 *   FAULT_FULL=path      while that file exists, the disk is full
 *   FAULT_BROKEN=path    while that file exists, fsync and fdatasync fail
 *   FAULT_SLOW_US=n      fsync and fdatasync take so much longer
 *   FAULT_LOG=path       writes, syncs and truncations are noted there, in their order
 *
 * The log's entries: a letter (W, S, T), the file (d: database, w: its log, a: "acks"), and in the
 * machine's byte order a 64-bit offset and a 32-bit length, followed by the bytes of a W.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int log_fd = -2;

static ssize_t (*real_pwrite)(int, const void *, size_t, off_t);
static ssize_t (*real_write)(int, const void *, size_t);
static int (*real_fdatasync)(int);
static int (*real_fsync)(int);
static int (*real_ftruncate)(int, off_t);

__attribute__((constructor)) static void find(void) {
    real_pwrite = dlsym(RTLD_NEXT, "pwrite64");
    real_write = dlsym(RTLD_NEXT, "write");
    real_fdatasync = dlsym(RTLD_NEXT, "fdatasync");
    real_fsync = dlsym(RTLD_NEXT, "fsync");
    real_ftruncate = dlsym(RTLD_NEXT, "ftruncate64");
}

/* Which of the queue's files this is: d, w, a, or 0 if it is none. */
static char file_of(int fd) {
    char link[64], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length <= 0) return 0;
    path[length] = 0;
    const char *name = strrchr(path, '/');
    name = name ? name + 1 : path;
    if (!strcmp(name, "queue.db")) return 'd';
    if (!strcmp(name, "queue.db-wal")) return 'w';
    if (!strcmp(name, "acks")) return 'a';
    return 0;
}

static int is_on(const char *variable) {
    const char *path = getenv(variable);
    return path && access(path, F_OK) == 0;
}

static void note(char what, char file, uint64_t offset, uint32_t length, const void *bytes) {
    if (log_fd == -2) {
        const char *path = getenv("FAULT_LOG");
        log_fd = path ? open(path, O_WRONLY | O_CREAT | O_APPEND, 0600) : -1;
    }
    if (log_fd < 0) return;
    char head[14] = {what, file};
    memcpy(head + 2, &offset, 8);
    memcpy(head + 10, &length, 4);
    if (real_write(log_fd, head, sizeof head) != sizeof head) abort();
    if (bytes && real_write(log_fd, bytes, length) != (ssize_t)length) abort();
}

static ssize_t do_pwrite(int fd, const void *bytes, size_t count, off_t offset) {
    char file = file_of(fd);
    if (!file) return real_pwrite(fd, bytes, count, offset);
    if (is_on("FAULT_FULL")) {
        errno = ENOSPC;
        return -1;
    }
    pthread_mutex_lock(&lock);
    note('W', file, (uint64_t)offset, (uint32_t)count, bytes);
    ssize_t result = real_pwrite(fd, bytes, count, offset);
    pthread_mutex_unlock(&lock);
    return result;
}

ssize_t pwrite(int fd, const void *bytes, size_t count, off_t offset) {
    return do_pwrite(fd, bytes, count, offset);
}

ssize_t pwrite64(int fd, const void *bytes, size_t count, off_t offset) {
    return do_pwrite(fd, bytes, count, offset);
}

ssize_t write(int fd, const void *bytes, size_t count) {
    if (file_of(fd) != 'a') return real_write(fd, bytes, count);
    pthread_mutex_lock(&lock);
    note('W', 'a', 0, (uint32_t)count, bytes);
    ssize_t result = real_write(fd, bytes, count);
    pthread_mutex_unlock(&lock);
    return result;
}

static int do_sync(int fd, int (*real)(int)) {
    char file = file_of(fd);
    if (!file) return real(fd);
    if (is_on("FAULT_BROKEN")) {
        errno = EIO;
        return -1;
    }
    const char *slow = getenv("FAULT_SLOW_US");
    if (slow) usleep((useconds_t)atoi(slow));
    int result = getenv("FAULT_LOG") ? 0 : real(fd);
    pthread_mutex_lock(&lock);
    note('S', file, 0, 0, NULL);
    pthread_mutex_unlock(&lock);
    return result;
}

int fdatasync(int fd) { return do_sync(fd, real_fdatasync); }
int fsync(int fd) { return do_sync(fd, real_fsync); }

static int do_truncate(int fd, off_t length) {
    char file = file_of(fd);
    if (!file) return real_ftruncate(fd, length);
    pthread_mutex_lock(&lock);
    note('T', file, (uint64_t)length, 0, NULL);
    int result = real_ftruncate(fd, length);
    pthread_mutex_unlock(&lock);
    return result;
}

int ftruncate(int fd, off_t length) { return do_truncate(fd, length); }
int ftruncate64(int fd, off_t length) { return do_truncate(fd, length); }
