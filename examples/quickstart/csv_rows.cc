#include "csv_rows.h"

#include <csv.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <new>

#include "ringfence/text.h"

namespace demo {
namespace {

namespace rf = ringfence;

constexpr std::size_t max_file_size = std::size_t{64} << 20U;
constexpr std::size_t max_row_size = std::size_t{64} << 10U;  // a stray quote swallows no more

/// One row being read by libcsv, a byte at a time: so the line of every byte is known.
class RowParser {
 public:
  RowParser() {
    if (csv_init(&parser_, CSV_STRICT | CSV_STRICT_FINI) != 0) throw std::bad_alloc();
  }
  RowParser(const RowParser&) = delete;
  RowParser& operator=(const RowParser&) = delete;
  ~RowParser() { csv_free(&parser_); }

  enum class Got { more, row, error };

  Got feed(char byte) {
    if (csv_parse(&parser_, &byte, 1, on_field, on_row, this) != 1) return Got::error;
    return complete_ ? Got::row : Got::more;
  }
  /// The text has ended, and so has the row unless it is inside quotes.
  Got finish() {
    if (csv_fini(&parser_, on_field, on_row, this) != 0) return Got::error;
    return Got::row;
  }
  std::vector<std::string> take_fields() { return std::move(fields_); }

 private:
  static void on_field(void* field, std::size_t size, void* self) noexcept {
    static_cast<RowParser*>(self)->fields_.emplace_back(static_cast<const char*>(field), size);
  }
  static void on_row(int, void* self) noexcept { static_cast<RowParser*>(self)->complete_ = true; }

  csv_parser parser_{};
  std::vector<std::string> fields_;
  bool complete_ = false;
};

/// A place in the text.
struct Cursor {
  std::string_view text;
  std::size_t at = 0;
  int line = 1;

  bool ended() const { return at == text.size(); }
  char step() {
    const char byte = text[at++];
    // CRLF is one line end: its LF is counted.
    if (byte == '\n' || (byte == '\r' && (ended() || text[at] != '\n'))) ++line;
    return byte;
  }
  void skip_line() {
    for (const int here = line; !ended() && line == here;) step();
  }
  /// To the first byte of a row, or the end.
  void skip_blank() {
    while (!ended() && std::strchr(" \t\r\n", text[at]) != nullptr && text[at] != '\0') step();
  }
};

/// Reads the row at the cursor and leaves the cursor behind it.
CsvRow read_row(Cursor& cursor) {
  const Cursor begin = cursor;
  CsvRow row{.line = begin.line};
  RowParser parser;
  auto got = RowParser::Got::more;
  while (got == RowParser::Got::more) {
    if (cursor.at - begin.at >= max_row_size) {
      row.error = "the row is longer than 64 KiB; is a quote not closed?";
    } else if (cursor.ended()) {
      got = parser.finish();
      if (got == RowParser::Got::error) row.error = "a quote is opened and not closed";
    } else {
      got = parser.feed(cursor.step());
      if (got == RowParser::Got::error) {
        row.error = "a quote inside a field; quote the whole field and double the quotes in it";
      }
    }
    if (!row.error.empty()) {
      cursor = begin;
      cursor.skip_line();
      return row;
    }
  }
  row.fields = parser.take_fields();
  const bool readable =
      std::all_of(row.fields.begin(), row.fields.end(),
                  [](const std::string& field) { return rf::valid_text(field, 0, max_row_size); });
  if (!readable) row.error = "the row is not UTF-8 without NUL";
  return row;
}

std::string joined(std::span<const std::string_view> names) {
  std::string out;
  for (const std::string_view name : names) out += (out.empty() ? "" : ",") + std::string(name);
  return out;
}

rf::Failure bad_file(const std::string& path, const std::string& why) {
  return rf::failure(rf::ErrorCode::invalid_argument, path + why);
}

rf::result<std::string> read_file(const std::string& path) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rb"),
                                                             &std::fclose);
  if (!file) return bad_file(path, std::string(": ") + std::strerror(errno));
  std::string text;
  std::vector<char> block(std::size_t{64} << 10U);
  while (const std::size_t size = std::fread(block.data(), 1, block.size(), file.get())) {
    if (text.size() + size > max_file_size) return bad_file(path, ": larger than 64 MiB");
    text.append(block.data(), size);
  }
  if (std::ferror(file.get()) != 0) return bad_file(path, std::string(": ") + std::strerror(errno));
  return text;
}

}  // namespace

std::vector<CsvRow> parse_csv(std::string_view text) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  std::vector<CsvRow> rows;
  Cursor cursor{.text = text};
  for (cursor.skip_blank(); !cursor.ended(); cursor.skip_blank()) rows.push_back(read_row(cursor));
  return rows;
}

rf::result<std::vector<CsvRow>> read_csv(const std::string& path,
                                         std::span<const std::string_view> header) {
  RF_TRY(text, read_file(path));
  std::vector<CsvRow> rows = parse_csv(text);
  const std::string expected = "; the header must be\n  " + joined(header);
  if (rows.empty()) return bad_file(path, ": the file is empty" + expected);
  const CsvRow& first = rows.front();
  if (!first.error.empty() ||
      !std::equal(first.fields.begin(), first.fields.end(), header.begin(), header.end())) {
    const std::string why = first.error.empty() ? "a wrong header" : first.error;
    return bad_file(path, ":" + std::to_string(first.line) + ": " + why + expected);
  }
  rows.erase(rows.begin());
  for (CsvRow& row : rows) {
    if (!row.error.empty() || row.fields.size() == header.size()) continue;
    row.error = std::to_string(row.fields.size()) + " columns instead of " +
                std::to_string(header.size()) + ": " + joined(header);
  }
  return rows;
}

}  // namespace demo
