// How the benchmark takes time: warm-up first, then many calls; a mean of many calls is what a user waits for, the best
// of several such means is what the machine can do undisturbed.
#pragma once

#include <algorithm>
#include <chrono>
#include <limits>
#include <vector>

namespace gradus::examples {

inline double now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

struct Seconds {  // of a call
  double best, median;
};

// `rounds` means of `calls` calls each.
template <class F>
Seconds measure(int rounds, int calls, const F& f) {
  for (int i = 0; i < 5; ++i) f();
  std::vector<double> means;
  for (int round = 0; round < rounds; ++round) {
    const double start = now();
    for (int i = 0; i < calls; ++i) f();
    means.push_back((now() - start) / calls);
  }
  std::ranges::sort(means);
  return {means.front(), means[means.size() / 2]};
}

// The mean over at least `seconds` of calls, and the best single call.
struct Rate {
  double mean, best;
};
template <class F>
Rate measure_for(double seconds, const F& f) {
  for (int i = 0; i < 3; ++i) f();
  const double start = now();
  double last = start, best = std::numeric_limits<double>::infinity();
  int calls = 0;
  do {
    const double before = last;
    f();
    last = now();
    best = std::min(best, last - before);
    ++calls;
  } while (last - start < seconds);
  return {(last - start) / calls, best};
}

}  // namespace gradus::examples
