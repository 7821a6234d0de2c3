#pragma once

/// Every step as a pure function, for hosts that load and commit by themselves, and for tests: what
/// a `Service` runs.
#include "ringfence/workflow/account_life.h"
#include "ringfence/workflow/appeals.h"
#include "ringfence/workflow/audit.h"
#include "ringfence/workflow/begin.h"
#include "ringfence/workflow/delivery_report.h"
#include "ringfence/workflow/flow_steps.h"
#include "ringfence/workflow/grants.h"
#include "ringfence/workflow/import.h"
#include "ringfence/workflow/notify.h"
#include "ringfence/workflow/registration.h"
