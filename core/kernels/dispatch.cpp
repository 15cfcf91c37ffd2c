// Which levels this processor has, and which one is used. They are told by single features: clang 14 does not know
// their names.
#include <gradus/core/kernels/kernels.h>

#include <atomic>
#include <cstdlib>
#include <iostream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace gradus_base {
inline std::atomic_flag said_that_it_is_slow;  // one for both builds
}

namespace gradus::kernels {

// level.cpp, as compiled for each level.
namespace x86_64_v2 {
void use_fast_kernels(Table& table);
}
namespace x86_64_v3 {
void use_fast_kernels(Table& table);
}
namespace x86_64_v4 {
void use_fast_kernels(Table& table);
}
namespace native {
void use_fast_kernels(Table& table);
}

namespace {

std::vector<Table> find_supported() {
  std::vector<Table> tables(1);  // plain
  const auto add = [&](const char* level, void (*use_fast_kernels)(Table&)) {
    Table& table = tables.emplace_back();
    table.level = level;
    use_fast_kernels(table);
  };
#ifdef GRADUS_X86_64
  if (!__builtin_cpu_supports("sse4.2") || !__builtin_cpu_supports("popcnt")) return tables;
  add("x86-64-v2", x86_64_v2::use_fast_kernels);
  if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma") || !__builtin_cpu_supports("bmi2"))
    return tables;
  add("x86-64-v3", x86_64_v3::use_fast_kernels);
  if (!__builtin_cpu_supports("avx512f") || !__builtin_cpu_supports("avx512bw") ||
      !__builtin_cpu_supports("avx512cd") || !__builtin_cpu_supports("avx512dq") || !__builtin_cpu_supports("avx512vl"))
    return tables;
  add("x86-64-v4", x86_64_v4::use_fast_kernels);
#else
  add("native", native::use_fast_kernels);
#endif
  return tables;
}

const Table& choose() {
  const char* wanted = std::getenv("GRADUS_LEVEL");
  if (wanted == nullptr || *wanted == '\0') {
    if (supported().size() == 1 && !said_that_it_is_slow.test_and_set()) {
      std::cerr << "gradus: this processor has no SSE4.2, so the plain kernels are used, which are slow "
                   "(a virtual machine may hide it: have its processor be of type \"host\")\n";
    }
    return supported().back();
  }
  std::string names;
  for (const Table& table : supported()) {
    if (std::string_view(table.level) == wanted) return table;
    names += std::string(names.empty() ? "" : ", ") + table.level;
  }
  throw std::invalid_argument("GRADUS_LEVEL: this processor has " + names + "; got " + wanted);
}

}  // namespace

std::span<const Table> supported() {
  static const std::vector<Table> tables = find_supported();
  return tables;
}

const Table& active() {
  static const Table& table = choose();
  return table;
}

}  // namespace gradus::kernels
