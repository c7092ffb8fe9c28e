/* SPDX-License-Identifier: Apache-2.0 */
/* Memory kept per thread, under the names mmap and munmap: see keep.h. */
#include "hasher/keep.h"

#include <errno.h>
#include <sodium.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#define HUGE_PAGE ((size_t)2 << 20)
/* Smaller requests are none of Argon2's. */
#define LARGE ((size_t)64 << 10)

static _Thread_local struct {
    unsigned char *base;
    size_t size;
    void *mapped; /* what the kernel gave: base is aligned within it */
    size_t mapped_size;
    unsigned long count;
    bool lent;
} kept;

static void *kernel_mmap(void *at, size_t length, int prot, int flags, int fd, off_t off)
{
    long got = syscall(SYS_mmap, at, length, prot, flags, fd, off);

    /* A system call knows no pointers. NOLINTNEXTLINE(performance-no-int-to-ptr) */
    return got == -1 ? MAP_FAILED : (void *)got;
}

void *mmap(void *at, size_t length, int prot, int flags, int fd, off_t off)
{
    bool fits = kept.base && !kept.lent && length >= LARGE && length <= kept.size;

    if (fits && !at && fd == -1 && (flags & MAP_ANONYMOUS)) {
        kept.lent = true;
        kept.count++;
        return kept.base;
    }
    return kernel_mmap(at, length, prot, flags, fd, off);
}

int munmap(void *at, size_t length)
{
    if (kept.lent && at == kept.base) {
        kept.lent = false;
        return 0;
    }
    return (int)syscall(SYS_munmap, at, length);
}

bool keep_begin(size_t bytes)
{
    /* libsodium asks for a little more than the Argon2 memory, to align it. */
    size_t size = (bytes + 4096 + HUGE_PAGE - 1) & ~(HUGE_PAGE - 1);
    void *mapped = kernel_mmap(NULL, size + HUGE_PAGE, PROT_READ | PROT_WRITE,
                               MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (mapped == MAP_FAILED)
        return false;
    kept.mapped = mapped;
    kept.mapped_size = size + HUGE_PAGE;
    kept.base = (unsigned char *)mapped + (-(uintptr_t)mapped & (HUGE_PAGE - 1));
    kept.size = size;
    kept.lent = false;
    (void)madvise(kept.base, size, MADV_HUGEPAGE);
    (void)madvise(kept.base, size, MADV_DONTDUMP);
    for (size_t i = 0; i < size; i += 4096)
        kept.base[i] = 1;
    return true;
}

void keep_end(void)
{
    if (!kept.base)
        return;
    sodium_memzero(kept.base, kept.size);
    (void)syscall(SYS_munmap, kept.mapped, kept.mapped_size);
    kept.base = NULL;
}

unsigned long keep_count(void)
{
    return kept.count;
}
