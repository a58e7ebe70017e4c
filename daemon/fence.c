/* fence.c - see fence.h. */
#include "daemon/fence.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <malloc.h>
#include <pthread.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define STACK_BYTES (1u << 20)
#define BIG_BLOCK_BYTES (256 * 1024) /* pictures go back to the system when they are freed */
#define ARENAS 4
#define FILES 8192

static bool fail(GError **error, const char *what)
{
	g_set_error(error, G_FILE_ERROR, g_file_error_from_errno(errno), "the worker's fence is not up: %s: %s", what, g_strerror(errno));
	return false;
}

/* ---- memory ---- */

static bool limit(int which, rlim_t most)
{
	struct rlimit r;
	if (getrlimit(which, &r) != 0)
		return false;
	r.rlim_cur = r.rlim_max = r.rlim_max < most ? r.rlim_max : most;
	return setrlimit(which, &r) == 0;
}

static bool limit_memory(const struct fence *f, GError **error)
{
	pthread_attr_t attributes;
	if (pthread_getattr_default_np(&attributes) == 0) {
		pthread_attr_setstacksize(&attributes, STACK_BYTES);
		pthread_setattr_default_np(&attributes);
		pthread_attr_destroy(&attributes);
	}
	mallopt(M_MMAP_THRESHOLD, BIG_BLOCK_BYTES);
	mallopt(M_ARENA_MAX, ARENAS);
	if (!limit(RLIMIT_CORE, 0)) /* a core would hold pictures and passwords */
		return fail(error, "no core files");
	if (f->memory_bytes && !FENCE_SANITIZED && !limit(RLIMIT_DATA, 2 * f->memory_bytes + (rlim_t) f->threads * STACK_BYTES))
		return fail(error, "limit of memory");
	struct rlimit files;
	if (getrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_cur < FILES) {
		files.rlim_cur = files.rlim_max < FILES ? files.rlim_max : FILES;
		setrlimit(RLIMIT_NOFILE, &files);
	}
	return true;
}

bool fence_memory_over(const struct fence *f, uint64_t *resident_bytes)
{
	g_autofree char *text = NULL;
	unsigned long pages = 0;
	*resident_bytes = 0;
	if (!g_file_get_contents("/proc/self/statm", &text, NULL, NULL) || sscanf(text, "%*u %lu", &pages) != 1)
		return false;
	*resident_bytes = (uint64_t) pages * (uint64_t) sysconf(_SC_PAGESIZE);
	return f->memory_bytes && !FENCE_SANITIZED && *resident_bytes > f->memory_bytes;
}

void fence_give_back(void)
{
	malloc_trim(0);
}

/* ---- rights ---- */

static bool drop_rights(GError **error)
{
	struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct none[2] = {0};
	for (int cap = 0; cap <= CAP_LAST_CAP; cap++)
		prctl(PR_CAPBSET_DROP, cap, 0, 0, 0); /* refused to those who have none to give */
	prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
	if (syscall(SYS_capset, &head, none) != 0)
		return fail(error, "capabilities");
	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 || fail(error, "no new rights");
}

/* ---- files ---- */

#define READS (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
#define WRITES                                                                                                                             \
	(LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_CHAR |       \
		LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_MAKE_FIFO |           \
		LANDLOCK_ACCESS_FS_MAKE_BLOCK | LANDLOCK_ACCESS_FS_MAKE_SYM)
#define WRITES_OF_FILE LANDLOCK_ACCESS_FS_WRITE_FILE

static bool allow(int rules, const char *path, uint64_t access)
{
	struct stat st;
	int fd = open(path, O_PATH | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT;
	if (fstat(fd, &st) == 0 && !S_ISDIR(st.st_mode))
		access &= WRITES_OF_FILE | LANDLOCK_ACCESS_FS_READ_FILE;
	struct landlock_path_beneath_attr beneath = {.allowed_access = access, .parent_fd = fd};
	bool good = syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &beneath, 0) == 0;
	close(fd);
	return good;
}

/* Nothing is executed, all may be read, written only devices and what is named. */
static bool fence_files(const struct fence *f, GError **error)
{
	struct landlock_ruleset_attr attr = {.handled_access_fs = READS | WRITES | LANDLOCK_ACCESS_FS_EXECUTE};
	int rules = (int) syscall(SYS_landlock_create_ruleset, &attr, sizeof attr, 0);
	if (rules < 0)
		return errno == ENOSYS || errno == EOPNOTSUPP || fail(error, "rules for files");
	bool good = allow(rules, "/", READS) && allow(rules, "/dev", READS | LANDLOCK_ACCESS_FS_WRITE_FILE);
	for (const char *const *path = f->writable; good && path && *path; path++)
		good = allow(rules, *path, READS | WRITES);
	good = good && syscall(SYS_landlock_restrict_self, rules, 0) == 0;
	if (!good)
		fail(error, "rules for files");
	close(rules);
	return good;
}

/* ---- system calls ---- */

#if defined(__x86_64__)
#define OUR_ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define OUR_ARCH AUDIT_ARCH_AARCH64
#endif

static bool fence_calls(GError **error)
{
#ifdef OUR_ARCH
	static const uint16_t never[] = {SYS_execve, SYS_execveat, SYS_process_vm_readv, SYS_process_vm_writev, SYS_mount, SYS_umount2, SYS_pivot_root,
		SYS_chroot, SYS_unshare, SYS_setns, SYS_init_module, SYS_finit_module, SYS_delete_module, SYS_kexec_load, SYS_bpf, SYS_perf_event_open,
		SYS_userfaultfd, SYS_keyctl, SYS_add_key, SYS_request_key, SYS_reboot, SYS_swapon, SYS_swapoff, SYS_open_by_handle_at, SYS_settimeofday,
		SYS_clock_settime, SYS_adjtimex, SYS_acct, SYS_quotactl, SYS_syslog,
#if !FENCE_SANITIZED
		SYS_ptrace,
#endif
	};
	struct sock_filter code[G_N_ELEMENTS(never) + 6];
	uint16_t n = 0;
	code[n++] = (struct sock_filter) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch));
	code[n++] = (struct sock_filter) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, OUR_ARCH, 1, 0);
	code[n++] = (struct sock_filter) BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS);
	code[n++] = (struct sock_filter) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
	for (uint16_t k = 0; k < G_N_ELEMENTS(never); k++) /* to the last line, which refuses, over those in between and the one that allows */
		code[n++] = (struct sock_filter) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, never[k], (uint8_t) (G_N_ELEMENTS(never) - k), 0);
	code[n++] = (struct sock_filter) BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	code[n++] = (struct sock_filter) BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM);
	struct sock_fprog program = {.len = n, .filter = code};
	if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &program) != 0 && errno != ENOSYS && errno != EINVAL)
		return fail(error, "system calls");
#else
	(void) error;
#endif
	return true;
}

bool fence_up(const struct fence *f, GError **error)
{
	return limit_memory(f, error) && drop_rights(error) && fence_files(f, error) && fence_calls(error);
}
