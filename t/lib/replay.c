/* SPDX-License-Identifier: Apache-2.0 */
/*
 * replay: runs a fuzz target over files, with any compiler: NAME FILE...
 * Each file is an input of its own, in memory that ends with it. Exit 0: all were run; else the target
 * itself ended the program, behind a line that names the file.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int run(const char *path)
{
    FILE *file = fopen(path, "rb");
    uint8_t *bytes;
    long size;

    if (!file || fseek(file, 0, SEEK_END) || (size = ftell(file)) < 0 ||
        fseek(file, 0, SEEK_SET)) {
        perror(path);
        return 0;
    }
    bytes = malloc((size_t)size + !size);
    if (!bytes || fread(bytes, 1, (size_t)size, file) != (size_t)size) {
        perror(path);
        return 0;
    }
    (void)fclose(file);
    printf("%s\n", path);
    (void)fflush(stdout);
    (void)LLVMFuzzerTestOneInput(bytes, (size_t)size);
    free(bytes);
    return 1;
}

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        if (!run(argv[i])) {
            return 2;
        }
    }
    return argc > 1 ? 0 : 2;
}
