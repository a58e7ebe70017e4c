/* fast_clock.c - a clock that runs faster, for whole programs: preloaded (LD_PRELOAD) into a test and, by inheritance, into every program that it
 * starts, so that the real daemon, with all its time-outs, lives through minutes in seconds.
 *
 *     FAST_CLOCK       how many seconds pass in one of the machine's
 *     FAST_CLOCK_FROM  set by the first program: when it began; programs that share it share their time
 *     FAST_CLOCK_JUMP  a file of 8 bytes: the wall clock, and it alone, is set forward by so many ns (int64_t); may change at any time
 *
 * Clocks are scaled, and so are waits for descriptors and sleeps. Waits of threads for each other with a deadline are not. Linux' own calls
 * are used: nothing here may depend on what is preloaded or instrumented.
 */
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/select.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define NS 1000000000LL
#define SIGNALS_BYTES 8 /* of a signal mask, for Linux */

static double speed; /* 0: not begun, or not wanted */
static int64_t from_wall_ns, from_steady_ns;
static const volatile int64_t *jump_ns;

static int64_t true_ns(clockid_t id)
{
	struct timespec t = {0};

	syscall(SYS_clock_gettime, id, &t);
	return t.tv_sec * NS + t.tv_nsec;
}

__attribute__((constructor)) static void begin(void)
{
	const char *wanted = getenv("FAST_CLOCK"), *from = getenv("FAST_CLOCK_FROM"), *jump = getenv("FAST_CLOCK_JUMP");
	long long wall, steady;
	char text[64];

	if (wanted == NULL)
		return;
	from_wall_ns = true_ns(CLOCK_REALTIME);
	from_steady_ns = true_ns(CLOCK_MONOTONIC);
	if (from != NULL && sscanf(from, "%lld %lld", &wall, &steady) == 2) {
		from_wall_ns = wall;
		from_steady_ns = steady;
	} else {
		snprintf(text, sizeof text, "%lld %lld", (long long) from_wall_ns, (long long) from_steady_ns);
		setenv("FAST_CLOCK_FROM", text, 1);
	}
	int fd = jump != NULL ? open(jump, O_RDONLY | O_CLOEXEC) : -1;
	void *map = fd >= 0 ? mmap(NULL, sizeof *jump_ns, PROT_READ, MAP_SHARED, fd, 0) : MAP_FAILED;
	jump_ns = map != MAP_FAILED ? map : NULL;
	if (fd >= 0)
		close(fd);
	speed = strtod(wanted, NULL);
}

static int64_t fast_ns(clockid_t id)
{
	int64_t ns = true_ns(id);

	if (speed <= 0)
		return ns;
	if (id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE)
		return from_wall_ns + (int64_t) ((double) (ns - from_wall_ns) * speed) + (jump_ns != NULL ? *jump_ns : 0);
	if (id == CLOCK_MONOTONIC || id == CLOCK_MONOTONIC_COARSE || id == CLOCK_MONOTONIC_RAW || id == CLOCK_BOOTTIME)
		return from_steady_ns + (int64_t) ((double) (ns - from_steady_ns) * speed);
	return ns; /* of a processor */
}

static struct timespec shorter(double ns)
{
	int64_t real_ns = (int64_t) ceil(speed > 0 ? ns / speed : ns);

	return (struct timespec){.tv_sec = real_ns / NS, .tv_nsec = real_ns % NS};
}

int clock_gettime(clockid_t id, struct timespec *t)
{
	int64_t ns = fast_ns(id);

	*t = (struct timespec){.tv_sec = ns / NS, .tv_nsec = ns % NS};
	return 0;
}

int gettimeofday(struct timeval *restrict t, void *restrict zone)
{
	int64_t ns = fast_ns(CLOCK_REALTIME);

	(void) zone;
	*t = (struct timeval){.tv_sec = ns / NS, .tv_usec = ns % NS / 1000};
	return 0;
}

time_t time(time_t *t)
{
	time_t s = fast_ns(CLOCK_REALTIME) / NS;

	if (t != NULL)
		*t = s;
	return s;
}

int ppoll(struct pollfd *fds, nfds_t n, const struct timespec *limit, const sigset_t *mask)
{
	struct timespec t = limit != NULL ? shorter((double) limit->tv_sec * 1e9 + (double) limit->tv_nsec) : (struct timespec){0};

	return (int) syscall(SYS_ppoll, fds, n, limit != NULL ? &t : NULL, mask, SIGNALS_BYTES);
}

int poll(struct pollfd *fds, nfds_t n, int ms)
{
	struct timespec t = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000L};

	return ppoll(fds, n, ms >= 0 ? &t : NULL, NULL);
}

int epoll_wait(int epoll, struct epoll_event *events, int most, int ms)
{
	struct timespec t = shorter(ms * 1e6);
	int real_ms = ms <= 0 ? ms : (int) (t.tv_sec * 1000 + (t.tv_nsec + 999999) / 1000000);

	return (int) syscall(SYS_epoll_pwait, epoll, events, most, real_ms, NULL, SIGNALS_BYTES);
}

int select(int n, fd_set *restrict in, fd_set *restrict out, fd_set *restrict odd, struct timeval *restrict limit)
{
	struct timespec t = limit != NULL ? shorter((double) limit->tv_sec * 1e9 + (double) limit->tv_usec * 1e3) : (struct timespec){0};

	return (int) syscall(SYS_pselect6, n, in, out, odd, limit != NULL ? &t : NULL, NULL);
}

int nanosleep(const struct timespec *want, struct timespec *left)
{
	struct timespec t = shorter((double) want->tv_sec * 1e9 + (double) want->tv_nsec);

	return (int) syscall(SYS_nanosleep, &t, left);
}

int usleep(useconds_t us)
{
	struct timespec t = {.tv_sec = us / 1000000, .tv_nsec = us % 1000000 * 1000L};

	return nanosleep(&t, NULL);
}
