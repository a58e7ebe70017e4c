/* usertime.c - runs a command and says what it took: `user_s U sys_s S wall_s W peak_mb M` on stderr.
 *
 *     usertime COMMAND [ARGUMENT...]
 */
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	if (argc < 2) {
		fprintf(stderr, "usage: usertime COMMAND [ARGUMENT...]\n");
		return 2;
	}
	struct timespec a, b;
	clock_gettime(CLOCK_MONOTONIC, &a);
	pid_t child = fork();
	if (child == 0) {
		execvp(argv[1], argv + 1);
		perror(argv[1]);
		_exit(127);
	}
	int status = 0;
	if (child < 0 || waitpid(child, &status, 0) < 0) {
		perror("usertime");
		return 1;
	}
	clock_gettime(CLOCK_MONOTONIC, &b);
	struct rusage u;
	getrusage(RUSAGE_CHILDREN, &u);
	fprintf(stderr, "user_s %.3f sys_s %.3f wall_s %.3f peak_mb %.1f\n", (double) u.ru_utime.tv_sec + 1e-6 * (double) u.ru_utime.tv_usec,
		(double) u.ru_stime.tv_sec + 1e-6 * (double) u.ru_stime.tv_usec,
		(double) (b.tv_sec - a.tv_sec) + 1e-9 * (double) (b.tv_nsec - a.tv_nsec), (double) u.ru_maxrss / 1024.0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
