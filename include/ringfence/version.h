#pragma once

/// The version of the headers. Semantic versioning: sources that compile against 1.x compile
/// against every later 1.y.
#define RINGFENCE_VERSION_MAJOR 0
#define RINGFENCE_VERSION_MINOR 1
#define RINGFENCE_VERSION_PATCH 0
#define RINGFENCE_VERSION_STRING "0.1.0"
