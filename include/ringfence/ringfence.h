#pragma once

/// All of ringfence but the stores and senders, which are targets of their own: `store/…`,
/// `sender/…`.

#include "ringfence/clock.h"
#include "ringfence/dispatcher.h"
#include "ringfence/entropy.h"
#include "ringfence/error.h"
#include "ringfence/event_sink.h"
#include "ringfence/keys.h"
#include "ringfence/result.h"
#include "ringfence/sender.h"
#include "ringfence/service.h"
#include "ringfence/sms.h"
#include "ringfence/step.h"
#include "ringfence/store.h"
#include "ringfence/templates.h"
#include "ringfence/version.h"
