#pragma once

#include <cstddef>
#include <vector>

#include "ringfence/error.h"

/// What an import of existing users tells its host (DOMAIN 1).
namespace ringfence {

/// A row that was not taken. Nothing of it is stored.
struct ImportRefusal {
  std::size_t index = 0;  ///< Which row, from 0.
  Failure why = {};

  friend bool operator==(const ImportRefusal&, const ImportRefusal&) = default;
};

/// What became of the rows: each is imported, present or refused.
struct ImportReport {
  std::size_t imported = 0;
  std::size_t present = 0;  ///< The account was there already, and stays as it is.
  /// How often an account that was there before lost a login claim to one with an earlier proof.
  std::size_t claims_moved = 0;
  std::vector<ImportRefusal> refused = {};  ///< By index.

  friend bool operator==(const ImportReport&, const ImportReport&) = default;
};

}  // namespace ringfence
