#include <phonenumbers/logger.h>
#include <phonenumbers/phonenumberutil.h>

#include <algorithm>
#include <list>
#include <optional>

#include "ringfence/model/phone_number.h"
#include "ringfence/model/policy.h"
#include "text/digits.h"

namespace ringfence {
namespace {

using i18n::phonenumbers::PhoneNumberUtil;
using Parsed = i18n::phonenumbers::PhoneNumber;

PhoneNumberUtil& metadata() {
  static PhoneNumberUtil& util = []() -> PhoneNumberUtil& {
    PhoneNumberUtil* instance = PhoneNumberUtil::GetInstance();
    instance->SetLogger(
        new i18n::phonenumbers::NullLogger());  // it takes the logger; numbers reach no log (R25)
    return *instance;
  }();
  return util;
}

// A text as the metadata reads it.
struct Reading {
  Parsed number;
  std::string e164;
  bool dialled_abroad = false;  // begins with what the region dials before a country code
};

result<Reading> read(const std::string& digits, const std::string& region) {
  Reading out;
  if (metadata().ParseAndKeepRawInput(digits, region, &out.number) !=
          PhoneNumberUtil::NO_PARSING_ERROR ||
      !out.number.extension().empty()) {
    return failure(ErrorCode::invalid_number, "not a telephone number of that region");
  }
  if (metadata().IsPossibleNumberWithReason(out.number) != PhoneNumberUtil::IS_POSSIBLE) {
    return failure(ErrorCode::invalid_number,
                   "the number is too short, too long, or exists in one country only");
  }
  metadata().Format(out.number, PhoneNumberUtil::E164, &out.e164);
  out.dialled_abroad = out.number.country_code_source() == Parsed::FROM_NUMBER_WITH_IDD;
  return out;
}

// 00 is read as + (A24). Some regions dial something longer that begins with 00, such as 0011 in
// Australia. Where both readings are numbers, the one in a known range is meant; if that does not
// tell them apart, the text is refused: the code would go to a stranger.
result<Reading> read_double_zero(const std::string& digits, const std::string& region) {
  auto worldwide = read("+" + digits.substr(2), region);
  auto own = read(digits, region);
  if (!own || !own.value().dialled_abroad) return worldwide;
  if (!worldwide || worldwide.value().e164 == own.value().e164) return own;
  const bool known = metadata().IsValidNumber(own.value().number);
  if (known == metadata().IsValidNumber(worldwide.value().number)) {
    return failure(ErrorCode::invalid_number,
                   "this may be read as two numbers; write it with a leading +");
  }
  return known ? own : worldwide;
}

NumberType type_of(const Parsed& number) {
  switch (metadata().GetNumberType(number)) {
    case PhoneNumberUtil::MOBILE:
      return NumberType::mobile;
    case PhoneNumberUtil::FIXED_LINE:
      return NumberType::fixed_line;
    case PhoneNumberUtil::FIXED_LINE_OR_MOBILE:
      return NumberType::fixed_line_or_mobile;
    case PhoneNumberUtil::VOIP:
      return NumberType::voip;
    case PhoneNumberUtil::TOLL_FREE:
      return NumberType::toll_free;
    case PhoneNumberUtil::PREMIUM_RATE:
      return NumberType::premium_rate;
    case PhoneNumberUtil::SHARED_COST:
      return NumberType::shared_cost;
    case PhoneNumberUtil::PERSONAL_NUMBER:
      return NumberType::personal_number;
    case PhoneNumberUtil::PAGER:
      return NumberType::pager;
    case PhoneNumberUtil::UAN:
      return NumberType::universal_access;
    case PhoneNumberUtil::VOICEMAIL:
      return NumberType::voicemail;
    default:
      return NumberType::unknown;
  }
}

// The regions the number may belong to: one, or all that share its country code if the metadata
// cannot tell.
std::list<std::string> regions_of(const Parsed& number) {
  std::string region;
  metadata().GetRegionCodeForNumber(number, &region);
  std::list<std::string> all;
  if (!region.empty() && region != "ZZ") {
    all.push_back(region);
  } else {
    metadata().GetRegionCodesForCountryCallingCode(number.country_code(), &all);
  }
  return all;
}

bool contains(const std::vector<std::string>& list, const std::string& value) {
  return std::find(list.begin(), list.end(), value) != list.end();
}

// In doubt it is refused: a number of no known region fits no list of allowed ones, and one that
// may belong to a denied region is denied.
bool region_allowed(const Parsed& number, const std::string& e164, const PhonePolicy& policy) {
  const auto begins = [&](const std::string& prefix) { return e164.starts_with(prefix); };
  if (std::any_of(policy.denied_prefixes.begin(), policy.denied_prefixes.end(), begins) ||
      (!policy.allowed_prefixes.empty() &&
       std::none_of(policy.allowed_prefixes.begin(), policy.allowed_prefixes.end(), begins))) {
    return false;
  }
  if (policy.allowed_regions.empty() && policy.denied_regions.empty()) return true;
  const std::list<std::string> regions = regions_of(number);
  if (!policy.allowed_regions.empty() &&
      (regions.empty() ||
       !std::all_of(regions.begin(), regions.end(), [&](const std::string& region) {
         return contains(policy.allowed_regions, region);
       }))) {
    return false;
  }
  return std::none_of(regions.begin(), regions.end(), [&](const std::string& region) {
    return contains(policy.denied_regions, region);
  });
}

}  // namespace

result<PhoneNumber> parse_phone(std::string_view text, std::string_view region,
                                const PhonePolicy& policy) try {
  const auto refuse = [](const char* why) { return failure(ErrorCode::invalid_number, why); };
  if (text.size() > 128) return refuse("a telephone number is not that long");
  std::string digits;
  if (!plain_digits(text, digits) || digits.empty()) {
    return refuse(
        "a telephone number has digits, separators and perhaps a leading +; no letters and no "
        "extension");
  }
  std::string default_region(region);
  for (char& c : default_region) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  if (!default_region.empty() && metadata().GetCountryCodeForRegion(default_region) == 0) {
    return refuse("the region is not an ISO 3166 country with telephone numbers, e.g. CN");
  }
  const bool double_zero = digits.starts_with("00");
  if (default_region.empty()) {
    if (digits.front() != '+' && !double_zero) {
      return refuse("a number without + or 00 needs the region it was typed in");
    }
    default_region = "ZZ";
  }
  RF_TRY(typed,
         double_zero ? read_double_zero(digits, default_region) : read(digits, default_region));
  // What is checked is what is stored (R22). Read again it must be itself: else one number would
  // have two keys.
  RF_TRY(canonical, read(typed.e164, "ZZ"));
  if (canonical.e164 != typed.e164) return refuse("not the one worldwide form of a number");
  const Parsed& number = canonical.number;
  const std::string& e164 = canonical.e164;
  if (policy.strictness == Strictness::valid && !metadata().IsValidNumber(number)) {
    return refuse("the number is in no known range");
  }
  const auto country_code_digits =
      static_cast<unsigned>(std::to_string(number.country_code()).size());
  const auto phone = PhoneNumber::from_e164(e164, country_code_digits);
  if (!phone) return refuse("a worldwide number has at most 15 digits");
  if (!region_allowed(number, e164, policy)) {
    return failure(ErrorCode::region_not_allowed, "numbers of this region or prefix are not taken");
  }
  const NumberType type = type_of(number);
  const auto names = [&](const std::vector<NumberType>& list) {
    return std::find(list.begin(), list.end(), type) != list.end();
  };
  if (names(policy.denied_types) ||
      (!policy.allowed_types.empty() && !names(policy.allowed_types))) {
    return failure(ErrorCode::number_type_not_allowed, "numbers of this type are not taken");
  }
  return *phone;
} catch (const std::exception&) {
  return failure(ErrorCode::internal, "a telephone number could not be read");
}

}  // namespace ringfence
