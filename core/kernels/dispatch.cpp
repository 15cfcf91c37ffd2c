// Which Table this processor gets. Levels are told by single features: clang 14 does not know their names.
#include <gradus/core/kernels/kernels.h>

#include <cstdlib>
#include <stdexcept>
#include <string>
#include <string_view>

namespace gradus::kernels {

#if defined(__x86_64__)
namespace x86_64_v2 {
extern const Table table;
}
namespace x86_64_v3 {
extern const Table table;
}
namespace x86_64_v4 {
extern const Table table;
}
#else
namespace native {
extern const Table table;
}
#endif

namespace {

std::vector<const Table*> find_supported() {
#if defined(__x86_64__)
  std::vector<const Table*> tables = {&x86_64_v2::table};
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("bmi2")) {
    tables.push_back(&x86_64_v3::table);
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512cd") &&
        __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl"))
      tables.push_back(&x86_64_v4::table);
  }
  return tables;
#else
  return {&native::table};
#endif
}

const Table& choose() {
  const char* wanted = std::getenv("GRADUS_LEVEL");
  if (wanted == nullptr || *wanted == '\0') return *supported().back();
  std::string names;
  for (const Table* table : supported()) {
    if (std::string_view(table->level) == wanted) return *table;
    names += std::string(names.empty() ? "" : ", ") + table->level;
  }
  throw std::invalid_argument("GRADUS_LEVEL: this processor has " + names + "; got " + wanted);
}

}  // namespace

const std::vector<const Table*>& supported() {
  static const std::vector<const Table*> tables = find_supported();
  return tables;
}

const Table& active() {
  static const Table& table = choose();
  return table;
}

}  // namespace gradus::kernels
