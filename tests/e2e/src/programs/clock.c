/* The wall clock of a program under test: the moment that a file of eight bytes holds, in nanoseconds. Every other clock
   goes on as it is, so that waiting times pass. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static volatile int64_t *now;

__attribute__((constructor)) static void begin(void) {
    int file = open(getenv("WALL_CLOCK"), O_RDONLY);
    void *seen = mmap(0, sizeof *now, PROT_READ, MAP_SHARED, file, 0);
    if (seen == MAP_FAILED) abort();
    now = seen;
}

int clock_gettime(clockid_t clock, struct timespec *at) {
    if (clock != CLOCK_REALTIME) return (int)syscall(SYS_clock_gettime, clock, at);
    at->tv_sec = *now / 1000000000;
    at->tv_nsec = *now % 1000000000;
    return 0;
}
