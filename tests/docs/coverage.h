#pragma once

#include <algorithm>
#include <map>
#include <regex>
#include <set>
#include <string>
#include <string_view>
#include <vector>

/// Which test proves which rule: reads the rules of the documents and the markers of the tests.
namespace ringfence::coverage {

/// `D3.4`, `R08`, `A06` or `I9`, and what it says, in one line.
struct Rule {
  std::string id;
  std::string text;
};

struct Section {
  std::string title;
  std::vector<Rule> rules;
};

/// A test and the rules it proves.
struct Proof {
  std::string name;  ///< `Suite.Name`
  std::vector<std::string> ids;
};

struct Tests {
  std::vector<Proof> tests;
  std::vector<std::string> problems;  ///< Markers that mark nothing.
};

/// Rules that no test of this version proves, and why.
using Exceptions = std::map<std::string, std::string>;

inline std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    lines.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

namespace detail {

/// Without what is at the ends of a rule, but no part of it: blanks, and what parts it from the
/// next.
inline std::string trimmed(std::string text) {
  const auto cut = [&](std::string_view end, bool front) {
    if (front ? !text.starts_with(end) : !text.ends_with(end)) return false;
    text.erase(front ? 0 : text.size() - end.size(), end.size());
    return true;
  };
  const auto any = [&](std::initializer_list<std::string_view> ends, bool front) {
    return std::any_of(ends.begin(), ends.end(),
                       [&](std::string_view end) { return cut(end, front); });
  };
  while (any({" ", "|", "·", "and "}, true)) {
  }
  while (any({" ", "|", "·", ",", ";", ":", "."}, false)) {
  }
  return text;
}

/// A list item, a table row or a paragraph: each rule in it goes to the next one.
inline void add_rules(const std::string& block, std::vector<Rule>& rules) {
  static const std::regex marker(R"(\*\*([DRAI][0-9]+(\.[0-9]+)?)\*\*)");
  static const std::regex emphasis(R"(\*([A-Za-z][^*`]*)\*)");
  const std::vector<std::smatch> found(std::sregex_iterator(block.begin(), block.end(), marker),
                                       {});
  for (std::size_t i = 0; i < found.size(); ++i) {
    const auto begin = static_cast<std::size_t>(found[i].position() + found[i].length());
    const std::size_t end =
        i + 1 < found.size() ? static_cast<std::size_t>(found[i + 1].position()) : block.size();
    std::string text = block.substr(begin, end - begin);
    const bool goes_on = text.ends_with("· ");
    text = trimmed(text);
    // Attacks in one line share the defence at its end.
    if (const std::size_t defence = block.rfind("→"); goes_on && defence != std::string::npos)
      text += " " + trimmed(block.substr(defence));
    rules.push_back({found[i][1].str(), std::regex_replace(text, emphasis, "$1")});
  }
}

/// What fits into a cell of a table.
inline std::string in_short(std::string text) {
  constexpr std::size_t longest = 120;
  if (text.size() > longest) {
    text.resize(text.rfind(' ', longest));
    if (std::count(text.begin(), text.end(), '`') % 2 != 0) text.resize(text.rfind('`'));
    text = trimmed(text) + " …";
  }
  return std::regex_replace(text, std::regex(R"(\|)"), "\\|");
}

/// `Name_R08_D3_4` names R08 and D3.4.
inline std::vector<std::string> ids_in_name(const std::string& name) {
  static const std::regex id("_(D[0-9]+_[0-9]+|[DRAI][0-9]+)(?=_|$)");
  std::vector<std::string> ids;
  for (std::sregex_iterator at(name.begin(), name.end(), id), end; at != end; ++at) {
    ids.push_back((*at)[1].str());
    std::replace(ids.back().begin(), ids.back().end(), '_', '.');
  }
  return ids;
}

/// The ids after `Proves` in a comment; what is there and is none is a problem.
inline std::vector<std::string> ids_in_comment(const std::vector<std::string>& comment,
                                               const std::string& where,
                                               std::vector<std::string>& problems) {
  std::string list;
  for (const std::string& line : comment) {
    if (list.empty() && !line.starts_with("Proves ")) continue;
    list += (list.empty() ? line.substr(7) : " " + line);
    if (list.ends_with('.')) break;
  }
  static const std::regex id("[DRAI][0-9]+(\\.[0-9]+)?");
  std::vector<std::string> ids;
  for (std::string_view rest = list; !rest.empty();) {
    const std::size_t end = std::min(rest.find(' '), rest.size());
    std::string word(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
    const bool last = rest.empty();
    if (!word.empty() && word.back() == (last ? '.' : ',')) word.pop_back();
    if (std::regex_match(word, id)) {
      ids.push_back(word);
    } else {
      problems.push_back(where + ": \"" + word + "\" after Proves is no id");
    }
  }
  return ids;
}

}  // namespace detail

/// The rules of a document. A rule's id stands in bold before its text, which ends at the next id
/// and with its list item, table row or paragraph. Sections begin at `## `; those without rules are
/// left out.
inline std::vector<Section> rules_of(std::string_view markdown) {
  std::vector<Section> sections = {{}};
  std::string block;
  const auto end_block = [&] {
    detail::add_rules(block, sections.back().rules);
    block.clear();
  };
  for (const std::string& line : lines_of(markdown)) {
    if (line.empty() || line.starts_with('#') || line.starts_with('|') || line.starts_with("- "))
      end_block();
    if (line.starts_with("## ")) sections.push_back({line.substr(3), {}});
    block += (block.empty() ? "" : " ") +
             line.substr(std::min(line.find_first_not_of(' '), line.size()));
  }
  end_block();
  std::erase_if(sections, [](const Section& section) { return section.rules.empty(); });
  return sections;
}

/// The tests of a source file, and the lines of the store contract. A test names what it proves in
/// its name, `..._R08_D3_4`, and in the comment directly above it: `// Proves D3.4, R08, A06.`
/// Disabled tests prove nothing.
inline Tests tests_of(std::string_view source, const std::string& file) {
  static const std::regex macro(
      R"(^(TEST|TEST_F|TEST_P|TYPED_TEST|TYPED_TEST_P|RC_GTEST_PROP|RC_GTEST_FIXTURE_PROP)\(\s*)"
      R"((\w+),\s*(\w+))");
  static const std::regex store_line(R"(^STORE_LINE\((\w+)\))");
  Tests out;
  const std::vector<std::string> lines = lines_of(source);
  std::vector<std::string> comment;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (lines[i].starts_with("//")) {
      comment.push_back(detail::trimmed(lines[i].substr(2)) + (lines[i].ends_with('.') ? "." : ""));
      continue;
    }
    const std::string where = file + ":" + std::to_string(i + 1);
    const std::string two_lines = lines[i] + (i + 1 < lines.size() ? " " + lines[i + 1] : "");
    std::vector<std::string> ids = detail::ids_in_comment(comment, where, out.problems);
    comment.clear();
    std::smatch found;
    if (lines[i].starts_with('T') || lines[i].starts_with("RC_"))
      std::regex_search(two_lines, found, macro);
    if (std::smatch line; std::regex_search(lines[i], line, store_line)) {
      for (std::string& id : detail::ids_in_name(line[1].str())) ids.push_back(std::move(id));
      out.tests.push_back({"StoreContract." + line[1].str(), std::move(ids)});
      continue;
    }
    if (found.empty()) {
      if (!ids.empty()) out.problems.push_back(where + ": \"Proves\" stands above no test");
      continue;
    }
    const std::string name = found[3].str();
    if (name.starts_with("DISABLED_") || found[2].str().starts_with("DISABLED_")) continue;
    for (std::string& id : detail::ids_in_name(name)) ids.push_back(std::move(id));
    out.tests.push_back({found[2].str() + "." + name, std::move(ids)});
  }
  return out;
}

/// The names of the tests that prove each rule.
inline std::map<std::string, std::set<std::string>> proofs_of(const std::vector<Proof>& tests) {
  std::map<std::string, std::set<std::string>> out;
  for (const Proof& test : tests) {
    for (const std::string& id : test.ids) out[id].insert(test.name);
  }
  return out;
}

/// Everything that does not fit together, one line each; empty if each rule has either tests or an
/// exception, and nothing else is named.
inline std::vector<std::string> problems_of(const std::vector<Section>& sections,
                                            const std::vector<Proof>& tests,
                                            const Exceptions& exceptions) {
  std::vector<std::string> problems;
  const auto proofs = proofs_of(tests);
  std::map<std::string, int> last;  // number of each kind of rule, `R` or `D3.`
  std::set<std::string> known;
  for (const Section& section : sections) {
    for (const auto& [id, text] : section.rules) {
      known.insert(id);
      const std::size_t number = id.find('.') == std::string::npos ? 1 : id.find('.') + 1;
      int& before = last[id.substr(0, number)];
      if (std::stoi(id.substr(number)) != before + 1)
        problems.push_back("before " + id + " one is missing or there twice");
      before = std::stoi(id.substr(number));
      const auto proven = proofs.find(id);
      const bool excepted = exceptions.contains(id);
      if (proven == proofs.end() && !excepted)
        problems.push_back(id + " has no test: " + detail::in_short(text));
      if (proven != proofs.end() && excepted)
        problems.push_back(id + " has an exception, yet " + *proven->second.begin() + " proves it");
    }
  }
  for (const auto& [id, names] : proofs) {
    if (!known.contains(id)) problems.push_back(*names.begin() + " names " + id + ": no such rule");
  }
  for (const auto& [id, why] : exceptions) {
    if (!known.contains(id)) problems.push_back("the exception " + id + " is of no rule");
    if (why.empty()) problems.push_back("the exception " + id + " does not say why");
  }
  return problems;
}

/// The tables of docs/coverage.md.
inline std::string tables_of(const std::vector<Section>& sections, const std::vector<Proof>& tests,
                             const Exceptions& exceptions) {
  const auto proofs = proofs_of(tests);
  std::string out;
  for (const Section& section : sections) {
    out += "\n## " + section.title + "\n\n| id | rule | proven by |\n|---|---|---|\n";
    for (const auto& [id, text] : section.rules) {
      std::string cell;
      if (const auto proven = proofs.find(id); proven != proofs.end()) {
        for (const std::string& name : proven->second)
          cell += (cell.empty() ? "`" : "<br>`") + name + "`";
      } else if (const auto why = exceptions.find(id); why != exceptions.end()) {
        cell = "no test: " + why->second;
      } else {
        cell = "no test";
      }
      out += "| " + id + " | " + detail::in_short(text) + " | " + cell + " |\n";
    }
  }
  return out;
}

}  // namespace ringfence::coverage
