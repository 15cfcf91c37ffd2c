// Regular expressions of POSIX, extended: <regex> would take longer to compile than the tests that want it.
#pragma once

#include <regex.h>

#include <stdexcept>
#include <string>
#include <vector>

namespace gradus::testing {

struct Match {
  std::size_t begin, end;
  std::vector<std::string> groups;  // the first is the whole match
};

// The matches of `pattern` in `text`, from left to right; none may be empty. "^" and "$" are of the whole text.
inline std::vector<Match> find_all(const std::string& text, const std::string& pattern) {
  regex_t compiled;
  if (regcomp(&compiled, pattern.c_str(), REG_EXTENDED) != 0) throw std::logic_error("not a pattern: " + pattern);
  std::vector<regmatch_t> found(1 + compiled.re_nsub);
  std::vector<Match> matches;
  for (std::size_t at = 0; at < text.size();) {
    if (regexec(&compiled, text.c_str() + at, found.size(), found.data(), at > 0 ? REG_NOTBOL : 0) != 0) break;
    const auto place = [&](regoff_t offset) { return at + static_cast<std::size_t>(offset); };
    Match match{place(found[0].rm_so), place(found[0].rm_eo), {}};
    for (const regmatch_t& group : found) {
      const bool taken = group.rm_so >= 0;
      match.groups.push_back(taken ? text.substr(place(group.rm_so), place(group.rm_eo) - place(group.rm_so)) : "");
    }
    matches.push_back(match);
    at = match.end;
  }
  regfree(&compiled);
  return matches;
}

inline bool contains(const std::string& text, const std::string& pattern) { return !find_all(text, pattern).empty(); }

inline std::string without(std::string text, const std::string& pattern) {
  const std::vector<Match> matches = find_all(text, pattern);
  for (auto match = matches.rbegin(); match != matches.rend(); ++match) {
    text.erase(match->begin, match->end - match->begin);
  }
  return text;
}

}  // namespace gradus::testing
