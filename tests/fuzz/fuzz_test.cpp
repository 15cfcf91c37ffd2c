// Replays the corpora of the fuzzers, and varies them a little, where there is no libFuzzer (fuzz/README.md).
#include "fuzz/targets.h"

#include "temporary_folder.h"

#include <gradus/core/io/checkpoint.h>
#include <gradus/core/io/idx.h>
#include <gradus/core/tensor/random.h>

#include <gtest/gtest.h>

#include <algorithm>

namespace gradus::fuzz {
namespace {

struct Target {
  std::string name;  // of its folder in corpus/
  void (*run)(std::string_view bytes);

  friend void PrintTo(const Target& target, std::ostream* out) { *out << target.name; }
};
const Target targets[] = {{"csv", csv},
                          {"idx", idx},
                          {"safetensors", safetensors},
                          {"checkpoint", checkpoint},
                          {"command_line", command_line}};

// A few bytes changed, removed, or copied from elsewhere in the input.
std::string varied(std::string bytes, Rng& rng) {
  for (std::int64_t changes = 1 + rng.below(4); changes > 0 && !bytes.empty(); --changes) {
    const auto place = [&] { return static_cast<std::size_t>(rng.below(static_cast<std::int64_t>(bytes.size()))); };
    const auto length = static_cast<std::size_t>(1 + rng.below(8));
    switch (rng.below(4)) {
      case 0:
        bytes[place()] = static_cast<char>(rng.below(256));
        break;
      case 1:
        bytes[place()] ^= static_cast<char>(1 << rng.below(8));
        break;
      case 2:
        bytes.erase(place(), length);
        break;
      default:
        bytes.insert(place(), bytes.substr(place(), length));
    }
  }
  return bytes;
}

class Fuzz : public ::testing::TestWithParam<Target> {};

TEST_P(Fuzz, NoInputOfTheCorpusAndNoneLikeItBreaksAnything) {
  const auto& [name, run] = GetParam();
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(GRADUS_TEST_DIR "/fuzz/corpus/" + name)) {
    files.push_back(entry.path());
  }
  ASSERT_FALSE(files.empty());
  std::ranges::sort(files);
  Rng rng(1);
  for (const auto& file : files) {
    const std::string bytes = testing::read_file(file);
    run(bytes);
    const std::size_t step = 1 + bytes.size() / 200;
    for (std::size_t length = 0; length < bytes.size(); length += step) run(bytes.substr(0, length));
    for (int i = 0; i < 500; ++i) run(varied(bytes, rng));
  }
}

INSTANTIATE_TEST_SUITE_P(Readers, Fuzz, ::testing::ValuesIn(targets), [](const auto& info) { return info.param.name; });

// A reader that refuses everything would keep all of its promises.
TEST(FuzzCorpus, HasWhatIsAccepted) {
  const auto corpus = [](const std::string& name) {
    return testing::read_file(GRADUS_TEST_DIR "/fuzz/corpus/" + name);
  };
  EXPECT_NO_THROW(parse_checkpoint(corpus("checkpoint/valid"), "f"));
  EXPECT_EQ(sealed(corpus("checkpoint/valid")), corpus("checkpoint/valid"));
  EXPECT_NO_THROW(parse_checkpoint(valid_checkpoint(), "f"));
  EXPECT_EQ(sealed(valid_checkpoint()), valid_checkpoint());
  EXPECT_NO_THROW(parse_safetensors(corpus("safetensors/model"), "f"));
  const std::string images = corpus("idx/images");
  EXPECT_NO_THROW(
      parse_idx({reinterpret_cast<const std::uint8_t*>(images.data()), images.size()}, IdxKind::images, "f"));
}

// The seed is of the program as it is, so that variations of it reach all of the reader.
TEST(FuzzCorpus, CheckpointIsStillValid) {
  const std::string seed = testing::read_file(GRADUS_TEST_DIR "/fuzz/corpus/checkpoint/valid");
  const std::string now = valid_checkpoint();
  EXPECT_EQ(seed.substr(50, 600), now.substr(50, 600)) << "run make_corpus, see tests/fuzz/README.md";
}

}  // namespace
}  // namespace gradus::fuzz
