/* The tests of each file. */
#ifndef RINGFENCE_TESTS_SUITES_H
#define RINGFENCE_TESTS_SUITES_H

#include "check.h"

extern const test setup_tests[];
extern const test change_phone_tests[];
extern const test accounts_tests[];
extern const test notices_tests[];
extern const test dispatch_tests[];
extern const test steps_tests[];
extern const test stores_tests[];
extern const test texts_tests[];
extern const test given_up_tests[];
extern const test contract_tests[];

#endif
