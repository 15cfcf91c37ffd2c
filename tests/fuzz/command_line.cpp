#include "targets.h"

#include <gradus/examples/command_line/program.h>
#include <gradus/examples/train_mnist/options.h>

#include <sstream>

namespace gradus::fuzz {

// The words of a command line, one a line.
void command_line(std::string_view bytes) {
  std::vector<std::string> words = {"train_mnist"};
  std::istringstream in{std::string(bytes)};
  for (std::string word; std::getline(in, word);) words.push_back(word);
  std::vector<const char*> argv;
  for (const std::string& word : words) argv.push_back(word.c_str());
  const int argc = static_cast<int>(argv.size());
  try {
    const examples::Options options = examples::parse_options(argc, argv.data());
    examples::describe(options);
    const std::string configuration = examples::configuration(options);
    // What does not go together is refused later if there is a checkpoint to resume from.
    if (options.resume.empty()) {
      promise(examples::configuration(examples::resume_options(1, argv.data(), configuration, "f")) == configuration);
      promise(examples::configuration(examples::resume_options(argc, argv.data(), configuration, "f")) ==
              configuration);
    }
  } catch (const examples::UsageError&) {
  } catch (const examples::HelpRequested&) {
  }
  try {
    examples::resume_options(1, argv.data(), std::string(bytes), "f");
  } catch (const std::runtime_error&) {
  }
}

}  // namespace gradus::fuzz
