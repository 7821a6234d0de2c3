/* Files of a test, in the folder it is run in. */
#ifndef RINGFENCE_TESTS_FILES_H
#define RINGFENCE_TESTS_FILES_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A path that nothing is at: what was left there is removed. For the caller to free. */
char* file_path(const char* name);
/* "sqlite:" and the path. For the caller to free. */
char* file_url(const char* path);
void file_remove_database(const char* path);

#endif
