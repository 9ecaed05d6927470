// Counts the operations on files below FAULT_DIR, and lets one of them fail: the one numbered FAULT_AT, from 1
// on, with the error FAULT_ERRNO; or, with FAULT_SHORT set and where it reads or writes, with half of what was
// asked for. Each operation is a line in the file FAULT_LOG. To be preloaded into a server.
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <unistd.h>

static const char *directory;
static size_t directory_length;
static int log_file = -1;
static long fail_at, fail_errno;
static int fail_short;
static atomic_long count;
static pid_t owner;
static atomic_char ours[1 << 16];  // by descriptor: a file below the directory

static void begin(void) __attribute__((constructor));
static void begin(void) {
  directory = getenv("FAULT_DIR");
  const char *at = getenv("FAULT_AT"), *error = getenv("FAULT_ERRNO"), *log = getenv("FAULT_LOG");
  if (!directory || !log) {
    directory = NULL;
    return;
  }
  directory_length = strlen(directory);
  fail_at = at ? atol(at) : 0;
  fail_errno = error ? atol(error) : EIO;
  fail_short = getenv("FAULT_SHORT") != NULL;
  owner = getpid();
  log_file = (int)syscall(SYS_openat, AT_FDCWD, log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  // Programs that the server runs are none of this.
  unsetenv("LD_PRELOAD");
}

static int is_ours(const char *path) {
  return directory && path && getpid() == owner && strncmp(path, directory, directory_length) == 0 &&
         (path[directory_length] == '/' || path[directory_length] == '\0');
}
static int descriptor_is_ours(int fd) {
  return directory && fd >= 0 && fd < (int)sizeof ours && ours[fd] && getpid() == owner;
}
static int keep(int fd, int mine) {
  if (fd >= 0 && fd < (int)sizeof ours) ours[fd] = (char)mine;
  return fd;
}

// Whether this operation is the one that fails.
static int counted(const char *operation, const char *path) {
  const long number = atomic_fetch_add(&count, 1) + 1;
  char line[PATH_MAX + 64];
  const int n = snprintf(line, sizeof line, "%ld %s %s\n", number, operation, path);
  syscall(SYS_write, log_file, line, (size_t)n);
  return number == fail_at;
}
static int fails(const char *operation, const char *path) {
  if (!is_ours(path) || !counted(operation, path)) return 0;
  errno = (int)fail_errno;
  return 1;
}
static int descriptor_counted(const char *operation, int fd) {
  if (!descriptor_is_ours(fd)) return 0;
  char link[64], path[PATH_MAX];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  const ssize_t n = readlink(link, path, sizeof path - 1);
  path[n > 0 ? n : 0] = '\0';
  return counted(operation, path);
}
static int descriptor_fails(const char *operation, int fd) {
  if (!descriptor_counted(operation, fd)) return 0;
  errno = (int)fail_errno;
  return 1;
}

#define REAL(name) \
  static __typeof__(&name) real; \
  if (!real) real = (__typeof__(&name))dlsym(RTLD_NEXT, #name)

static mode_t mode_of(int flags, va_list arguments) {
  return flags & (O_CREAT | O_TMPFILE) ? va_arg(arguments, mode_t) : 0;
}

#define OPEN(name)                                    \
  int name(const char *path, int flags, ...) {        \
    REAL(name);                                       \
    va_list arguments;                                \
    va_start(arguments, flags);                       \
    const mode_t mode = mode_of(flags, arguments);    \
    va_end(arguments);                                \
    if (fails("open", path)) return -1;               \
    return keep(real(path, flags, mode), is_ours(path)); \
  }
OPEN(open)
OPEN(open64)

#define OPENAT(name)                                             \
  int name(int at, const char *path, int flags, ...) {           \
    REAL(name);                                                  \
    va_list arguments;                                           \
    va_start(arguments, flags);                                  \
    const mode_t mode = mode_of(flags, arguments);               \
    va_end(arguments);                                           \
    if (path[0] == '/' && fails("open", path)) return -1;        \
    if (path[0] != '/' && descriptor_fails("open", at)) return -1; \
    return keep(real(at, path, flags, mode), path[0] == '/' ? is_ours(path) : descriptor_is_ours(at)); \
  }
OPENAT(openat)
OPENAT(openat64)

#define FOPEN(name)                                     \
  FILE *name(const char *path, const char *mode) {      \
    REAL(name);                                         \
    if (fails("open", path)) return NULL;               \
    FILE *file = real(path, mode);                      \
    if (file) keep(fileno(file), is_ours(path));        \
    return file;                                        \
  }
FOPEN(fopen)
FOPEN(fopen64)

int close(int fd) {
  REAL(close);
  keep(fd, 0);
  return real(fd);
}
int fclose(FILE *file) {
  REAL(fclose);
  keep(fileno(file), 0);
  return real(file);
}

// Half of what was asked for, or an error.
#define TRANSFER(name, type, operation, parameters, pass, half)       \
  ssize_t name(int fd, type bytes, size_t size parameters) {          \
    REAL(name);                                                       \
    if (descriptor_counted(operation, fd)) {                          \
      if (!fail_short) {                                              \
        errno = (int)fail_errno;                                      \
        return -1;                                                    \
      }                                                               \
      size = size > 1 ? half : size;                                  \
    }                                                                 \
    return real(fd, bytes, size pass);                                \
  }
#define COMMA ,
TRANSFER(read, void *, "read", , , size / 2)
TRANSFER(write, const void *, "write", , , size / 2)
// A direct read or write of half a page is no short one, but a wrong one.
TRANSFER(pread, void *, "read", COMMA off_t offset, COMMA offset, size > 8192 ? size / 8192 * 4096 : size / 2)
TRANSFER(pread64, void *, "read", COMMA off64_t offset, COMMA offset, size > 8192 ? size / 8192 * 4096 : size / 2)
TRANSFER(pwrite, const void *, "write", COMMA off_t offset, COMMA offset, size > 8192 ? size / 8192 * 4096 : size)
TRANSFER(pwrite64, const void *, "write", COMMA off64_t offset, COMMA offset, size > 8192 ? size / 8192 * 4096 : size)

#define OF_PATH(result, failed, name, parameters, pass, path) \
  result name parameters {                                    \
    REAL(name);                                               \
    if (fails(#name, path)) return failed;                    \
    return real pass;                                         \
  }
#define OF_DESCRIPTOR(name, parameters, pass, fd) \
  int name parameters {                           \
    REAL(name);                                   \
    if (descriptor_fails(#name, fd)) return -1;   \
    return real pass;                             \
  }
OF_PATH(int, -1, stat, (const char *path, struct stat *to), (path, to), path)
OF_PATH(int, -1, stat64, (const char *path, struct stat64 *to), (path, to), path)
OF_PATH(int, -1, lstat, (const char *path, struct stat *to), (path, to), path)
OF_PATH(int, -1, lstat64, (const char *path, struct stat64 *to), (path, to), path)
OF_PATH(int, -1, rename, (const char *path, const char *to), (path, to), path)
OF_PATH(int, -1, link, (const char *path, const char *to), (path, to), path)
OF_PATH(int, -1, mkdir, (const char *path, mode_t mode), (path, mode), path)
OF_PATH(int, -1, unlink, (const char *path), (path), path)
OF_PATH(int, -1, remove, (const char *path), (path), path)
OF_PATH(int, -1, access, (const char *path, int mode), (path, mode), path)
OF_PATH(int, -1, truncate, (const char *path, off_t size), (path, size), path)
OF_PATH(int, -1, truncate64, (const char *path, off64_t size), (path, size), path)
OF_PATH(int, -1, statvfs, (const char *path, struct statvfs *to), (path, to), path)
OF_PATH(int, -1, statvfs64, (const char *path, struct statvfs64 *to), (path, to), path)
OF_PATH(int, -1, chmod, (const char *path, mode_t mode), (path, mode), path)
OF_DESCRIPTOR(fstat, (int fd, struct stat *to), (fd, to), fd)
OF_DESCRIPTOR(fstat64, (int fd, struct stat64 *to), (fd, to), fd)
OF_DESCRIPTOR(fsync, (int fd), (fd), fd)
OF_DESCRIPTOR(fdatasync, (int fd), (fd), fd)
OF_DESCRIPTOR(ftruncate, (int fd, off_t size), (fd, size), fd)
OF_DESCRIPTOR(ftruncate64, (int fd, off64_t size), (fd, size), fd)
OF_DESCRIPTOR(fallocate, (int fd, int mode, off_t from, off_t size), (fd, mode, from, size), fd)
OF_DESCRIPTOR(fallocate64, (int fd, int mode, off64_t from, off64_t size), (fd, mode, from, size), fd)

int posix_fallocate(int fd, off_t from, off_t size) {
  REAL(posix_fallocate);
  return descriptor_fails("fallocate", fd) ? (int)fail_errno : real(fd, from, size);
}
int fstatat(int at, const char *path, struct stat *to, int flags) {
  REAL(fstatat);
  if (path[0] == '/' ? fails("stat", path) : descriptor_fails("stat", at)) return -1;
  return real(at, path, to, flags);
}
int statx(int at, const char *path, int flags, unsigned mask, struct statx *to) {
  REAL(statx);
  if (path[0] == '/' ? fails("stat", path) : descriptor_fails("stat", at)) return -1;
  return real(at, path, flags, mask, to);
}
DIR *opendir(const char *path) {
  REAL(opendir);
  if (fails("opendir", path)) return NULL;
  DIR *stream = real(path);
  if (stream) keep(dirfd(stream), is_ours(path));
  return stream;
}
DIR *fdopendir(int fd) {
  REAL(fdopendir);
  if (descriptor_fails("opendir", fd)) return NULL;
  return real(fd);
}
int closedir(DIR *stream) {
  REAL(closedir);
  keep(dirfd(stream), 0);
  return real(stream);
}
#define READDIR(name, type)                                     \
  struct type *name(DIR *stream) {                              \
    REAL(name);                                                 \
    return descriptor_fails("readdir", dirfd(stream)) ? NULL : real(stream); \
  }
READDIR(readdir, dirent)
READDIR(readdir64, dirent64)
