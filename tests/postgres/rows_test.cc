// What a server, or tables that were altered, cannot make of the rows that ringfence reads.
#include <gtest/gtest.h>
#include <libpq-fe.h>

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "store/postgres/batch.h"
#include "store/postgres/records.h"

namespace ringfence {
namespace {

using Texts = std::vector<std::optional<std::string>>;

/// One row.
postgres::Rows row(const Texts& texts) {
  PGresult* const result = PQmakeEmptyPGresult(nullptr, PGRES_TUPLES_OK);
  std::vector<PGresAttDesc> columns(texts.size());
  std::string name = "column";
  for (PGresAttDesc& one : columns) one.name = name.data();
  EXPECT_NE(PQsetResultAttrs(result, static_cast<int>(columns.size()), columns.data()), 0);
  for (int i = 0; const auto& text : texts) {
    std::string value = text.value_or("");
    EXPECT_NE(PQsetvalue(result, 0, i++, text ? value.data() : nullptr,
                         text ? static_cast<int>(value.size()) : -1),
              0);
  }
  return postgres::Rows(result);
}

TEST(PostgresRows, WhatIsNoNumberIsNotTakenForOne) {
  EXPECT_EQ(row({"-9223372036854775808"}).integer(0, 0), INT64_MIN);
  for (const Texts& text : {Texts{std::nullopt}, Texts{""}, Texts{"x"}, Texts{"1.5"}, Texts{"1e3"},
                            Texts{"9223372036854775808"}, Texts{" 1"}, Texts{"1 "}}) {
    EXPECT_THROW((void)row(text).integer(0, 0), std::out_of_range) << text[0].value_or("null");
  }
  EXPECT_THROW((void)row({"1"}).integer(0, 1), std::out_of_range) << "no such column";
  EXPECT_THROW((void)row({"1"}).integer(1, 0), std::out_of_range) << "no such row";
}

TEST(PostgresRows, ARowThatNobodyAskedForIsRefused) {
  const std::vector<Key> keys = {AccountKey{"shop", "ann"}};
  EXPECT_EQ(postgres::records(keys, row({"0", "1", "-1", "{}"}))[0].version, ~Version{0});
  for (const Texts& answer :
       {Texts{"4", "1", "7", "{}"}, Texts{"-1", "1", "7", "{}"}, Texts{"1", "1", "7", "{}"},
        Texts{"0", "0", "7", "{}"}, Texts{"0", "2", "7", "{}"},
        Texts{"0", "-9223372036854775808", "7", "{}"}, Texts{"0", "1", std::nullopt, "{}"}}) {
    EXPECT_THROW((void)postgres::records(keys, row(answer)), std::out_of_range);
  }
}

}  // namespace
}  // namespace ringfence
