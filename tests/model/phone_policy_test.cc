// Which telephone numbers a policy takes (DOMAIN 6).
#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "ringfence/model/phone_number.h"
#include "ringfence/model/policy.h"

namespace ringfence {
namespace {

std::string read(std::string_view text, const PhonePolicy& policy) {
  const auto number = parse_phone(text, "", policy);
  return number ? number.value().e164() : std::string(name(number.error().code));
}

// Proves D6.13.
TEST(PhonePolicy, RefusesPremiumRateAndSharedCostByDefault_A20) {
  for (const char* text :
       {"+1 900 234 5678", "+49 900 1234567", "+44 909 123 4567", "+979 123 456 789",
        "+49 180 5 123456", "+44 845 123 4567", "+808 1234 5678"}) {
    EXPECT_EQ(read(text, {}), "number_type_not_allowed") << text;
  }
  EXPECT_EQ(read("+1 900 234 5678", {.denied_types = {}}), "+19002345678");
}

TEST(PhonePolicy, TakesTollFreeNumbersUnlessDenied) {
  EXPECT_EQ(read("+1 800 234 5678", {}), "+18002345678");
  EXPECT_EQ(read("+800 1234 5678", {}), "+80012345678");
  const PhonePolicy strict{.denied_types = {NumberType::toll_free}};
  EXPECT_EQ(read("+1 800 234 5678", strict), "number_type_not_allowed");
  EXPECT_EQ(read("+800 1234 5678", strict), "number_type_not_allowed");
}

// Proves D6.13.
TEST(PhonePolicy, EachTypeCanBeDenied) {
  const auto denied = [](const char* text, NumberType type) {
    EXPECT_NE(read(text, {.denied_types = {}}), "number_type_not_allowed") << text;
    EXPECT_EQ(read(text, {.denied_types = {type}}), "number_type_not_allowed") << text;
  };
  denied("+86 139 1234 3672", NumberType::mobile);
  denied("+44 20 7946 0018", NumberType::fixed_line);
  denied("+1 650 253 0000", NumberType::fixed_line_or_mobile);
  denied("+44 56 1234 5678", NumberType::voip);
  denied("+44 70 1234 5678", NumberType::personal_number);
  denied("+44 76 4012 3456", NumberType::pager);
  denied("+44 55 1234 5678", NumberType::universal_access);
  denied("+44 7700 900123",
         NumberType::unknown);  // kept free for films: possible, in no known range
}

// Proves D6.11.
TEST(PhonePolicy, PossibleTakesALengthThatExistsAndValidOnlyKnownRanges) {
  const PhonePolicy valid{.strictness = Strictness::valid};
  EXPECT_EQ(read("+44 7700 900123", {}), "+447700900123");
  EXPECT_EQ(read("+44 7700 900123", valid), "invalid_number");
  EXPECT_EQ(read("+44 20 7946 0018", valid), "+442079460018");
}

TEST(PhonePolicy, AnAllowListTakesNoOtherRegion) {
  const PhonePolicy china{.allowed_regions = {"CN", "HK"}};
  EXPECT_EQ(read("+86 139 1234 3672", china), "+8613912343672");
  EXPECT_EQ(read("+852 6123 4567", china), "+85261234567");
  EXPECT_EQ(read("+1 650 253 0000", china), "region_not_allowed");
}

TEST(PhonePolicy, RegionsThatShareACountryCodeAreToldApart) {
  const PhonePolicy only_us{.allowed_regions = {"US"}};
  EXPECT_EQ(read("+1 650 253 0000", only_us), "+16502530000");
  EXPECT_EQ(read("+1 876 210 1234", only_us), "region_not_allowed")
      << "Jamaica, a favourite of pumpers";
  const PhonePolicy no_jamaica{.denied_regions = {"JM"}};
  EXPECT_EQ(read("+1 650 253 0000", no_jamaica), "+16502530000");
  EXPECT_EQ(read("+1 876 210 1234", no_jamaica), "region_not_allowed");
  EXPECT_EQ(read("+7 701 234 5678", {.allowed_regions = {"RU"}}), "region_not_allowed")
      << "Kazakhstan";
}

TEST(PhonePolicy, ANumberOfNoKnownRegionIsRefusedByAnyListItMightBreak_A20) {
  constexpr const char* nowhere =
      "+1 555 555 5555";  // possible, in no known range of the twenty-five with +1
  EXPECT_EQ(read(nowhere, {}), "+15555555555");
  EXPECT_EQ(read(nowhere, {.allowed_regions = {"US"}}), "region_not_allowed");
  EXPECT_EQ(read(nowhere, {.denied_regions = {"JM"}}), "region_not_allowed");
  EXPECT_EQ(read(nowhere, {.denied_regions = {"GB"}}), "+15555555555") << "it cannot be there";
  EXPECT_EQ(read("+800 1234 5678", {.allowed_regions = {"US", "CN"}}), "region_not_allowed")
      << "of no country";
}

TEST(PhonePolicy, PrefixesAreThoseOfTheWorldwideForm) {
  const PhonePolicy policy{.denied_prefixes = {"+8817", "+861391"}};
  EXPECT_EQ(read("+86 139 1234 3672", policy), "region_not_allowed");
  EXPECT_EQ(read("0086 (0)139-1234-3672", policy), "region_not_allowed");
  EXPECT_EQ(read("+86 138 1234 3672", policy), "+8613812343672");
  EXPECT_EQ(read("+881 7 1234 5678", policy), "region_not_allowed");
}

}  // namespace
}  // namespace ringfence
