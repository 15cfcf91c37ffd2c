// --report: one page with the trained net in it, at work on a word that one types.
#pragma once

#include <gradus/examples/names/training.h>

namespace gradus::examples::letters {

void write_report(const Options& options, const Words& words, Training& training, const std::vector<Word>& invented);

}  // namespace gradus::examples::letters
