#include <gradus/layers/observer.h>

namespace gradus {

thread_local Observer* Observer::innermost = nullptr;

Observer::Observer(Call call) : call_(std::move(call)), outer_(innermost) { innermost = this; }

Observer::~Observer() { innermost = outer_; }

}  // namespace gradus
