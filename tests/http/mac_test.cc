#include "sender/http/mac.h"

#include <gtest/gtest.h>

#include <string>

namespace ringfence::http {
namespace {

// RFC 4231, test cases 1, 2 and 6; RFC 2202, test cases 1, 2 and 6; a block of the hash exactly,
// and one byte more or less, by Python's hmac.
TEST(Mac, IsThatOfTheStandards) {
  const std::string jefe = "what do ya want for nothing?";
  const std::string larger = "Test Using Larger Than Block-Size Key - Hash Key First";
  const auto sha256 = [](const std::string& key, const std::string& text) {
    return hmac(Algorithm::sha256, key, text, Alphabet::hex);
  };
  const auto sha1 = [](const std::string& key, const std::string& text) {
    return hmac(Algorithm::sha1, key, text, Alphabet::hex);
  };
  EXPECT_EQ(sha256(std::string(20, '\x0b'), "Hi There"),
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
  EXPECT_EQ(sha256("Jefe", jefe),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  EXPECT_EQ(sha256(std::string(131, '\xaa'), larger),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
  EXPECT_EQ(sha1(std::string(20, '\x0b'), "Hi There"), "b617318655057264e28bc0b6fb378c8ef146be00");
  EXPECT_EQ(sha1("Jefe", jefe), "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79");
  EXPECT_EQ(sha1(std::string(80, '\xaa'), larger), "aa4ae5e15272d00e95705637ce8a3b55ed402112");
  const std::string key(64, 'k');
  EXPECT_EQ(sha1(key, std::string(55, 'a')), "4a815fbbf5a0f09bdf31c79bd324b6d94db1df67");
  EXPECT_EQ(sha1(key, std::string(56, 'a')), "64c8185ae8c9ceb678964e0174f11b76b2be9f71");
  EXPECT_EQ(sha1(key, std::string(64, 'a')), "16f3bc401aa8a2c17ab5ba4f256e9b4c831cebbb");
  EXPECT_EQ(sha1(key, std::string(1000, 'a')), "1902c0046986453e480d62a2ea75d88bdcb3e149");
}

TEST(Mac, IsWrittenInHexadecimalOrBase64) {
  EXPECT_EQ(hmac(Algorithm::sha1, "k", "t", Alphabet::base64), "lV204SISiT7NqoYXMbkVIbZJYms=");
  EXPECT_EQ(sha256_hex(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(base64("user:pass word").reveal(), "dXNlcjpwYXNzIHdvcmQ=");
  EXPECT_EQ(from_base64("dXNlcjpwYXNzIHdvcmQ=")->reveal(), "user:pass word");
  EXPECT_FALSE(from_base64("dXNlcjpw!"));
  EXPECT_FALSE(from_base64("dXN"));
}

}  // namespace
}  // namespace ringfence::http
