/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory that a hashing thread keeps between two hashes.
 *
 * libsodium asks mmap() for its block at each hash and gives it back at the end; the kernel
 * then zeroes 64 MiB again and again, a third of the whole cost, and libsodium offers no
 * allocator hook. keep.c therefore defines mmap() and munmap() for the whole program (an
 * executable's definition wins over libc's): a large anonymous request of a thread that
 * keeps a block gets that block, everything else goes to the kernel. Argon2 writes every
 * byte before it reads it, so the block needs no wiping between hashes.
 */
#ifndef PORTAL_HASHER_KEEP_H
#define PORTAL_HASHER_KEEP_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Gives the calling thread a block for requests of up to `bytes`, filled in at once, in huge
 * pages where the kernel has them. False: no memory. One block per thread.
 */
bool keep_begin(size_t bytes);

/* Wipes the calling thread's block and gives it back to the kernel. */
void keep_end(void);

/* How often the calling thread's block was handed out. */
unsigned long keep_count(void);

#endif
