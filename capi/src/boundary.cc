#include "boundary.h"

#include "ringfence/text.h"

namespace ringfence::capi {

bool usable(const ringfence_error* error) noexcept {
  return error == nullptr || error->struct_size >= first_size<ringfence_error>;
}

int32_t tell(ringfence_error* error, const Failure* refusal) noexcept {
  const int32_t status = refusal == nullptr ? RINGFENCE_OK : static_cast<int32_t>(refusal->code);
  if (error == nullptr) return status;
  error->status = status;
  error->next = refusal == nullptr ? 0 : static_cast<int32_t>(refusal->next);
  error->reserved = 0;
  error->retry_at = refusal == nullptr ? 0 : refusal->retry_at.value_or(0);
  error->text[0] = 0;
  error->link[0] = 0;
  if (refusal != nullptr) {
    // A text that is too long is cut, between two characters.
    std::string_view text = refusal->text;
    if (text.size() >= sizeof error->text) {
      std::size_t size = sizeof error->text - 1;
      while (size > 0 && (static_cast<unsigned char>(text[size]) & 0xC0U) == 0x80U) --size;
      text = text.substr(0, size);
    }
    std::memcpy(error->text, text.data(), text.size());
    error->text[text.size()] = 0;
    put(error->link, refusal->link);
  }
  return status;
}

result<std::string_view> read(ringfence_string text, std::size_t longest) {
  RF_TRY(bytes, read_bytes(text, longest));
  if (!valid_text(bytes, 0, longest)) return no_struct("a text is not UTF-8");
  return bytes;
}

result<std::string_view> read_bytes(ringfence_string text, std::size_t longest) {
  if (text.size == 0) return std::string_view();
  if (text.data == nullptr) return no_struct("a text is NULL, but has a size");
  if (text.size > longest) return no_struct("a text is too long, or its size is none");
  if (std::memchr(text.data, 0, text.size) != nullptr) return no_struct("a text has a NUL in it");
  return std::string_view(text.data, text.size);
}

Failure no_struct(std::string_view what) {
  return failure(ErrorCode::invalid_argument, std::string(what));
}

}  // namespace ringfence::capi
