// The handle as a line of text: it comes back from a form or a cookie, so anything may come (A35,
// A44).
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "ringfence/model/flow.h"

namespace ringfence {
namespace {

using namespace std::string_view_literals;

FlowHandle a_handle() {
  FlowHandle handle{{"north", "ann"}, {}};
  for (std::size_t i = 0; i < handle.flow.bytes.size(); ++i)
    handle.flow.bytes[i] = static_cast<std::uint8_t>(0xf0U + i);
  return handle;
}

TEST(FlowHandle, IsOneLineOfHexadecimalDigitsAndDots) {
  EXPECT_EQ(a_handle().text(), "f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff.6e6f727468.616e6e");
  EXPECT_EQ(FlowHandle::parse(a_handle().text()), a_handle());
}

TEST(FlowHandle, OfTheDefaultRealmComesBackToo) {
  FlowHandle handle = a_handle();
  handle.account.realm.clear();
  EXPECT_EQ(handle.text(), "f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff..616e6e");
  EXPECT_EQ(FlowHandle::parse(handle.text()), handle);
}

TEST(FlowHandle, NothingElseIsRead_A35_A44) {
  const std::string good = a_handle().text();
  for (std::size_t size = 0; size < good.size(); ++size) {
    const auto cut = FlowHandle::parse(std::string_view(good).substr(0, size));
    EXPECT_TRUE(!cut || cut->account.id == "a" || cut->account.id == "an")
        << size << ": whole bytes of the id may go";
  }
  for (const std::string_view text :
       {""sv,
        "."sv,
        ".."sv,
        "f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff"sv,
        "f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff."sv,
        "f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff.."sv,                    // no account
        "f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff.6e6f727468."sv,          //
        "F0F1F2F3F4F5F6F7F8F9FAFBFCFDFEFF.6e6f727468.616e6e"sv,    // one text for one handle
        "f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff.6E6F727468.616e6e"sv,    //
        "f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff.6e6f727468.616E6E"sv,    //
        "f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff.6e6f727468.616e6"sv,     // half a byte
        "f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff.6e6f72746.616e6e"sv,     //
        "f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff.6e6f727468.616e6e."sv,   // too many parts
        "f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff.6e6f727468.616e.6e"sv,   //
        "f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff.6e6f727468.616e6e "sv,   //
        " f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff.6e6f727468.616e6e"sv,   //
        "f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff.6e6f727468.616e6e\n"sv,  //
        "f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff.6e6f727468.616e6e\0"sv,  //
        "f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff.6e6f727468.616eg6"sv,    //
        "f0f1f2f3f4f5f6f7f8f9fafbfcfdfe.ff.6e6f727468.616e6e"sv,   //
        "f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff00.6e6f727468.616e6e"sv,  //
        "f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff-6e6f727468-616e6e"sv,    //
        "0xf1f2f3f4f5f6f7f8f9fafbfcfdfeff.6e6f727468.616e6e"sv}) {
    EXPECT_FALSE(FlowHandle::parse(text)) << text;
  }
}

TEST(FlowHandle, AccountKeysBeyondTheirBoundsAreNotRead) {
  FlowHandle handle = a_handle();
  handle.account = {std::string(128, 'r'), std::string(128, 'i')};
  EXPECT_EQ(FlowHandle::parse(handle.text()), handle);
  handle.account.id += 'i';
  EXPECT_FALSE(FlowHandle::parse(handle.text()));
  handle.account = {std::string(129, 'r'), "i"};
  EXPECT_FALSE(FlowHandle::parse(handle.text()));
  EXPECT_FALSE(FlowHandle::parse(std::string(1'000'000, 'a')));
}

TEST(FlowHandle, AnIdIsThirtyTwoLowerCaseHexadecimalDigits) {
  EXPECT_EQ(Id128::from_hex("000102030405060708090a0b0c0d0e0f")->hex(),
            "000102030405060708090a0b0c0d0e0f");
  for (const char* text :
       {"", "00", "000102030405060708090a0b0c0d0e0", "000102030405060708090a0b0c0d0e0f0",
        "000102030405060708090A0B0C0D0E0F", "000102030405060708090a0b0c0d0e0g",
        "+00102030405060708090a0b0c0d0e0f"}) {
    EXPECT_FALSE(Id128::from_hex(text)) << text;
  }
}

/// Text of any characters but NUL, in UTF-8, of at most 128 bytes.
std::string some_text(bool may_be_empty) {
  std::string out;
  for (const char32_t c : *rc::gen::container<std::vector<char32_t>>(rc::gen::oneOf(
           rc::gen::inRange<char32_t>(1, 0x80), rc::gen::inRange<char32_t>(0x80, 0x800),
           rc::gen::inRange<char32_t>(0x800, 0xD800),
           rc::gen::inRange<char32_t>(0x10000, 0x110000)))) {
    std::string encoded;
    const auto add = [&](char32_t byte) {
      encoded += static_cast<char>(static_cast<unsigned char>(byte));
    };
    if (c < 0x80) {
      add(c);
    } else if (c < 0x800) {
      add(0xC0U | c >> 6U);
    } else if (c < 0x10000) {
      add(0xE0U | c >> 12U);
    } else {
      add(0xF0U | c >> 18U);
      add(0x80U | (c >> 12U & 0x3FU));
    }
    if (c >= 0x800) add(0x80U | (c >> 6U & 0x3FU));
    if (c >= 0x80) add(0x80U | (c & 0x3FU));
    if (out.size() + encoded.size() > 128) break;
    out += encoded;
  }
  return out.empty() && !may_be_empty ? "x" : out;
}

RC_GTEST_PROP(FlowHandleProperty, ComesBackAsItWas, ()) {
  FlowHandle handle{{some_text(true), some_text(false)}, {}};
  for (std::uint8_t& byte : handle.flow.bytes) byte = *rc::gen::arbitrary<std::uint8_t>();
  const std::string text = handle.text();
  RC_ASSERT(text.find_first_not_of("0123456789abcdef.") == std::string::npos);
  RC_ASSERT(FlowHandle::parse(text) == handle);
}

RC_GTEST_PROP(FlowHandleProperty, HostileTextIsRefusedOrTheOneTextOfItsHandle_A44,
              (std::string noise)) {
  std::string text = a_handle().text();
  const std::size_t at = *rc::gen::inRange<std::size_t>(0, text.size());
  switch (*rc::gen::inRange(0, 3)) {
    case 0:
      text = noise;
      break;
    case 1:
      text.insert(at, noise);
      break;
    default:
      text[at] = *rc::gen::arbitrary<char>();
      break;
  }
  if (const auto handle = FlowHandle::parse(text)) RC_ASSERT(handle->text() == text);
}

}  // namespace
}  // namespace ringfence
