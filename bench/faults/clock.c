/* A wall clock that is wrong: LD_PRELOAD lets a process see it, by the seconds in the file that LIVEBLOG_TEST_CLOCK
   names. Clocks that measure durations stay right, as when somebody sets a machine's clock. (libfaketime makes Python's
   sleep fail when it is told to leave those alone.)

   cc -shared -fPIC -O2 -o clock.so clock.c */

#define _GNU_SOURCE
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

/* The file's first eight bytes, shared with whoever writes them. */
static const volatile long *wrong;

__attribute__((constructor)) static void open_file(void) {
  const char *name = getenv("LIVEBLOG_TEST_CLOCK");
  int file = name ? open(name, O_RDONLY | O_CLOEXEC) : -1;
  if (file < 0) return;
  void *page = mmap(NULL, sizeof(long), PROT_READ, MAP_SHARED, file, 0);
  if (page != MAP_FAILED) wrong = page;
  close(file);
}

static int is_wall(clockid_t id) { return id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE; }

int clock_gettime(clockid_t id, struct timespec *at) {
  int failed = syscall(SYS_clock_gettime, id, at);
  if (!failed && wrong && is_wall(id)) at->tv_sec += *wrong;
  return failed;
}

int gettimeofday(struct timeval *at, void *zone) {
  struct timespec now;
  (void)zone;
  clock_gettime(CLOCK_REALTIME, &now);
  at->tv_sec = now.tv_sec;
  at->tv_usec = now.tv_nsec / 1000;
  return 0;
}

time_t time(time_t *at) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  if (at) *at = now.tv_sec;
  return now.tv_sec;
}
